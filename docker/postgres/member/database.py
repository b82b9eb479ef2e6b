"""What a member does in its own databases, as the superuser, through the socket."""

from contextlib import closing
from pathlib import Path

import psycopg2
from mounted import PASSWORDS, SOCKET, Problem, databases, log, password
from psycopg2.extensions import encrypt_password
from psycopg2.sql import SQL, Identifier

STATEMENTS = Path("/usr/local/share/coped-postgres")
DATABASE = "coped"


def superuser(database):
    """A connection through the socket, which does not wait long for a lock."""
    return psycopg2.connect(
        host=str(SOCKET),
        dbname=database,
        user="postgres",
        connect_timeout=5,
        # Commits do not wait for replicas, because there may be none. A failed statement is not logged.
        options="-c synchronous_commit=local -c lock_timeout=5s -c statement_timeout=60s"
        " -c log_statement=none -c log_min_error_statement=panic -c log_min_duration_statement=-1",
    )


def make_databases():
    with closing(superuser("postgres")) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        for name in (DATABASE, *databases()):
            cursor.execute("SELECT FROM pg_database WHERE datname = %s", (name,))
            if cursor.rowcount == 0:
                cursor.execute(f'CREATE DATABASE "{name}"')


def make_roles():
    with closing(superuser(DATABASE)) as connection, connection:
        cursor = connection.cursor()
        cursor.execute(statements("roles"))
        for settings in databases().values():
            if owner := settings.get("owner"):
                make_owner(cursor, owner)
        for path in sorted(PASSWORDS.iterdir()):
            if path.is_file():
                # Postgres gets only the verifier of a password, so its log cannot contain the password.
                verifier = encrypt_password(
                    password(path.name), path.name, connection, "scram-sha-256"
                )
                cursor.execute(f'ALTER ROLE "{path.name}" PASSWORD %s', (verifier,))
    with closing(superuser("postgres")) as connection, connection:
        connection.cursor().execute(statements("rewind"))


def make_owner(cursor, name):
    """Makes the role of another program, which has no rights but those of the owner of its database."""
    cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", (name,))
    if cursor.rowcount == 0:
        cursor.execute(f'CREATE ROLE "{name}"')
    cursor.execute(
        f'ALTER ROLE "{name}"'
        " LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
    )


def make_rights():
    """
    Gives each database its owner and the rights in it. One database is one transaction, and one that its owner has broken
    holds no other one back.
    """
    failures = []
    for name, settings in {DATABASE: {}, **databases()}.items():
        try:
            give_rights(name, settings)
        except psycopg2.Error as error:
            failures.append(f"no rights are given in {name}: {str(error).strip()}")
    if failures:
        raise Problem("; ".join(failures))
    log("roles and rights are as they should be")


def give_rights(name, settings):
    with closing(superuser(name)) as connection, connection:
        cursor = connection.cursor()
        if "owner" in settings:
            readers = [settings["owner"], *settings["readers"]]
            cursor.execute(
                SQL(statements("rights-of-another-owner")).format(
                    database=Identifier(name),
                    owner=Identifier(settings["owner"]),
                    readers=SQL(", ").join(map(Identifier, readers)),
                )
            )
        else:
            cursor.execute(statements("rights"))
        if "description" in settings:
            cursor.execute(
                f'COMMENT ON DATABASE "{name}" IS %s', (settings["description"],)
            )


def statements(name):
    return (STATEMENTS / f"{name}.sql").read_text()


def resume_replay():
    """Resumes the replay of this replica, unless the backup that paused it is still connected."""
    with closing(superuser("postgres")) as connection:
        cursor = connection.cursor()
        cursor.execute(
            "SELECT pg_wal_replay_resume() FROM pg_roles"
            " WHERE rolname = 'coped_backup' AND pg_is_wal_replay_paused() AND oid NOT IN"
            " (SELECT usesysid FROM pg_stat_activity WHERE usesysid IS NOT NULL)"
        )
        if cursor.rowcount:
            log("a backup that did not end had paused the replay: it goes on")
