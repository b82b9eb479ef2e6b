"""When migrations are tried again, with a fake Django: the program is a command of its shell."""

import contextlib
import io
import runpy
import sys
import types
import unittest
from unittest.mock import patch

from program import DOCKER

PROGRAM = DOCKER.parent / "charts/configuration/migrate.py"


class OperationalError(Exception):
    pass


def locked(**code):
    error = OperationalError("canceling statement due to lock timeout")
    error.__cause__ = type("LockNotAvailable", (Exception,), code)()
    return error


class Migrate(unittest.TestCase):
    def setUp(self):
        self.results = []
        """What each attempt raises; None for one that succeeds."""
        self.holders = []
        """The answer to each question for the holders of a lock."""
        self.attempts = 0
        self.time = 0

    def call_command(self, *arguments, **options):
        self.assertEqual(
            (arguments, options),
            (("migrate",), {"interactive": False, "skip_checks": False}),
        )
        self.attempts += 1
        result = self.results.pop(0)
        if result:
            raise result

    @contextlib.contextmanager
    def cursor(self):
        yield self

    def execute(self, query, arguments):
        self.is_about_holders = "pg_locks" in query
        if self.is_about_holders:
            self.assertEqual(arguments, ("failed at",))

    def fetchall(self):
        if not self.is_about_holders:
            return [("failed at",)]
        return [(holder,) for holder in (self.holders.pop(0) if self.holders else [])]

    def sleep(self, seconds):
        self.time += seconds

    def run_it(self):
        """Returns what is printed."""
        management = types.ModuleType("django.core.management")
        management.call_command = self.call_command
        db = types.ModuleType("django.db")
        db.OperationalError = OperationalError
        db.connection = self
        modules = {"django.core.management": management, "django.db": db}
        clock = patch.multiple("time", sleep=self.sleep, monotonic=lambda: self.time)
        output = io.StringIO()
        with (
            patch.dict(sys.modules, modules),
            clock,
            contextlib.redirect_stdout(output),
        ):
            runpy.run_path(str(PROGRAM))
        return output.getvalue()

    def test_is_done_once_when_it_succeeds(self):
        self.results = [None]
        self.assertEqual(self.run_it(), "")
        self.assertEqual((self.attempts, self.time), (1, 0))

    def test_is_tried_again_when_the_transaction_with_the_lock_is_over(self):
        self.results = [locked(sqlstate="55P03"), None]
        reader = "process 7 of coped_reader, for 9 s: select"
        self.holders = [[reader], [reader], []]
        said = self.run_it()
        self.assertEqual(self.attempts, 2)
        self.assertEqual(said.count(f"waiting until it is over: {reader}"), 1)
        self.assertEqual(self.holders, [])

    def test_lets_pages_have_their_turn_though_nobody_is_seen_with_the_lock(self):
        self.results = [locked(sqlstate="55P03"), locked(sqlstate="55P03"), None]
        self.run_it()
        self.assertEqual((self.attempts, self.time), (3, 10))

    def test_knows_the_lock_by_either_driver(self):
        self.results = [locked(pgcode="55P03"), None]
        self.run_it()
        self.assertEqual(self.attempts, 2)

    def test_is_not_tried_again_for_another_reason(self):
        for error in (locked(sqlstate="57014"), OperationalError(), ValueError()):
            self.results = [error]
            with self.assertRaises(type(error)):
                self.run_it()

    def test_gives_up_in_the_end_and_names_who_holds_the_lock(self):
        reader = "process 7 of coped_reader, for 9 s: select"
        self.results = [locked(sqlstate="55P03")]
        self.holders = [[reader]] * 1000
        with self.assertRaisesRegex(SystemExit, f"gave up after 600 s.*{reader}"):
            self.run_it()
        self.assertEqual(self.attempts, 1)

    def test_gives_up_in_the_end_when_nobody_is_seen_with_the_lock(self):
        self.results = [locked(sqlstate="55P03")] * 1000
        with self.assertRaisesRegex(SystemExit, "nobody that can be seen"):
            self.run_it()
        self.assertGreater(self.attempts, 100)


if __name__ == "__main__":
    unittest.main()
