-- Run by prepare-postgres as the superuser. psql reads the password itself, so that no command line ever holds it.
\set ON_ERROR_STOP on
\getenv user POSTGRES_USER
\getenv database POSTGRES_DATABASE
\set password `cat "$POSTGRES_PASSWORD_FILE"`

SELECT format('CREATE ROLE %I', :'user')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'user') \gexec
ALTER ROLE :"user" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'password';

SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'user')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
-- CONNECT and TEMPORARY by default, CREATE if somebody granted it; the owner keeps all three.
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
