-- Rights in a database that another role than the application's owns. postgres-member puts the names in, and runs this in
-- each of them after roles.sql, as the superuser, in one transaction. It may run at any time and repeatedly.
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;

ALTER DATABASE {database} OWNER TO {owner};
-- Its owner may have dropped it.
CREATE SCHEMA IF NOT EXISTS public;
ALTER SCHEMA public OWNER TO {owner};

REVOKE ALL ON DATABASE {database} FROM PUBLIC, coped, coped_migrator, coped_reader, coped_backup;
GRANT CONNECT ON DATABASE {database} TO {readers}, coped_backup;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO {readers};

-- The owner is one of the readers, so that the list is never empty.
GRANT SELECT ON ALL TABLES IN SCHEMA public TO {readers};
GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {readers};
ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT SELECT ON TABLES TO {readers};
ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT SELECT ON SEQUENCES TO {readers};
