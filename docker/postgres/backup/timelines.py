"""
Timelines: the branches of the WAL. Each has a number and, except for the first, a history file in the archive. After a
failover, a timeline continues where its predecessor ended. A restore branches off, and abandons what came after.
"""

import time
from datetime import UTC, datetime
from math import inf
from typing import NamedTuple

from repository import (
    Failed,
    archive_folder,
    backups,
    files,
    moment,
    number,
    pgbackrest,
)

SEGMENT_SIZE = 16 * 2**20
# Segments are sent in parallel: for moments a later one may be stored before an earlier one, or before its history.
TRAVEL_SECONDS = 5


class Branching(NamedTuple):
    """Where a timeline ended, as its successors see it."""

    lsn: int
    reason: str


class Timeline(NamedTuple):
    number: int
    began: datetime
    """When its history was archived."""
    ancestors: dict[int, Branching]


def known_timelines():
    """The timelines in the archive, the oldest first."""
    folder = archive_folder()
    names = files(folder, "^[0-9A-F]{8}")
    first = min(int(name[:8], 16) for name in names)
    found = [Timeline(first, datetime.min.replace(tzinfo=UTC), {})]
    for name, stored in sorted(names.items()):
        if name.endswith(".history"):
            found.append(read_timeline(folder, name, stored))
    return found


def read_timeline(folder, name, stored):
    history = pgbackrest("repo-get", f"{folder}/{name}", show=False)
    return Timeline(int(name[:8], 16), stored, ancestors(history))


def newest_timeline():
    """The highest timeline number of a history or a segment in the archive."""
    return max(int(name[:8], 16) for name in files(archive_folder(), "^[0-9A-F]{8}"))


def refuse_lost_history(known, timeline, at):
    """
    Refuses to go to the end of the newest known timeline, or to a time after it, if there is a newer timeline. A history
    is dropped, like everything that waits too long for the object store. Without it nobody knows where its timeline
    branches off.
    """
    newest = newest_timeline()
    if newest <= known[-1].number or timeline is not known[-1]:
        return
    stored = last_stored(timeline.number)
    if at is None or stored is None or at > stored:
        raise Failed(
            f"the archive has WAL of timeline {newest} but not {newest:08X}.history, so what was committed on it would be"
            " left out: store that file from the primary's pg_wal (docs/backups.md), or restore to a time before it"
        )


def last_stored(timeline):
    """When the last complete segment of the timeline with this number was stored; None without one."""
    folder = archive_folder()
    times = [
        at
        for log in files(folder, f"^{timeline:08X}[0-9A-F]{{8}}$")
        for at in files(f"{folder}/{log}", "^[0-9A-F]{24}-").values()
    ]
    return max(times, default=None)


def ancestors(history):
    """
    Where each ancestor ended, by its number. Each line of a history is one ancestor, the oldest first. An ancestor does not
    reach beyond the end of a later one, although Postgres leaves its line as it was.
    """
    found = {}
    end = None
    for line in reversed([line for line in history.splitlines() if line.strip()]):
        timeline, lsn, reason = line.split("\t", 2)
        own = Branching(position(lsn), reason)
        end = min(own, end or own, key=lambda each: each.lsn)
        found[int(timeline)] = end
    return found


def position(lsn):
    """A WAL position as a number of bytes."""
    high, low = lsn.split("/")
    return int(high, 16) * 2**32 + int(low, 16)


def timeline_at(at, timelines):
    """The timeline that was in use at that time; without a time, the newest one."""
    current, *later = timelines
    for timeline in later:
        if at and timeline.began > at and not goes_on(timeline, current):
            return current
        current = timeline
    return current


def goes_on(timeline, before):
    """Whether it begins at the very end of the previous one, so that nothing was abandoned."""
    end = timeline.ancestors.get(before.number)
    return (
        end is not None
        and end.reason == "no recovery target specified"
        and newest_number(before) * SEGMENT_SIZE < end.lsn
    )


def newest_number(timeline):
    folder = archive_folder()
    logs = files(folder, f"^{timeline.number:08X}[0-9A-F]{{8}}$")
    return (
        max(
            (number(name) for name in files(f"{folder}/{max(logs)}", "^[0-9A-F]{24}-")),
            default=0,
        )
        if logs
        else 0
    )


def last_number(timeline):
    """The number of the last segment up to its end: its newest, or the last complete one before it began."""
    began = max((end.lsn for end in timeline.ancestors.values()), default=0)
    return newest_number(timeline) or began // SEGMENT_SIZE - 1


def reach(timeline, of):
    """Up to which position the WAL of a timeline, its own or an ancestor's, belongs to its history."""
    if of == timeline.number:
        return inf
    end = timeline.ancestors.get(of)
    return end.lsn if end else 0


def as_target(number, made_on):
    """
    How a restore of a backup that was made on a timeline names the timeline to which it goes. For a number Postgres wants
    that timeline's history. The archive lacks it if the timeline began while there was no object store yet.
    """
    return "current" if number == made_on else str(number)


def made_on(backup):
    """The number of the timeline on which a backup ended."""
    return int(backup["archive"]["stop"][:8], 16)


def backup_for(at, timeline, label=None):
    """The newest backup, or the one with that label, from which that time on that timeline can be reached."""
    for backup in reversed(backups()):
        leads = position(backup["lsn"]["stop"]) <= reach(timeline, made_on(backup))
        is_before = at is None or moment(backup["timestamp"]["stop"]) < at
        if leads and is_before and label in (None, backup["label"]):
            return backup
    which = f"{label} does not lead" if label else "no backup leads"
    raise Failed(f"{which} to {at or 'the end'} on timeline {timeline.number}")


def gap(first, last):
    """When the archive was last complete, if a segment between these two is missing in it."""
    folder = archive_folder()
    # Nothing leads to a timeline whose history is missing: the WAL ends on the timeline where it begins.
    timeline = Timeline(int(first[:8], 16), datetime.min.replace(tzinfo=UTC), {})
    for name, at in files(folder, f"^{last[:8]}\\.history$").items():
        timeline = read_timeline(folder, name, at)
    stored = {}
    for log in files(folder, "^[0-9A-F]{16}$"):
        if number(first) <= number(f"{log}FF") and number(f"{log}00") <= number(last):
            for name, at in files(f"{folder}/{log}", "^[0-9A-F]{24}-").items():
                if number(name) * SEGMENT_SIZE < reach(timeline, int(name[:8], 16)):
                    stored[number(name)] = at
    wanted = range(number(first), number(last) + 1)
    missing = next((each for each in wanted if each not in stored), None)
    return missing and stored.get(missing - 1)


def open_hole(found, newest):
    """When the archive was last complete, if anything between the newest backup and that segment is missing in it."""
    if not found or not newest:
        return None
    stop = found[-1]["archive"]["stop"]
    if not missing_since(stop, newest):
        return None
    time.sleep(TRAVEL_SECONDS)
    return missing_since(stop, newest)


def missing_since(stop, newest):
    """The same, for a segment or for the history of the current timeline, without which no backup on it can be used."""
    names = files(archive_folder(), "^[0-9A-F]{8}")
    own = int(newest[:8], 16)
    if f"{newest[:8]}.history" not in names:
        numbers = {int(name[:8], 16) for name in names}
        for each in sorted(numbers, reverse=True):
            if each < own and (at := last_stored(each)):
                return at
    return gap(stop, newest)
