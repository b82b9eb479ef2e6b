"""The member's folder of data, as it has to be before Patroni starts."""

import os
import shutil
from pathlib import Path

from api import withdraw_bootstrap
from mounted import SOCKET, Problem, log, may_bootstrap

DATA = Path(os.environ["PGDATA"])
# There while the data is made or copied: what is left of that after a crash cannot be started.
INCOMPLETE = DATA.with_suffix(".incomplete")


def prepare_data():
    if INCOMPLETE.exists():
        # A copy gets its pg_control last: with it, Postgres can finish what is missing.
        started = may_bootstrap() and withdraw_bootstrap()
        if DATA.exists() and (started or not (DATA / "global/pg_control").exists()):
            log(f"{DATA} was cut short while it was made: making it anew")
            shutil.rmtree(DATA)
    if not DATA.exists() or not any(DATA.iterdir()):
        INCOMPLETE.touch()
        return
    # A kubelet that applies fsGroup opens it to the group, which the server refuses.
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
    """What a killed server leaves: the lock names its process, and another one may have that number by now."""
    for path in SOCKET.glob(".s.PGSQL.*"):
        path.unlink()
