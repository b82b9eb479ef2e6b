"""The tables of the databases, and how many rows they have."""

# The application's first database. Its tables are recorded by their names alone; those of another with it in front.
DATABASE = "coped"

TABLES = """
select quote_ident(nspname) || '.' || quote_ident(relname)
  from pg_class join pg_namespace on pg_namespace.oid = relnamespace
 where relkind = 'r' and relpersistence = 'p'
   and nspname not in ('pg_catalog', 'information_schema')
 order by 1
"""


def count_rows(cursor, database):
    """The exact number of rows of each table of the database of this cursor, by the table's name as it is recorded."""
    where = "" if database == DATABASE else f"{database}/"
    cursor.execute(TABLES)
    tables = [table for (table,) in cursor.fetchall()]
    rows = {}
    for table in tables:
        cursor.execute(f"select count(*) from {table}")
        (rows[where + table],) = cursor.fetchone()
    return rows
