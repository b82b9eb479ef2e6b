"""The server that recovers a restored copy of Postgres. Nobody can reach it, and it stops after the checks."""

import os
import re
import subprocess
import time
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psycopg2
from repository import Failed, number
from rows import DATABASE

DATA = Path(os.environ["PGDATA"])
FILES = Path("/tmp/recovery")
LOG = FILES / "log"
# The server writes its state there.
PROCESS = DATA / "postmaster.pid"
SOCKETS = "/run/postgresql"

# The server archives nothing, and needs none of the members' files.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_directories": SOCKETS,
    "hba_file": FILES / "pg_hba.conf",
    "ident_file": FILES / "pg_ident.conf",
    "archive_mode": "off",
    "hot_standby": "off",
    "track_commit_timestamp": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "config_file": FILES / "postgresql.conf",
}


def execute(program, *arguments):
    """Runs one of Postgres' programs and returns its output, which is the reason if it fails."""
    result = subprocess.run(
        [program, *arguments],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if result.returncode != 0:
        raise Failed(f"{program} failed: {result.stdout.strip()}")
    return result.stdout


def start(**settings):
    """Starts the server and waits without limit until it has recovered."""
    options = [f"--{name}={value}" for name, value in {**SETTINGS, **settings}.items()]
    with LOG.open("w") as log:
        server = subprocess.Popen(
            ["postgres", "-D", DATA, *options], stdout=log, stderr=log
        )
    while not is_ready():
        if server.poll() is None:
            time.sleep(0.2)
            continue
        said = [
            line.split("FATAL:", 1)[1].strip()
            for line in LOG.read_text().splitlines()
            if "FATAL:" in line
        ]
        raise Failed(
            f"Postgres does not recover: {said[-1] if said else 'see its log'}"
        )


def stop():
    execute("pg_ctl", "stop", f"--pgdata={DATA}", "--mode=fast", "--timeout=86400")


def is_ready():
    """As pg_ctl finds it out: connections to the server would fill its log with refusals."""
    try:
        return PROCESS.read_text().splitlines()[7].strip() == "ready"
    except (FileNotFoundError, IndexError):
        return False


def recover(last=None, all_of_it=False):
    """
    Starts the server. If the archive ends before the target time, everything in the archive is wanted. The replay must
    then reach the segment with the last number; a WAL gap may end it earlier.
    """
    try:
        start()
    except Failed as failure:
        if last is None or "recovery ended before" not in str(failure):
            raise
        print(
            "nothing newer than that time is archived: recovering all there is",
            flush=True,
        )
        start(recovery_target_time="")
        all_of_it = True
    if not all_of_it:
        return
    replayed = re.findall(r'restored log file "([0-9A-F]{24})"', LOG.read_text())
    newest = max(replayed, key=number)
    if number(newest) < last:
        raise Failed(
            f"the archived WAL has a gap after {newest}: nothing after the gap can be restored;"
            " choose a time before it (npm run backups)"
        )


@contextmanager
def recovered_server(*target):
    """Runs the server while the block runs, and stops it cleanly."""
    FILES.mkdir(exist_ok=True)
    (FILES / "pg_hba.conf").write_text("local all postgres peer\n")
    for name in ("pg_ident.conf", "postgresql.conf", "log"):
        (FILES / name).write_text("")
    with subprocess.Popen(["tail", "--follow=name", "--lines=+1", LOG]) as shown:
        try:
            recover(*target)
            yield
            stop()
        except BaseException:
            # The first error is the reason; a server that has crashed cannot be stopped.
            with suppress(Failed):
                stop()
            raise
        finally:
            shown.terminate()


def databases():
    """The databases that hold data, the application's first one before the others."""
    with database(DATABASE) as cursor:
        cursor.execute(
            "select datname from pg_database"
            " where datallowconn and not datistemplate and datname <> 'postgres'"
            " order by datname <> %s, datname",
            (DATABASE,),
        )
        return [name for (name,) in cursor.fetchall()]


@contextmanager
def database(name):
    with closing(
        psycopg2.connect(host=SOCKETS, user="postgres", dbname=name)
    ) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            yield cursor
