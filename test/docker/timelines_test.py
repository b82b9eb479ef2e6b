"""The choice of a timeline and of a backup, from a fake archive."""

import re
import unittest
from datetime import UTC, datetime
from unittest.mock import patch

import timelines
from repository import Failed

FOLDER = "archive/coped/17-1"
FAILOVER = "no recovery target specified"
RESTORE = "before transaction 745"


def history(*ancestors):
    return "\n\n".join(
        f"{number}\t{lsn}\t{reason}" for number, lsn, reason in ancestors
    )


def second(number):
    return datetime.fromtimestamp(number, UTC)


def backup(label, timeline, stop, finished):
    return {
        "label": label,
        "archive": {"stop": segment(timeline, timelines.position(stop) >> 24)},
        "lsn": {"stop": stop},
        "timestamp": {"stop": finished},
    }


def segment(timeline, number):
    return f"{timeline:08X}{number >> 8:08X}{number & 255:08X}"


class Archive(unittest.TestCase):
    def setUp(self):
        self.stored = {}
        """When each file was stored, by path."""
        self.histories = {}
        self.backups = []
        for name in ("archive_folder", "files", "pgbackrest", "backups"):
            fake = {
                "archive_folder": lambda: FOLDER,
                "files": self.files,
                "pgbackrest": lambda _, path, **options: self.histories[path],
                "backups": lambda: self.backups,
            }[name]
            patcher = patch.object(timelines, name, fake)
            patcher.start()
            self.addCleanup(patcher.stop)

    def files(self, path, pattern):
        below = {
            name.removeprefix(f"{path}/").split("/")[0]: at
            for name, at in self.stored.items()
            if name.startswith(f"{path}/")
        }
        return {name: at for name, at in below.items() if re.search(pattern, name)}

    def add_history(self, timeline, at, *ancestors):
        path = f"{FOLDER}/{timeline:08X}.history"
        self.stored[path] = second(at)
        self.histories[path] = history(*ancestors)

    def add_segments(self, timeline, *numbers):
        """Each is stored at the second of its number."""
        for number in numbers:
            name = segment(timeline, number)
            self.stored[f"{FOLDER}/{name[:16]}/{name}-0123.gz"] = second(number)

    def timeline_at(self, at=None):
        moment_of_it = None if at is None else second(at)
        return timelines.timeline_at(moment_of_it, timelines.known_timelines())


class Ancestors(unittest.TestCase):
    def test_are_read_from_a_history(self):
        text = history((1, "0/60000A0", FAILOVER), (2, "1/A000000", RESTORE))
        self.assertEqual(
            timelines.ancestors(text),
            {1: (0x60000A0, FAILOVER), 2: (0x10A000000, RESTORE)},
        )

    def test_end_where_what_came_after_them_was_thrown_away(self):
        text = history((1, "0/60000A0", FAILOVER), (2, "0/4000000", RESTORE))
        self.assertEqual(
            timelines.ancestors(text),
            {1: (0x4000000, RESTORE), 2: (0x4000000, RESTORE)},
        )


class TimelineAt(Archive):
    def test_is_the_only_one(self):
        self.add_segments(1, 1, 2)
        self.assertEqual(self.timeline_at().number, 1)
        self.assertEqual(self.timeline_at(1).number, 1)

    def test_is_the_newest_without_a_time(self):
        self.add_segments(1, 1, 2, 3, 4)
        self.add_history(19, 10, (1, "0/2000100", RESTORE), (18, "0/2000200", FAILOVER))
        self.assertEqual(self.timeline_at().number, 19)

    def test_is_the_one_that_a_later_restore_left(self):
        self.add_segments(1, 1, 2, 3, 4)
        self.add_history(19, 10, (1, "0/2000100", RESTORE), (18, "0/2000200", FAILOVER))
        self.assertEqual(self.timeline_at(9).number, 1)
        self.assertEqual(self.timeline_at(11).number, 19)

    def test_goes_on_over_a_failover(self):
        self.add_segments(1, 1, 2)
        self.add_history(2, 10, (1, "0/3000100", FAILOVER))
        self.assertEqual(self.timeline_at(9).number, 2)

    def test_goes_on_over_a_failover_at_the_end_of_a_segment(self):
        self.add_segments(1, 1, 2)
        self.add_history(2, 10, (1, "0/3000000", FAILOVER))
        self.assertEqual(self.timeline_at(9).number, 2)

    def test_is_the_one_that_was_written_on_while_all_was_restored(self):
        self.add_segments(1, 1, 2, 3)
        self.add_history(19, 10, (1, "0/3000000", FAILOVER))
        self.assertEqual(self.timeline_at(9).number, 1)


class NewestTimeline(Archive):
    def test_may_have_segments_but_no_history(self):
        self.add_segments(1, 1)
        self.add_history(2, 10, (1, "0/2000100", FAILOVER))
        self.add_segments(19, 2)
        self.assertEqual(timelines.newest_timeline(), 19)


class LastNumber(Archive):
    def test_is_that_of_the_newest_segment(self):
        self.add_segments(1, 1, 2, 257)
        self.assertEqual(timelines.last_number(self.timeline_at()), 257)

    def test_is_that_of_the_last_whole_segment_before_a_timeline_without_one(self):
        for lsn in ("0/5000100", "0/5000000"):
            self.add_segments(1, 3, 4)
            self.add_history(2, 10, (1, lsn, FAILOVER))
            self.assertEqual(timelines.last_number(self.timeline_at()), 4)


class BackupFor(Archive):
    def setUp(self):
        super().setUp()
        self.backups = [
            backup("old", 1, "0/2000100", 2),
            backup("at the fork", 1, "0/3000000", 3),
            backup("behind the fork", 1, "0/3000028", 4),
            backup("left", 2, "0/5000000", 5),
        ]

    def label(self, at, number, *ancestors, label=None):
        timeline = timelines.Timeline(
            number, second(0), timelines.ancestors(history(*ancestors))
        )
        return timelines.backup_for(at and second(at), timeline, label)["label"]

    def test_is_the_newest_of_the_timeline(self):
        self.assertEqual(self.label(None, 1), "behind the fork")

    def test_is_before_the_time(self):
        self.assertEqual(self.label(3, 1), "old")

    def test_is_not_behind_the_fork(self):
        self.assertEqual(self.label(None, 3, (1, "0/3000000", RESTORE)), "at the fork")

    def test_is_not_of_an_ancestor_of_which_nothing_is_left(self):
        ancestors = [(1, "0/4000000", FAILOVER), (2, "0/2800000", RESTORE)]
        self.assertEqual(self.label(None, 3, *ancestors), "old")

    def test_is_the_wanted_one_if_it_leads_there(self):
        self.assertEqual(self.label(None, 1, label="old"), "old")
        with self.assertRaisesRegex(Failed, "left does not lead to the end"):
            self.label(None, 1, label="left")
        with self.assertRaisesRegex(Failed, "no backup leads to 1970-01-01 00:00:01"):
            self.label(1, 1)


class Hole(Archive):
    def test_is_none_where_every_segment_is_there(self):
        self.add_segments(1, 1, 2, 3)
        self.add_history(2, 10, (1, "0/4000100", FAILOVER))
        self.add_segments(2, 4, 5)
        self.assertIsNone(timelines.gap(segment(1, 2), segment(2, 5)))

    def test_is_since_the_segment_before_it(self):
        self.add_segments(1, 1, 2, 4)
        self.assertEqual(timelines.gap(segment(1, 1), segment(1, 4)), second(2))

    def test_is_not_filled_by_what_a_restore_has_left(self):
        self.add_segments(1, 1, 2, 3, 4, 5)
        self.add_history(19, 10, (1, "0/3000100", RESTORE), (18, "0/3000200", FAILOVER))
        self.add_segments(19, 3, 5)
        self.assertEqual(timelines.gap(segment(1, 1), segment(19, 5)), second(3))

    def test_begins_where_a_timeline_without_its_history_does(self):
        self.add_segments(1, 1, 2, 3)
        self.add_segments(2, 4, 5)
        self.assertEqual(timelines.gap(segment(1, 1), segment(2, 5)), second(3))
        self.assertIsNone(timelines.gap(segment(2, 4), segment(2, 5)))


class OpenHole(Archive):
    def setUp(self):
        super().setUp()
        self.on_travel = lambda: None
        patcher = patch.object(timelines.time, "sleep", lambda _: self.on_travel())
        patcher.start()
        self.addCleanup(patcher.stop)
        self.backups = [backup(f"{n}", 1, f"0/{n}000100", n) for n in (1, 3)]

    def test_is_what_is_missing_since_the_newest_backup(self):
        self.add_segments(1, 1, 3, 4, 6)
        self.assertEqual(timelines.open_hole(self.backups, segment(1, 6)), second(4))

    def test_is_none_where_it_is_before_the_newest_backup(self):
        self.add_segments(1, 1, 3, 4)
        self.assertIsNone(timelines.open_hole(self.backups, segment(1, 4)))

    def test_is_none_right_after_a_failover(self):
        self.add_segments(1, 3, 4)
        self.add_history(2, 10, (1, "0/5000100", FAILOVER))
        self.assertIsNone(timelines.open_hole(self.backups, segment(1, 4)))
        self.add_segments(2, 5)
        self.assertIsNone(timelines.open_hole(self.backups, segment(2, 5)))

    def test_is_none_where_a_segment_was_overtaken(self):
        self.add_segments(1, 3, 5)
        self.on_travel = lambda: self.add_segments(1, 4)
        self.assertIsNone(timelines.open_hole(self.backups, segment(1, 5)))

    def test_is_none_without_a_backup_or_a_segment(self):
        self.assertIsNone(timelines.open_hole([], segment(1, 4)))
        self.assertIsNone(timelines.open_hole(self.backups, None))


class ALostHistory(Archive):
    def setUp(self):
        super().setUp()
        self.add_segments(1, 1, 2)
        self.known = timelines.known_timelines()

    def refuse(self, at):
        timelines.refuse_lost_history(self.known, self.known[-1], at)

    def test_refuses_its_timeline_and_the_times_after_the_one_before(self):
        self.add_segments(2, 3)
        for at in (None, second(3)):
            with self.assertRaisesRegex(Failed, "timeline 2 but not 00000002.history"):
                self.refuse(at)

    def test_leaves_the_times_before_it(self):
        self.add_segments(2, 3)
        self.refuse(second(2))

    def test_is_none_where_there_is_no_other_timeline(self):
        self.refuse(None)

    def test_is_a_hole_from_the_end_of_the_timeline_before(self):
        patcher = patch.object(timelines.time, "sleep")
        patcher.start()
        self.addCleanup(patcher.stop)
        self.add_segments(2, 3, 4)
        made_on_it = [backup("b", 2, "0/3000100", 3)]
        found = timelines.open_hole(made_on_it, segment(2, 4))
        self.assertEqual(found, second(2))
        # A timeline with only the beginning of a segment.
        self.stored[f"{FOLDER}/0000000300000000/{segment(3, 4)}.partial-1"] = second(5)
        self.add_segments(4, 5)
        self.add_history(2, 10, (1, "0/3000100", FAILOVER))
        self.assertIsNone(timelines.open_hole(made_on_it, segment(2, 4)))
        self.assertEqual(timelines.open_hole(made_on_it, segment(4, 5)), second(4))


if __name__ == "__main__":
    unittest.main()
