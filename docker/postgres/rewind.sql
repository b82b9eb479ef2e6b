-- What pg_rewind reads of the primary, as the role of the other members. postgres-member runs this in the database
-- `postgres`, to which Patroni lets it connect: rights to a function hold in one database only.
-- https://www.postgresql.org/docs/17/app-pgrewind.html
GRANT EXECUTE ON FUNCTION
  pg_ls_dir(text, boolean, boolean), pg_stat_file(text, boolean),
  pg_read_binary_file(text), pg_read_binary_file(text, bigint, bigint, boolean)
  TO replicator;
