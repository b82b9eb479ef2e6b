"""Prepares the member's data folder before Patroni starts."""

import os
import shutil
from pathlib import Path

from api import withdraw_bootstrap
from mounted import SOCKET, Problem, log, may_bootstrap

DATA = Path(os.environ["PGDATA"])
# Exists while the data is created or copied. What a crash leaves of that cannot be started.
INCOMPLETE = DATA.with_suffix(".incomplete")


def prepare_data():
    if INCOMPLETE.exists():
        # A copy gets its pg_control last. Once it has it, Postgres can complete the rest.
        started = may_bootstrap() and withdraw_bootstrap()
        if DATA.exists() and (started or not (DATA / "global/pg_control").exists()):
            log(f"{DATA} was cut short while it was made: making it anew")
            shutil.rmtree(DATA)
    if not DATA.exists() or not any(DATA.iterdir()):
        INCOMPLETE.touch()
        return
    # A kubelet that applies fsGroup makes it readable for the group, which the server refuses.
    DATA.chmod(0o700)
    found = DATA / "PG_VERSION"
    if not found.exists():
        raise Problem(
            f"{DATA} holds files but no PG_VERSION: look at them, then move them away"
        )
    version, wanted = found.read_text().strip(), os.environ["POSTGRES_MAJOR"]
    if version != wanted:
        raise Problem(
            f"{DATA} is of Postgres {version}, this image is {wanted}: docs/volumes.md says how to move"
        )


def remove_socket():
    """Removes what a killed server left: the lock names its process, whose number another one may have by now."""
    for path in SOCKET.glob(".s.PGSQL.*"):
        path.unlink()
