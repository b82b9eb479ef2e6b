-- Roles. postgres-member runs this in the application's first database, as the superuser, in one transaction. It may run
-- at any time and repeatedly: what is correct stays. postgres-member sets the passwords. rights.sql says what the roles may
-- do in the application's databases.
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;

DO $$
DECLARE
  role text;
BEGIN
  FOREACH role IN ARRAY '{coped_owner,coped_migrator,coped,coped_reader,coped_backup,replicator}'::text[] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
      EXECUTE format('CREATE ROLE %I', role);
    END IF;
  END LOOP;
END $$;

-- Owns the application's databases and everything in them; nobody logs in with this role.
ALTER ROLE coped_owner NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
-- Changes the schema. What it creates belongs to the owner, because it acts as the owner.
ALTER ROLE coped_migrator LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
GRANT coped_owner TO coped_migrator;
ALTER ROLE coped_migrator SET role = 'coped_owner';
-- All pages that read a table wait behind a migration that waits for it. So it gives up soon, and is tried again.
ALTER ROLE coped_migrator SET lock_timeout = '3s';
-- To name the session that holds the lock that a migration needs.
GRANT pg_read_all_stats TO coped_owner;
-- The site: reads and writes rows.
ALTER ROLE coped LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
-- A statement that hangs would hold its locks. A page or a task that needs longer sets it for its own transaction.
ALTER ROLE coped SET statement_timeout = '30s';
-- People and reports: reads rows.
ALTER ROLE coped_reader LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE coped_reader SET default_transaction_read_only = on;
-- Shorter than the time that a migration waits. A report that needs longer runs: SET statement_timeout = '1h'.
ALTER ROLE coped_reader SET statement_timeout = '5min';
-- An idle transaction holds its locks, and keeps VACUUM from removing deleted rows.
ALTER ROLE coped SET idle_in_transaction_session_timeout = '1min';
ALTER ROLE coped_migrator SET idle_in_transaction_session_timeout = '1min';
ALTER ROLE coped_reader SET idle_in_transaction_session_timeout = '1min';
-- Backups: logs in with a certificate instead of a password. It counts every row, whatever the policies of a table say: a
-- restore test counts as the superuser, whom none of them binds.
ALTER ROLE coped_backup LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION BYPASSRLS PASSWORD NULL;
GRANT pg_read_all_data TO coped_backup;
GRANT EXECUTE ON FUNCTION
  pg_create_restore_point(text), pg_switch_wal(), pg_wal_replay_pause(), pg_wal_replay_resume(),
  pg_backup_start(text, boolean), pg_backup_stop(boolean)
  TO coped_backup;
-- The other members: copy the data, and repair their own with pg_rewind (rewind.sql).
ALTER ROLE replicator LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE REPLICATION NOBYPASSRLS;
