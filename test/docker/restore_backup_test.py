"""What is restored, to which point, and what is refused, with a fake pgBackRest and a fake server."""

import json
import sys
import tempfile
import unittest
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import MagicMock, Mock, patch

import psycopg2
from program import load
from repository import Failed
from timelines import Timeline

restore_backup = load("postgres/backup/restore-backup")
ROWS = {"public.a": 2}


def on_timeline(number):
    """What pgBackRest says of a backup that ended on that timeline."""
    return {"archive": {"stop": f"{number:08X}" + "0" * 16}}


class RestoreBackup(unittest.TestCase):
    def setUp(self):
        scratch = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.data = scratch / "pgdata"
        self.unfinished = scratch / "restore-unfinished"
        self.notes = {}
        self.restored = []
        self.targets = []
        self.cursor = MagicMock()
        self.cursor.fetchone.return_value = (None,)
        self.cursor.rowcount = 0
        self.count_rows = Mock(side_effect=lambda _, name: self.rows[name])
        self.rows = {"coped": ROWS}
        self.executed = []
        self.timeline = Timeline(2, datetime(2026, 1, 1, tzinfo=UTC), {})
        self.refuse = Mock()
        self.chosen = Mock(return_value={"label": "20260101F", **on_timeline(1)})
        for name, fake in {
            "DATA": self.data,
            "UNFINISHED": self.unfinished,
            "pgbackrest": self.pgbackrest,
            "backups": lambda: [
                {"label": "old"},
                {"label": "new", "annotation": self.notes, **on_timeline(2)},
            ],
            "recovered_server": self.recovered_server,
            "database": self.database,
            "databases": lambda: list(self.rows),
            "execute": lambda *command: self.executed.append(command),
            "count_rows": self.count_rows,
            "newest_segment": lambda: ("0" * 24, datetime(2026, 1, 1, tzinfo=UTC)),
            "known_timelines": lambda: [self.timeline],
            "timeline_at": lambda at, known: known[-1],
            "refuse_lost_history": self.refuse,
            "backup_for": self.chosen,
            "newest_timeline": lambda: 5,
            "last_number": lambda timeline: 9,
        }.items():
            self.enterContext(patch.object(restore_backup, name, fake))

    def pgbackrest(self, command, *options):
        self.assertEqual(command, "restore")
        self.assertTrue(self.unfinished.exists())
        self.restored.append(
            [option for option in options if "log-level" not in option]
        )
        (self.data / "pg_wal").mkdir()
        (self.data / "patroni.dynamic.json").touch()

    @contextmanager
    def recovered_server(self, *target):
        self.targets.append(target)
        self.histories = sorted(path.name for path in (self.data / "pg_wal").iterdir())
        yield

    @contextmanager
    def database(self, name):
        yield self.cursor

    def run_it(self, *arguments):
        with (
            patch.object(sys, "argv", ["restore-backup", *arguments]),
            patch("builtins.print") as said,
        ):
            restore_backup.main()
        return "\n".join("\n".join(call.args) for call in said.call_args_list)


class RestoreTest(RestoreBackup):
    def setUp(self):
        super().setUp()
        self.notes = {
            "lsn": "0/6000000",
            "timeline": "3",
            "rows": json.dumps(ROWS),
        }

    def test_restores_the_newest_backup_to_the_place_where_rows_were_counted(self):
        said = self.run_it("test")
        self.assertEqual(
            self.restored,
            [
                [
                    "--set=new",
                    "--target-action=promote",
                    "--type=lsn",
                    "--target=0/6000000",
                    "--target-exclusive",
                    "--target-timeline=3",
                ]
            ],
        )
        self.assertIn("2 in 1 tables as many as the backup counted", said)

    def test_stays_on_the_timeline_of_the_backup_which_may_have_no_history(self):
        self.notes["timeline"] = "2"
        self.run_it("test")
        self.assertIn("--target-timeline=current", self.restored[0])

    def test_takes_a_backup_without_a_place_as_it_is(self):
        self.notes.clear()
        said = self.run_it("test")
        self.assertIn("--type=immediate", self.restored[0])
        self.assertIn("not compared", said)

    def test_fails_when_the_rows_are_others(self):
        for counted in ({"public.a": 3}, {}, {"public.a": 2, "public.b": 1}):
            self.notes["rows"] = json.dumps(counted)
            with self.assertRaisesRegex(Failed, "not those that the backup counted"):
                self.run_it("test")
            self.unfinished.touch()

    def test_names_what_is_different(self):
        with self.assertRaisesRegex(
            Failed, "a has 2 rows instead of none; b has no rows instead of 1$"
        ):
            restore_backup.compare(
                {"coped": {"a": 2, "c": 1}}, {"rows": json.dumps({"b": 1, "c": 1})}
            )

    def test_compares_the_databases_that_the_backup_counted(self):
        other = {"measurements/public.b": 3}
        self.rows = {"coped": ROWS, "measurements": other}
        # A backup of before knew the first database only.
        self.assertIn("5 in 2 tables as many as", self.run_it("test"))
        self.notes["databases"] = "measurements"
        self.unfinished.touch()
        with self.assertRaisesRegex(
            Failed, "measurements/public.b has 3 rows instead of none$"
        ):
            self.run_it("test")
        self.notes["rows"] = json.dumps({**ROWS, **other})
        self.unfinished.touch()
        self.assertIn("measurements/public.b: 3", self.run_it("test"))

    def test_fails_when_a_database_is_not_there(self):
        self.notes["databases"] = "measurements"
        with self.assertRaisesRegex(Failed, "has no database measurements$"):
            self.run_it("test")


class Recover(RestoreBackup):
    def test_to_the_latest_takes_all_there_is(self):
        self.run_it("recover", "latest")
        self.assertEqual(self.restored, [["--set=20260101F", "--target-timeline=2"]])
        self.assertEqual(self.targets, [(9, True)])
        self.chosen.assert_called_once_with(None, self.timeline, None)

    def test_stays_on_the_timeline_of_the_backup_which_may_have_no_history(self):
        self.chosen.return_value = {"label": "20260101F", **on_timeline(2)}
        self.run_it("recover", "latest")
        self.assertEqual(
            self.restored, [["--set=20260101F", "--target-timeline=current"]]
        )

    def test_to_a_time_stops_there_and_leads(self):
        self.run_it("recover", "2026-01-02T03:04:05.5+01:00", "wanted")
        self.assertEqual(
            self.restored[0][2:],
            [
                "--target-action=promote",
                "--type=time",
                "--target=2026-01-02 02:04:05.500000+00",
            ],
        )
        self.assertEqual(self.targets, [(9, False)])
        at = datetime(2026, 1, 2, 2, 4, 5, 500000, tzinfo=UTC)
        self.chosen.assert_called_once_with(at, self.timeline, "wanted")
        self.refuse.assert_called_once_with([self.timeline], self.timeline, at)

    def test_leaves_the_volume_as_a_member_wants_it(self):
        ahead = self.data.parent / "pgbackrest"
        ahead.mkdir()
        self.cursor.fetchall.return_value = [("restore_command",)]
        self.run_it("recover", "latest")
        self.assertFalse(self.unfinished.exists() or ahead.exists())
        self.assertFalse((self.data / "patroni.dynamic.json").exists())
        self.assertEqual(list((self.data / "pg_wal").iterdir()), [])
        self.cursor.execute.assert_called_with("alter system reset restore_command")

    def test_begins_a_timeline_after_all_in_the_archive_and_those_of_failovers(self):
        self.run_it("recover", "latest")
        numbers = [int(name[:8], 16) for name in self.histories]
        self.assertEqual(numbers, list(range(3, 5 + restore_backup.FAILOVERS + 1)))

    def test_is_refused_before_anything_is_restored(self):
        self.refuse.side_effect = Failed("lost history")
        with self.assertRaisesRegex(Failed, "lost history"):
            self.run_it("recover", "latest")
        self.assertFalse(self.data.exists())


class Volume(RestoreBackup):
    def test_that_holds_data_is_refused(self):
        self.data.mkdir()
        (self.data / "mine").touch()
        with self.assertRaisesRegex(Failed, "needs an empty volume"):
            self.run_it("recover", "latest")
        self.assertTrue((self.data / "mine").exists())

    def test_of_a_run_that_was_killed_is_begun_anew(self):
        self.data.mkdir()
        (self.data / "half").touch()
        self.unfinished.touch()
        self.run_it("recover", "latest")
        self.assertFalse((self.data / "half").exists())

    def test_stays_marked_when_the_run_fails(self):
        self.count_rows.side_effect = psycopg2.DataError("invalid page\n")
        with self.assertRaisesRegex(Failed, "rows cannot be read: invalid page$"):
            self.run_it("recover", "latest")
        self.assertTrue(self.unfinished.exists())


class Check(RestoreBackup):
    def test_looks_at_structure_while_the_server_runs_and_at_pages_when_it_has_stopped(
        self,
    ):
        self.run_it("recover", "latest")
        self.assertEqual(
            [command[0] for command in self.executed], ["pg_amcheck", "pg_checksums"]
        )

    def test_looks_at_the_structure_of_each_database(self):
        self.rows = {"coped": ROWS, "measurements": {}}
        self.run_it("recover", "latest")
        self.assertEqual(
            [command[3] for command in self.executed if command[0] == "pg_amcheck"],
            ["--database=coped", "--database=measurements"],
        )

    def test_leaves_the_extension_where_it_was_there_before(self):
        for was_there in (0, 1):
            self.cursor.execute.reset_mock()
            self.cursor.rowcount = was_there
            restore_backup.check_structure("coped")
            dropped = ("drop extension amcheck",) in [
                call.args for call in self.cursor.execute.call_args_list
            ]
            self.assertEqual(dropped, not was_there)


class Arguments(RestoreBackup):
    def test_that_nobody_knows_are_refused(self):
        for arguments in (
            (),
            ("recover",),
            ("test", "now"),
            ("recover", "latest", "a", "b"),
        ):
            with self.assertRaisesRegex(Failed, "expected test, or recover"):
                self.run_it(*arguments)


class ReadTime(RestoreBackup):
    def test_is_in_utc_whatever_zone_was_meant(self):
        self.run_it("recover", "2026-01-02T00:00:00-05:00")
        at = self.chosen.call_args.args[0]
        self.assertEqual(at.utcoffset(), timedelta(0))
        self.assertEqual(at.hour, 5)


if __name__ == "__main__":
    unittest.main()
