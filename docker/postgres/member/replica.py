"""What a replica does when the primary no longer keeps the WAL that it needs."""

from contextlib import closing
from select import select

import psycopg2
from api import patroni
from database import superuser
from mounted import log
from psycopg2.errors import UndefinedFile
from psycopg2.extras import PhysicalReplicationConnection

SEGMENT_SIZE = 16 * 2**20
ANSWER_SECONDS = 10

# Where the replica asks for WAL: at the beginning of the segment up to which it has replayed.
NEEDED = f"""
SELECT current_setting('primary_conninfo'),
       floor((pg_last_wal_replay_lsn() - '0/0') / {SEGMENT_SIZE})::bigint * {SEGMENT_SIZE}
"""


def copy_anew_if_log_is_gone(timeline):
    """Copies the data anew, because Patroni would ask for the missing WAL for ever."""
    with closing(superuser("postgres")) as connection:
        cursor = connection.cursor()
        cursor.execute(NEEDED)
        primary, needed = cursor.fetchone()
    # A member that follows no primary has nobody to ask.
    if primary and needed is not None and is_gone(primary, needed, timeline):
        log(
            "the primary no longer has the WAL from which this member would go on: copying the data anew"
        )
        patroni("POST", "/reinitialize", {"force": True})


def is_gone(primary, needed, timeline):
    """Asks the primary for the WAL. Only its statement that it was removed counts, not a timeout or a refusal."""
    with closing(
        psycopg2.connect(
            primary,
            connection_factory=PhysicalReplicationConnection,
            # Not the member's own name, with which it would count as a synchronous replica.
            application_name="postgres-member",
            connect_timeout=5,
        )
    ) as connection:
        cursor = connection.cursor()
        try:
            cursor.start_replication(start_lsn=needed, timeline=timeline)
            select([connection], [], [], ANSWER_SECONDS)
            cursor.read_message()
        except UndefinedFile:
            return True
    return False
