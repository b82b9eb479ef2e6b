"""What is mounted into a member (settings, certificates, passwords), and the settings that Patroni reads."""

import hashlib
import json
import os
from pathlib import Path

import yaml

SETTINGS = Path("/etc/patroni")
TLS = Path("/run/secrets/tls")
PASSWORDS = Path("/run/secrets/passwords")
SOCKET = Path("/run/postgresql")
# Patroni's own file, in memory: the mounted settings and the password of replication.
CONFIGURATION = SOCKET / "patroni.json"


class Problem(Exception):
    """A problem that the reader of the log can understand and correct."""


def log(message):
    print(f"postgres-member: {message}", flush=True)


def mounted_files():
    """Changes with the content of a mounted file."""
    digest = hashlib.sha256()
    for folder in (SETTINGS, TLS, PASSWORDS):
        for path in sorted(folder.iterdir()):
            if path.is_file():
                digest.update(path.read_bytes())
    return digest.digest()


def password(role):
    value = (PASSWORDS / role).read_text().strip()
    if not value:
        raise Problem(f"{PASSWORDS / role} holds no password")
    return value


def settings_of(scope):
    return yaml.safe_load((SETTINGS / f"{scope}.yml").read_text())


def databases():
    """The databases beside the application's first, by name: charts/configuration/databases.ts."""
    return settings_of("databases") if (SETTINGS / "databases.yml").exists() else {}


def may_bootstrap():
    """Only the first member may create a cluster, so that an empty member never precedes one that has data."""
    return os.environ["PATRONI_NAME"].endswith("-0")


def write_configuration():
    settings = settings_of("member")
    bootstrap = settings.pop("bootstrap")
    if may_bootstrap():
        settings["bootstrap"] = {**bootstrap, "dcs": settings_of("cluster")}
    for login in settings["postgresql"]["authentication"].values():
        # The superuser has no password: it connects through the socket.
        if (PASSWORDS / login["username"]).exists():
            login["password"] = password(login["username"])
    new = CONFIGURATION.with_suffix(".new")
    new.write_text(json.dumps(settings))
    new.replace(CONFIGURATION)
