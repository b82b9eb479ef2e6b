"""The tables of the application, and how many rows they have."""

TABLES = """
select quote_ident(nspname) || '.' || quote_ident(relname)
  from pg_class join pg_namespace on pg_namespace.oid = relnamespace
 where relkind = 'r' and relpersistence = 'p'
   and nspname not in ('pg_catalog', 'information_schema')
 order by 1
"""


def count_rows(cursor):
    """The exact number of rows of each table, by the table's name."""
    cursor.execute(TABLES)
    tables = [table for (table,) in cursor.fetchall()]
    rows = {}
    for table in tables:
        cursor.execute(f"select count(*) from {table}")
        (rows[table],) = cursor.fetchone()
    return rows
