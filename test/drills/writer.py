"""Writes one row after the other and prints the outcome of each as a line of JSON, until it is stopped.

Usage: writer.py HOST NAME

Each attempt has its own id and is made once. It is unknown whether a failed attempt wrote its row, so it is not
repeated. A row counts as acknowledged only if its commit was answered.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

import psycopg

# The kernel of a frozen server goes on answering keepalives, so only the client's own limit notices it.
ATTEMPT_SECONDS = 1
PAUSE_SECONDS = 0.01

host, name = sys.argv[1:]


def stop_waiting(*_):
    raise TimeoutError(f"no answer within {ATTEMPT_SECONDS} s")


def connect() -> psycopg.Connection:
    return psycopg.connect(
        host=host,
        port=os.environ["SQL_PORT"],
        dbname=os.environ["SQL_DATABASE"],
        user=os.environ["SQL_USER"],
        password=Path(os.environ["SQL_PASSWORD_FILE"]).read_text().strip(),
        target_session_attrs="read-write",
        application_name="drill",
        autocommit=True,
    )


def write(connection: psycopg.Connection, row: int) -> str:
    """Returns the address of the member that acknowledged the row."""
    statement = (
        "INSERT INTO drill.writes (writer, id) VALUES (%s, %s)"
        " RETURNING host(inet_server_addr())"
    )
    return connection.execute(statement, (name, row)).fetchone()[0]


signal.signal(signal.SIGALRM, stop_waiting)
connection = None
row = 0
while True:
    row += 1
    attempt = {"id": row, "start": time.time()}
    signal.setitimer(signal.ITIMER_REAL, ATTEMPT_SECONDS)
    try:
        connection = connection or connect()
        attempt["by"] = write(connection, row)
    except (psycopg.Error, TimeoutError) as error:
        attempt["error"] = str(error).strip()
        if connection:
            connection.close()
        connection = None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    attempt["end"] = time.time()
    print(json.dumps(attempt), flush=True)
    time.sleep(PAUSE_SECONDS)
