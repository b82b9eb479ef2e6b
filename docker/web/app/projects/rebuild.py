"""Makes the search index equal to Postgres, while search goes on."""

from datetime import UTC, datetime
from time import monotonic, sleep

from django.db import connection

from projects import comparison, index
from projects.elastic import FAILURES, patient

# How long to wait for the replicas of a new index; a cluster that lacks a node may never become green.
GREEN_SECONDS = 60
# How long to wait for the copies of the previous index before they count as lost.
YELLOW_SECONDS = 30
# How often the same documents are corrected.
ROUNDS = 3


class Failed(Exception):
    """The index was not rebuilt; the current one goes on serving."""


def rebuild(say, *, force=False, wait_seconds=0):
    """Corrects the serving index, or builds a new one and replaces it.

    It builds one when there is none, when the mapping has changed, when documents are newer than
    their projects (because Postgres was restored), or when forced. Tells `say` what it does.

    Raises Failed, index.Refused or one of elastic.FAILURES.
    """
    take_lock(say, wait_seconds)
    indices = index.indices()
    for name in indices.unfinished:
        say(f"deleting {name}, which a rebuild did not finish")
        patient().indices.delete(index=name)

    reason = "as told" if force else reason_to_build(indices)
    if reason is None:
        patient().indices.refresh(index=indices.serving)
        found = comparison.differences(indices.serving)
        if not found.ahead and mended(indices.serving, index.ALIAS, found, say):
            return
        reason = f"{indices.serving} cannot be mended ({found})"
    build(indices, reason, say)


def reason_to_build(indices):
    if indices.unversioned:
        return f"{index.ALIAS} is an index without versions"
    if indices.serving is None:
        return "there is none"
    if not indices.is_current:
        return f"{indices.serving} has another mapping"
    return None


def build(indices, reason, say):
    for name in indices.former:
        say(f"deleting {name}, which served before {indices.serving}")
        patient().indices.delete(index=name)

    name = f"{index.ALIAS}-{index.mapping_hash()}-{datetime.now(UTC):%Y%m%d%H%M%S}"
    say(f"building {name}: {reason}")
    patient().indices.create(
        index=name,
        settings=index.SETTINGS,
        mappings=index.MAPPINGS,
        aliases={index.NEXT: {}},
    )
    try:
        begin = monotonic()
        taken = index.fill(index.NEXT)
        patient().indices.refresh(index=name)
        say(f"{taken} projects indexed in {monotonic() - begin:.1f} s")
        if not mended(name, index.NEXT, comparison.differences(name), say):
            raise Failed(f"{name} does not become what Postgres has")
        wait_until_green(name, say)
    except BaseException:
        remove(name, say)
        raise
    # Not undone when it fails: it may have succeeded although no answer came.
    swap(indices, name)
    say(f"{index.ALIAS} is {name} now")
    if indices.serving:
        keep_or_remove(indices.serving, say)


def mended(name, alias, found, say):
    """Whether the documents that differed are equal to Postgres after they were corrected.

    New differences are not searched for: Postgres goes on changing, and whoever changes it writes
    to the index as well.
    """
    rounds = 0
    while found.ids():
        if rounds == ROUNDS:
            return False
        rounds += 1
        say(f"mending {name}: {found}")
        index.mend(alias, found)
        found = comparison.differences(name, found.ids())
    if rounds:
        patient().indices.refresh(index=name)
    say(f"every field of every document in {name} is what Postgres has")
    return True


def wait_until_green(name, say):
    health = health_when(name, "green", GREEN_SECONDS)
    if health["timed_out"]:
        say(f"{name} is {health['status']} after {GREEN_SECONDS} s, and serves so")


def swap(indices, name):
    """Replaces the serving index with the new one, in one request."""
    actions = [
        {"add": {"index": name, "alias": index.ALIAS}},
        {"remove": {"index": name, "alias": index.NEXT}},
    ]
    if indices.unversioned:
        actions.insert(0, {"remove_index": {"index": index.ALIAS}})
    elif indices.serving:
        old = {"index": indices.serving, "alias": index.ALIAS, "must_exist": True}
        actions.append({"remove": old})
    patient().indices.update_aliases(actions=actions)


def health_when(name, status, seconds):
    """The health of an index, as soon as it has that status, or after that many seconds."""
    return (
        patient()
        .options(request_timeout=seconds + 5, ignore_status=408)
        .cluster.health(index=name, wait_for_status=status, timeout=f"{seconds}s")
    )


def keep_or_remove(former, say):
    """Keeps the previous index, unless it stays red, which would keep the cluster red for ever."""
    try:
        is_red = health_when(former, "yellow", YELLOW_SECONDS)["status"] == "red"
    except FAILURES:
        # The other one serves already.
        say(f"{former} is kept, and how it is cannot be told")
        return
    if is_red:
        say(f"deleting {former}: some of its documents have no copy any more")
        remove(former, say)
    else:
        say(f"{former} is kept until the next one is built")


def remove(name, say):
    try:
        patient().indices.delete(index=name, ignore_unavailable=True)
    except FAILURES:
        say(f"{name} could not be removed; the next rebuild will")


def take_lock(say, wait_seconds):
    """Waits for a lock in Postgres that ends with this process or its connection.

    Raises Failed when another rebuild holds it for too long.
    """
    if connection.vendor != "postgresql":
        return
    deadline = monotonic() + wait_seconds
    with connection.cursor() as cursor:
        while True:
            cursor.execute("SELECT pg_try_advisory_lock(hashtext('rebuild_index'))")
            [is_taken] = cursor.fetchone()
            if is_taken:
                return
            if monotonic() >= deadline:
                raise Failed("another rebuild is running")
            say("waiting for another rebuild to end")
            sleep(2)
