-- Roles and rights, run in the application's database by postgres-member, as the superuser, in one transaction. It may
-- run at any time, and again: what is as it should be stays. Passwords are set by postgres-member.
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

-- Owns the database and all that is in it; nobody logs in as it.
ALTER ROLE coped_owner NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
-- Changes the schema. What it creates belongs to the owner, because it acts as the owner.
ALTER ROLE coped_migrator LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
GRANT coped_owner TO coped_migrator;
ALTER ROLE coped_migrator SET role = 'coped_owner';
-- A change that waits for a table has all pages that read it wait behind it: it gives up soon, and is tried again.
ALTER ROLE coped_migrator SET lock_timeout = '3s';
-- To say which session has the lock that a migration needs.
GRANT pg_read_all_stats TO coped_owner;
-- The site: reads and writes rows.
ALTER ROLE coped LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
-- nginx gives up after a minute, and nobody waits for a page for so long.
ALTER ROLE coped SET statement_timeout = '30s';
-- People and reports: reads rows.
ALTER ROLE coped_reader LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE coped_reader SET default_transaction_read_only = on;
-- Shorter than a migration waits for it. A report that needs longer asks for it: SET statement_timeout = '1h'.
ALTER ROLE coped_reader SET statement_timeout = '5min';
-- A transaction that is left open holds its locks, and keeps what is deleted from being cleaned up.
ALTER ROLE coped SET idle_in_transaction_session_timeout = '1min';
ALTER ROLE coped_migrator SET idle_in_transaction_session_timeout = '1min';
ALTER ROLE coped_reader SET idle_in_transaction_session_timeout = '1min';
-- Backups: comes with a certificate instead of a password.
ALTER ROLE coped_backup LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD NULL;
GRANT pg_read_all_data TO coped_backup;
GRANT EXECUTE ON FUNCTION
  pg_create_restore_point(text), pg_switch_wal(), pg_wal_replay_pause(), pg_wal_replay_resume(),
  pg_backup_start(text, boolean), pg_backup_stop(boolean)
  TO coped_backup;
-- The other members: copy the data, and mend their own with pg_rewind.
ALTER ROLE replicator LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE REPLICATION NOBYPASSRLS;
GRANT EXECUTE ON FUNCTION
  pg_ls_dir(text, boolean, boolean), pg_stat_file(text, boolean),
  pg_read_binary_file(text), pg_read_binary_file(text, bigint, bigint, boolean)
  TO replicator;

-- Before there was an owner, the site's role owned everything, the database too.
REASSIGN OWNED BY coped, coped_migrator TO coped_owner;
ALTER DATABASE coped OWNER TO coped_owner;
ALTER SCHEMA public OWNER TO coped_owner;

REVOKE ALL ON DATABASE coped FROM PUBLIC, coped, coped_migrator, coped_reader, coped_backup;
GRANT CONNECT ON DATABASE coped TO coped, coped_migrator, coped_reader, coped_backup;
REVOKE ALL ON SCHEMA public FROM PUBLIC, coped, coped_migrator;
GRANT USAGE ON SCHEMA public TO coped, coped_reader;

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO coped;
GRANT SELECT, USAGE, UPDATE ON ALL SEQUENCES IN SCHEMA public TO coped;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO coped_reader;
GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO coped_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE coped_owner IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO coped;
ALTER DEFAULT PRIVILEGES FOR ROLE coped_owner IN SCHEMA public
  GRANT SELECT, USAGE, UPDATE ON SEQUENCES TO coped;
ALTER DEFAULT PRIVILEGES FOR ROLE coped_owner IN SCHEMA public GRANT SELECT ON TABLES TO coped_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE coped_owner IN SCHEMA public GRANT SELECT ON SEQUENCES TO coped_reader;
