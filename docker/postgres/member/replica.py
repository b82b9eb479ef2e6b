"""What a replica does that cannot go on: the primary keeps the write-ahead log for a member that is away only so long."""

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

# Where the replica asks for the log: at the beginning of the segment up to which it has replayed.
NEEDED = f"""
SELECT current_setting('primary_conninfo'),
       floor((pg_last_wal_replay_lsn() - '0/0') / {SEGMENT_SIZE})::bigint * {SEGMENT_SIZE}
"""


def copy_anew_if_log_is_gone(timeline):
    """Patroni would have it ask again for ever. What it holds is of no use any more, and it says so before it goes."""
    with closing(superuser("postgres")) as connection:
        cursor = connection.cursor()
        cursor.execute(NEEDED)
        primary, needed = cursor.fetchone()
    # A member that follows nobody has nobody to ask.
    if primary and needed is not None and is_gone(primary, needed, timeline):
        log(
            "the primary no longer has the log from which this member would go on: copying it anew"
        )
        patroni("POST", "/reinitialize", {"force": True})


def is_gone(primary, needed, timeline):
    """Asks the primary for the log; only its own word that it has removed it counts, and no silence or refusal."""
    with closing(
        psycopg2.connect(
            primary,
            connection_factory=PhysicalReplicationConnection,
            # Not the member's own name, by which it would count as a synchronous replica.
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
