"""When migrations are tried again that could not have a lock, with a fake Django."""

import contextlib
import unittest
from unittest.mock import MagicMock

from fake_django import FakeDjango, OperationalError


def locked(**code):
    error = OperationalError("canceling statement due to lock timeout")
    error.__cause__ = type("LockNotAvailable", (Exception,), code)()
    return error


class Migrate(FakeDjango):
    def setUp(self):
        super().setUp()
        self.results = []
        """What each attempt raises; None for one that succeeds."""
        self.holders = []
        """The answer to each question for the holders of a lock."""
        self.attempts = 0
        self.migrated = []

    def call_command(self, *arguments, **options):
        # The checks would import the URLconf, which may read what is not migrated yet.
        self.assertEqual(
            (arguments, options),
            (
                ("migrate",),
                {
                    "database": options["database"],
                    "interactive": False,
                    "skip_checks": True,
                },
            ),
        )
        self.migrated.append(options["database"])
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

    def run_it(self):
        return self.call("migrate")

    def test_is_done_once_when_it_succeeds(self):
        self.results = [None]
        self.assertEqual(self.run_it(), "")
        self.assertEqual((self.migrated, self.time), (["default"], 0))

    def test_is_done_in_each_database_and_asks_there_who_holds_the_lock(self):
        other = MagicMock()
        cursor = other.cursor.return_value.__enter__.return_value
        cursor.fetchall.side_effect = [[("failed at",)], []]
        self.others = {"measurements": other}
        self.results = [None, locked(sqlstate="55P03"), None]
        self.call("migrate", also=["measurements"])
        self.assertEqual(self.migrated, ["default", "measurements", "measurements"])
        self.assertEqual(cursor.execute.call_count, 2)

    def in_two_databases(self):
        other = MagicMock()
        other.cursor = self.cursor
        self.others = {"measurements": other}
        self.call("migrate", also=["measurements"])

    def test_waits_ten_minutes_for_the_locks_of_all_databases_together(self):
        lock = locked(sqlstate="55P03")
        # It asks once a second, from the fifth second on.
        for_300_s, for_302_s = [["reader"]] * 295 + [[]], [["reader"]] * 297 + [[]]
        self.results = [lock, None, lock, None]
        self.holders = [*for_300_s, *for_300_s]
        self.in_two_databases()
        self.assertEqual((self.results, self.time), ([], 600))
        self.setUp()
        self.results = [lock, None, lock]
        self.holders = [*for_300_s, *for_302_s]
        with self.assertRaisesRegex(SystemExit, "gave up after 600 s.*reader"):
            self.in_two_databases()
        self.assertEqual((self.results, self.time), ([], 601))

    def test_a_migration_that_takes_long_leaves_the_next_database_its_time(self):
        call_command = self.call_command

        def takes_long(*arguments, **options):
            self.time += 1800
            call_command(*arguments, **options)

        self.call_command = takes_long
        self.results = [None, locked(sqlstate="55P03"), None]
        self.in_two_databases()
        self.assertEqual(self.migrated, ["default", "measurements", "measurements"])

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
