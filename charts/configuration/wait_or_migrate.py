"""
Waits for Postgres or for the migrations, or runs the migrations. `manage.py shell` imports it and calls one function, so
that it needs nothing from the application. `also` is the aliases of the databases beside the first that are the
application's: other aliases are databases that it only reads.

It makes none of Django's system checks. They import the URLconf, which may read a table that only a migration makes.
What the application gets wrong is not caught here: it ends the process with a traceback.
"""

import os
import sys
from math import inf
from time import monotonic, sleep

from django.core.management import call_command
from django.db import OperationalError, connections
from django.db.migrations.executor import MigrationExecutor

# Where packets get lost, the kernel would try for two minutes. A setting of the application is stronger.
os.environ.setdefault("PGCONNECT_TIMEOUT", "5")

DEFAULT = "default"

LOOKS_EVERY_SECONDS = 2
WAITS_SECONDS = 600

# What is waited for. The tools know a pod that waits for migrations by these words.
REACHED = "Postgres can be reached"
ACCEPTED = "Postgres accepts the connection"
MIGRATED = "the database is migrated"

# Postgres knows a new password within two minutes, and makes its roles when it starts. After that another process has to
# go on, because this one has read its settings at the start.
REFUSED_SECONDS = 180
# Of a connection that does not come about, the drivers know no code.
REFUSALS = (
    "password",
    "pg_hba.conf",
    "does not exist",
    "permission denied",
    "not permitted",
    "certificate",
    "does not support SSL",
)

# Between two attempts to migrate pages get their turn, whoever holds the lock.
PAUSE_SECONDS = 5
LOCK_NOT_AVAILABLE = "55P03"

# Transactions that hold a lock on a table, and began before the migration gave up.
HOLDERS = """
SELECT format('process %%s of %%s%%s, for %%s s: %%s', pid, usename, nullif(' (' || application_name || ')', ' ()'),
              round(extract(epoch FROM clock_timestamp() - xact_start)), regexp_replace(left(query, 200), '\\s+', ' ', 'g'))
  FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start < %s
   AND pid IN (SELECT pid FROM pg_locks WHERE locktype = 'relation' AND granted AND relation >= 16384)
 ORDER BY xact_start
"""


def wait_for_postgres(gives_up=False, also=()):
    """Waits until Postgres accepts a connection to each database; if it gives up, for ten minutes altogether."""
    end = monotonic() + (WAITS_SECONDS if gives_up else inf)
    for alias in (DEFAULT, *also):
        wait(connections[alias].ensure_connection, end)
    print("Postgres accepts the connection", flush=True)


def wait_for_migrations(gives_up=False, also=()):
    """Waits until each schema is the one that the code expects; if it gives up, for ten minutes altogether."""
    end = monotonic() + (WAITS_SECONDS if gives_up else inf)
    for alias in (DEFAULT, *also):
        wait(lambda alias=alias: pending(alias), end)
    print("no migration is pending", flush=True)


def wait(look, end):
    """Waits until a look finds nothing missing, at most until the end. Says what is, whenever that is something else."""
    what = said = None
    while missing := attempt(look):
        if missing[0] != what:
            what, since = missing[0], monotonic()
        reason = f"waiting until {': '.join(missing)}"
        if reason != said:
            print(reason, flush=True)
            said = reason
        now = monotonic()
        waited = now - since
        if now >= end or (what == ACCEPTED and waited >= REFUSED_SECONDS):
            sys.exit(f"gave up after {waited:.0f} s of {reason}")
        sleep(LOOKS_EVERY_SECONDS)


def attempt(look):
    """What is missing, and why; None if nothing is."""
    try:
        return look()
    except OperationalError as error:
        why = " ".join(str(error).split())
        is_refused = any(refusal in why for refusal in REFUSALS)
        return ACCEPTED if is_refused else REACHED, why
    finally:
        connections.close_all()


def pending(alias):
    """The migrations that `migrate` would apply to a database."""
    connection = connections[alias]
    executor = MigrationExecutor(connection)
    loader = executor.loader
    loader.check_consistent_history(connection)
    if conflicts := loader.detect_conflicts():
        sys.exit(
            f"conflicting migrations: {conflicts}; merge them with manage.py makemigrations --merge"
        )
    plan = executor.migration_plan(loader.graph.leaf_nodes())
    if not plan:
        return None
    where = "" if alias == DEFAULT else f" in {alias}"
    return MIGRATED, f"{len(plan)} pending{where}, the first is {plan[0][0]}"


def migrate(also=()):
    """
    Runs Django's migrations in each database as soon as no transaction blocks them.

    Every page that reads a table waits behind a migration that waits for a lock on the table. The lock_timeout of its
    role ends that within seconds. Then this waits, without a lock, until the blocking transactions end, and tries again:
    for ten minutes altogether, from the first lock that it did not get.
    """
    end = None
    for alias in (DEFAULT, *also):
        while not migrate_one(alias):
            end = end or monotonic() + WAITS_SECONDS
            wait_for_locks(alias, end)


def migrate_one(alias):
    """Runs Django's migrations in a database. Returns whether they got the locks that they need."""
    try:
        call_command("migrate", database=alias, interactive=False, skip_checks=True)
        return True
    except OperationalError as error:
        if not is_locked(error):
            raise
        return False


def is_locked(error):
    """Whether the reason was the lock_timeout; psycopg 3 and 2 name Postgres' code differently."""
    cause = error.__cause__
    code = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)
    return code == LOCK_NOT_AVAILABLE


def wait_for_locks(alias, end):
    """Waits until the transactions end that may have held the lock."""
    [failed_at] = ask(alias, "SELECT clock_timestamp()")
    print("\nthe migration did not get a lock on a table", flush=True)
    sleep(PAUSE_SECONDS)
    said = None
    while (holders := ask(alias, HOLDERS, failed_at)) or monotonic() > end:
        if monotonic() > end:
            names = "; ".join(holders) or "nobody that can be seen"
            sys.exit(
                f"the migration gave up after {WAITS_SECONDS} s: another transaction holds a lock that it needs: {names}\n"
                "end it (SELECT pg_terminate_backend(PROCESS) as the superuser), or migrate when it is over"
            )
        pids = [holder.split(" of ")[0] for holder in holders]
        if pids != said:
            print(f"waiting until it is over: {'; '.join(holders)}", flush=True)
            said = pids
        sleep(1)


def ask(alias, query, *arguments):
    with connections[alias].cursor() as cursor:
        cursor.execute(query, arguments)
        return [value for (value,) in cursor.fetchall()]
