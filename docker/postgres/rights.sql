-- Rights in a database of the application. postgres-member runs this in each of them after roles.sql, as the superuser, in
-- one transaction. It may run at any time and repeatedly: what is correct stays.
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;

-- What coped or coped_migrator has made as itself, for example after SET ROLE NONE, belongs to the owner too.
REASSIGN OWNED BY coped, coped_migrator TO coped_owner;
ALTER SCHEMA public OWNER TO coped_owner;

DO $$
DECLARE
  database text := quote_ident(current_database());
BEGIN
  EXECUTE 'ALTER DATABASE ' || database || ' OWNER TO coped_owner';
  EXECUTE 'REVOKE ALL ON DATABASE ' || database || ' FROM PUBLIC, coped, coped_migrator, coped_reader, coped_backup';
  EXECUTE 'GRANT CONNECT ON DATABASE ' || database || ' TO coped, coped_migrator, coped_reader, coped_backup';
END $$;

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
