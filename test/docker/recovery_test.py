"""How the server that recovers a copy is started, and when what it has replayed is not enough."""

import tempfile
import unittest
from pathlib import Path
from unittest.mock import Mock, patch

import psycopg2
import recovery
from repository import Failed

NOTHING_NEWER = Failed(
    "Postgres does not recover: recovery ended before configured recovery target was reached"
)


class Recovery(unittest.TestCase):
    def setUp(self):
        self.scratch = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.log = self.scratch / "log"
        self.log.touch()
        self.process = self.scratch / "postmaster.pid"
        for name, path in {
            "FILES": self.scratch,
            "LOG": self.log,
            "PROCESS": self.process,
            "DATA": self.scratch / "pgdata",
        }.items():
            self.enterContext(patch.object(recovery, name, path))
        self.enterContext(patch("builtins.print"))


class Databases(Recovery):
    def test_are_all_that_hold_data_the_first_one_before_the_others(self):
        connect = self.enterContext(patch.object(recovery.psycopg2, "connect"))
        cursor = connect().cursor().__enter__()
        cursor.fetchall.return_value = [("coped",), ("charts",)]
        self.assertEqual(recovery.databases(), ["coped", "charts"])
        query, arguments = cursor.execute.call_args.args
        self.assertIn("not datistemplate and datname <> 'postgres'", query)
        self.assertIn("order by datname <> %s", query)
        self.assertEqual(arguments, ("coped",))
        with recovery.database("charts"):
            self.assertEqual(connect.call_args.kwargs["dbname"], "charts")


class Recover(Recovery):
    def start(self, *results):
        return self.enterContext(patch.object(recovery, "start", side_effect=results))

    def replayed(self, *segments):
        self.log.write_text(
            "".join(f'restored log file "{name}" from archive\n' for name in segments)
        )

    def test_to_a_time_that_is_archived_needs_no_more(self):
        start = self.start(None)
        recovery.recover(last=9)
        start.assert_called_once_with()

    def test_to_a_time_after_all_that_is_archived_takes_all_of_it(self):
        start = self.start(NOTHING_NEWER, None)
        self.replayed("000000010000000000000009")
        recovery.recover(last=9)
        start.assert_called_with(recovery_target_time="")

    def test_that_fails_otherwise_is_not_tried_again(self):
        start = self.start(Failed("Postgres does not recover: out of memory"))
        with self.assertRaisesRegex(Failed, "out of memory"):
            recovery.recover(last=9)
        self.assertEqual(start.call_count, 1)

    def test_to_the_place_of_a_backup_has_to_get_there(self):
        self.start(NOTHING_NEWER)
        with self.assertRaisesRegex(Failed, "recovery ended before"):
            recovery.recover()

    def test_of_all_is_refused_when_a_segment_is_missing_before_the_last(self):
        for results, all_of_it in (((None,), True), ((NOTHING_NEWER, None), False)):
            self.start(*results)
            self.replayed("000000010000000000000008", "000000020000000000000007")
            with self.assertRaisesRegex(Failed, "after 000000010000000000000008"):
                recovery.recover(9, all_of_it)

    def test_of_all_may_end_on_whatever_timeline(self):
        self.start(None)
        self.replayed("000000010000000000000008", "000000020000000000000009")
        recovery.recover(9, all_of_it=True)


class Start(Recovery):
    def start(self, says="", ends=None, **settings):
        server = Mock()
        server.poll.return_value = ends

        def popen(command, **_):
            self.command = command
            self.log.write_text(says)
            return server

        with (
            patch.object(recovery.subprocess, "Popen", popen),
            patch.object(recovery.time, "sleep", self.become_ready),
        ):
            recovery.start(**settings)

    def become_ready(self, _):
        self.process.write_text("1\n" * 7 + "ready   \n")

    def test_waits_until_the_server_is_ready(self):
        self.process.write_text("1\n" * 7 + "starting\n")
        self.start()
        self.assertTrue(recovery.is_ready())

    def test_has_a_server_that_nobody_reaches_and_that_archives_nothing(self):
        self.start(recovery_target_time="")
        for option in (
            "listen_addresses=",
            "archive_mode=off",
            "recovery_target_time=",
        ):
            self.assertIn(f"--{option}", self.command)

    def test_says_why_the_server_has_ended(self):
        with self.assertRaisesRegex(Failed, "does not recover: second$"):
            self.start("FATAL:  first\nLOG:  other\nx FATAL:  second\n", ends=1)
        with self.assertRaisesRegex(Failed, "does not recover: see its log"):
            self.start("LOG:  other\n", ends=1)


class IsReady(Recovery):
    def test_is_not_so_before_the_server_has_said_it(self):
        self.assertFalse(recovery.is_ready())
        self.process.write_text("1\n2\n")
        self.assertFalse(recovery.is_ready())


class Execute(unittest.TestCase):
    def test_gives_what_the_program_says(self):
        self.assertEqual(recovery.execute("echo", "sound"), "sound\n")

    def test_fails_with_what_the_program_says(self):
        with self.assertRaisesRegex(Failed, "^sh failed: a page is damaged$"):
            recovery.execute("sh", "-c", "echo a page is damaged >&2; exit 1")


class Server(Recovery):
    def setUp(self):
        super().setUp()
        self.recover = self.enterContext(patch.object(recovery, "recover"))
        self.stop = self.enterContext(patch.object(recovery, "stop"))
        self.enterContext(patch.object(recovery.subprocess, "Popen"))

    def test_is_stopped_when_it_has_been_looked_at(self):
        with recovery.recovered_server(9, True):
            self.recover.assert_called_once_with(9, True)
            self.stop.assert_not_called()
        self.stop.assert_called_once_with()

    def test_that_cannot_be_stopped_is_a_failure(self):
        self.stop.side_effect = Failed("pg_ctl failed")
        with self.assertRaisesRegex(Failed, "pg_ctl"), recovery.recovered_server():
            pass

    def test_that_has_crashed_leaves_the_reason_as_it_was(self):
        self.stop.side_effect = Failed("pg_ctl failed")
        with (
            self.assertRaisesRegex(psycopg2.OperationalError, "closed"),
            recovery.recovered_server(),
        ):
            raise psycopg2.OperationalError("server closed the connection")
        self.stop.assert_called_with()


if __name__ == "__main__":
    unittest.main()
