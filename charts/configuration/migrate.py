"""
Runs Django's migrations as soon as no transaction blocks them. `manage.py shell` runs it, so that it needs
nothing from the application.

Every page that reads a table waits behind a migration that waits for a lock on the table. The lock_timeout of its role
ends that within seconds. Then this program waits, without a lock, until the blocking transactions end, and tries again.
"""

import sys
from time import monotonic, sleep

from django.core.management import call_command
from django.db import OperationalError, connection

WAITS_SECONDS = 600
# Between two attempts pages get their turn, whoever holds the lock.
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


def ask(query, *arguments):
    with connection.cursor() as cursor:
        cursor.execute(query, arguments)
        return [value for (value,) in cursor.fetchall()]


def is_locked(error):
    """Whether the reason was the lock_timeout; psycopg 3 and 2 name Postgres' code differently."""
    cause = error.__cause__
    code = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)
    return code == LOCK_NOT_AVAILABLE


def migrate():
    end = monotonic() + WAITS_SECONDS
    while True:
        try:
            call_command("migrate", interactive=False, skip_checks=False)
            return
        except OperationalError as error:
            if not is_locked(error):
                raise
        wait(end)


def wait(end):
    """Waits until the transactions end that may have held the lock."""
    [failed_at] = ask("SELECT clock_timestamp()")
    print("\nthe migration did not get a lock on a table", flush=True)
    sleep(PAUSE_SECONDS)
    said = None
    while (holders := ask(HOLDERS, failed_at)) or monotonic() > end:
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


migrate()
