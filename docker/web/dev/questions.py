"""What check_application.py asks. Each function runs in a process of its own, and gives what it found wrong."""

import importlib
import io
import json
import os
import subprocess
import sys
import tempfile

from application_process import (
    Connected,
    database_is_down,
    database_must_not_be_used,
    load,
    network_is_down,
    reason,
    watched_variables,
    watched_writes,
)

STATIC_ROOT = "/srv/coped/static"


def variables_read():
    """The variables that are read until the application is loaded."""
    names = watched_variables()
    load()
    return names


def queries_at_import():
    with database_must_not_be_used():
        try:
            load()
        except Connected as query:
            return [reason(query)]
    return []


def urlconf_queries():
    """Whether the URLconf reads the database when it is imported."""
    load()
    from django.conf import settings

    try:
        with database_must_not_be_used():
            importlib.import_module(settings.ROOT_URLCONF)
    except Connected:
        return True
    return False


def writes(host):
    """What is written outside /tmp while the application is loaded and answers a request."""
    paths = watched_writes()
    load()
    from django.test import Client

    Client(raise_request_exception=False).get("/", HTTP_HOST=host)
    return [path if by is None else f"{path} ({by})" for path, by in paths.items()]


def static_files():
    """What is wrong with collectstatic in the build of the image."""
    with (
        tempfile.TemporaryDirectory() as folder,
        database_must_not_be_used(),
        network_is_down(),
    ):
        try:
            load()
            from django.conf import settings
            from django.core.management import call_command

            root = str(settings.STATIC_ROOT)
            settings.STATIC_ROOT = folder
            call_command("collectstatic", interactive=False, verbosity=0)
        except Connected as query:
            return [reason(query)]
    return [] if root == STATIC_ROOT else [f"STATIC_ROOT is {root!r}"]


def missing_migrations():
    load()
    from django.core.management import call_command

    said = io.StringIO()
    options = {"check_changes": True, "dry_run": True, "skip_checks": True}
    try:
        call_command("makemigrations", **options, interactive=False, stdout=said)
    except SystemExit:
        lines = [line.strip() for line in said.getvalue().splitlines()]
        return [" ".join(line for line in lines if line)]
    return []


def health(host):
    """What is wrong with the answers to the probes."""
    load()
    from django.test import Client

    client = Client(raise_request_exception=False)

    def problems(path, expected, circumstance):
        status = client.get(path, HTTP_HOST=host).status_code
        return (
            []
            if status == expected
            else [f"{path} answers {status} {circumstance}, expected {expected}"]
        )

    with network_is_down():
        found = problems("/livez", 200, "by HTTP")
        found += problems("/readyz", 200, "by HTTP, with Postgres and nothing else")
        with database_is_down():
            found += problems("/livez", 200, "without the database")
            found += problems("/readyz", 503, "without the database")
    return found


def postgres_parameters():
    """By alias, what the driver gets, and how long a connection is kept; None of another kind of database."""
    load()
    from django.db import connections

    found = {}
    for alias in connections:
        connection = connections[alias]
        if connection.vendor != "postgresql":
            found[alias] = None
            continue
        settings = connection.settings_dict
        found[alias] = {
            name: str(value)
            for name, value in connection.get_connection_params().items()
        } | {
            "kept": settings["CONN_MAX_AGE"] != 0
            or bool(settings["OPTIONS"].get("pool")),
            "CONN_HEALTH_CHECKS": settings["CONN_HEALTH_CHECKS"],
        }
    return found, {
        name: value for name, value in os.environ.items() if name.startswith("PG")
    }


def values(*names):
    """The values of these settings."""
    load()
    from django.conf import settings

    return {name: getattr(settings, name) for name in names}


def unknown_commands(commands):
    """Commands that the project does not have, or whose arguments it does not take."""
    load()
    from django.core.management import (
        CommandError,
        get_commands,
        load_command_class,
    )

    there = get_commands()
    found = []
    for title, (name, *arguments) in commands.items():
        if name not in there:
            found.append(f"{title}: there is no command {name!r}")
            continue
        try:
            command = load_command_class(there[name], name)
            command.create_parser("manage.py", name).parse_args(arguments)
        except CommandError as error:
            found.append(f"{title}: {name} does not take {arguments}: {error}")
    return found


def run(command):
    """Exit code and output of a command of manage.py."""
    done = subprocess.run(
        [sys.executable, "manage.py", *command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.strip(), done.stderr.strip()


def wrong_exit_code(title, command):
    """What is wrong with a command whose exit code says whether all is well."""
    code, output, errors = run(command)
    if code not in (0, 1):
        last = (errors or output).splitlines()[-1:]
        return [f"{title}: the exit code is {code}, expected 0 or 1: {''.join(last)}"]
    if not output:
        last = errors.splitlines()[-1:]
        return [f"{title}: it says nothing to standard output: {''.join(last)}"]
    return []


def index_name(command):
    """The index that the report of the search index names, or None."""
    _, output, _ = run(command)
    return json.loads(output)["index"]
