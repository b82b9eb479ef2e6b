"""What is waited for, and for how long, with a fake Django."""

import os
import unittest
from unittest.mock import MagicMock, Mock, patch

from fake_django import FakeDjango, refused

UNREACHABLE = [
    "Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?",
    "FATAL:  the database system is starting up",
    "FATAL:  the database system is in recovery mode",
    "FATAL:  sorry, too many clients already",
    "could not translate host name to address: Name or service not known",
    "session is read-only",
    "timeout expired",
    "server closed the connection unexpectedly",
]
REFUSED = [
    'FATAL:  password authentication failed for user "coped"',
    "fe_sendauth: no password supplied",
    'FATAL:  pg_hba.conf rejects connection for host "10.0.0.1", user "coped", database "coped"',
    'FATAL:  database "coped" does not exist',
    'FATAL:  permission denied for database "coped"',
    'FATAL:  role "coped" is not permitted to log in',
    "SSL error: certificate verify failed",
    "server does not support SSL, but SSL was required",
]


class Gate(FakeDjango):
    """What both gates do of a Postgres that does not answer."""

    function = "wait_for_postgres"
    done = "Postgres accepts the connection"

    def setUp(self):
        super().setUp()
        self.attempts = []
        """What each attempt to connect raises; None for one that succeeds. The last one is repeated."""

    def ensure_connection(self):
        self.timeout = os.environ["PGCONNECT_TIMEOUT"]
        error = self.attempts.pop(0) if len(self.attempts) > 1 else self.attempts[0]
        if error:
            raise error
        self.open_connections = 1

    def lines(self, **options):
        return self.call(self.function, **options).splitlines()

    def gives_up(self, **options):
        """The last words, and the seconds until then."""
        with self.assertRaises(SystemExit) as raised:
            self.call(self.function, **options)
        return raised.exception.code, self.time

    def test_it_ends_at_once_when_nothing_is_missing(self):
        self.attempts = [None]
        self.assertEqual(self.lines(), [self.done])
        self.assertEqual((self.time, self.open_connections), (0, 0))

    def test_it_waits_as_long_as_postgres_cannot_be_reached_and_says_why_in_one_line(
        self,
    ):
        for why in UNREACHABLE:
            self.setUp()
            self.attempts = [refused(why)] * 5000 + [None]
            [said, done] = self.lines()
            self.assertTrue(said.startswith("waiting until Postgres can be reached: "))
            self.assertTrue(said.endswith(" ".join(why.split())), said)
            self.assertEqual(done, self.done)
            self.assertGreater(self.time, 2 * 3600)

    def test_it_says_another_reason_when_it_changes(self):
        starting = refused("the database system is starting up")
        self.attempts = (
            [refused("refused")] * 9 + [starting] * 9 + [refused("refused"), None]
        )
        self.assertEqual(
            [
                line.rpartition(": ")[2].rpartition("failed: ")[2]
                for line in self.lines()[:-1]
            ],
            ["refused", "the database system is starting up", "refused"],
        )

    def test_in_a_job_it_gives_up_with_the_reason_as_its_last_line(self):
        self.attempts = [refused("Connection refused")]
        words, seconds = self.gives_up(gives_up=True)
        self.assertRegex(
            words,
            "^gave up after 600 s of waiting until Postgres can be reached: .*Connection refused$",
        )
        self.assertEqual(seconds, 600)

    def test_it_gives_up_soon_everywhere_when_postgres_refuses(self):
        for why in REFUSED:
            for options in ({}, {"gives_up": True}):
                self.setUp()
                self.attempts = [refused(why)]
                words, seconds = self.gives_up(**options)
                self.assertRegex(
                    words,
                    "^gave up after 180 s of waiting until Postgres accepts the connection: ",
                )
                self.assertIn(" ".join(why.split()), words)
                self.assertEqual(seconds, 180)

    def test_it_goes_on_when_a_password_is_accepted_in_time(self):
        for why in REFUSED:
            self.setUp()
            self.attempts = [refused(why)] * 89 + [None]
            self.assertEqual(self.lines()[-1], self.done)

    def test_what_postgres_refuses_counts_from_when_it_does(self):
        unreachable, refusal = refused(UNREACHABLE[0]), refused(REFUSED[0])
        for_a_while = [refusal] * 89
        self.attempts = [*for_a_while, *[unreachable] * 1000, *for_a_while, None]
        self.assertEqual(self.lines()[-1], self.done)
        self.setUp()
        self.attempts = [*[unreachable] * 1000, refusal]
        words, seconds = self.gives_up()
        self.assertRegex(words, "^gave up after 180 s of")
        self.assertEqual(seconds, 2180)

    def test_what_is_broken_is_no_reason_to_wait(self):
        self.attempts = [KeyError("SQL_HOST")]
        with self.assertRaises(KeyError):
            self.lines()
        self.assertEqual(self.time, 0)

    def test_lost_packets_are_given_up_soon_unless_the_application_says_otherwise(self):
        self.attempts = [None]
        for environment, timeout in (({}, "5"), ({"PGCONNECT_TIMEOUT": "9"}, "9")):
            with patch.dict(os.environ, environment, clear=True):
                self.lines()
            self.assertEqual(self.timeout, timeout)


class GateOfTwoDatabases(FakeDjango):
    def test_waits_for_each(self):
        for function, done in (
            ("wait_for_postgres", "Postgres accepts the connection"),
            ("wait_for_migrations", "no migration is pending"),
        ):
            self.setUp()
            looks = []
            why = 'FATAL:  database "measurements" does not exist'
            other = Mock(**{"ensure_connection.side_effect": [refused(why), None]})
            self.others = {"measurements": other}
            self.ensure_connection = lambda looks=looks: looks.append("default")
            said = self.call(function, also=["measurements"]).splitlines()
            self.assertEqual(looks, ["default"])
            self.assertIn(why.split("  ")[1], said[0])
            self.assertEqual((said[1:], self.time), ([done], 2))

    def test_in_a_job_ten_minutes_are_for_all_databases_together(self):
        for function in ("wait_for_postgres", "wait_for_migrations"):
            self.setUp()
            absent_for_300_s = [refused("Connection refused")] * 150 + [None]
            other = Mock(**{"ensure_connection.side_effect": absent_for_300_s})
            self.others = {"measurements": other}
            self.ensure_connection = Mock(side_effect=absent_for_300_s[1:])
            self.call(function, gives_up=True, also=["measurements"])
            self.assertEqual(self.time, 598)
            self.setUp()
            other.ensure_connection.side_effect = absent_for_300_s
            self.others = {"measurements": other}
            self.ensure_connection.side_effect = [
                absent_for_300_s[0],
                *absent_for_300_s,
            ]
            with self.assertRaisesRegex(
                SystemExit, "^gave up after 298 s of .*refused"
            ):
                self.call(function, gives_up=True, also=["measurements"])
            self.assertEqual(self.time, 600)

    def executor(self, connection):
        connection.ensure_connection()
        plan = MagicMock()
        plan.loader.detect_conflicts.return_value = {}
        plan.migration_plan.return_value = []
        return plan

    def test_says_in_which_a_migration_is_pending(self):
        plans = {"default": [[], []], "measurements": [[("shop.0001", False)], []]}
        other = Mock()
        self.others = {"measurements": other}
        self.ensure_connection = Mock()

        def executor(connection):
            alias = "measurements" if connection is other else "default"
            plan = MagicMock()
            plan.loader.detect_conflicts.return_value = {}
            plan.migration_plan.return_value = plans[alias].pop(0)
            return plan

        self.executor = executor
        said = self.call("wait_for_migrations", also=["measurements"]).splitlines()
        self.assertEqual(
            said,
            [
                "waiting until the database is migrated: 1 pending in measurements, the first is shop.0001",
                "no migration is pending",
            ],
        )
        self.assertEqual(other.close.call_count, 3)


class GateOfMigrations(Gate):
    function = "wait_for_migrations"
    done = "no migration is pending"

    def setUp(self):
        super().setUp()
        self.plans = []
        """The pending migrations at each look; none when there are no more."""
        self.conflicts = {}
        self.history = None

    def executor(self, connection):
        """Also the loader and its graph."""
        self.assertIs(connection, self)
        self.ensure_connection()
        self.loader = self.graph = self
        return self

    def check_consistent_history(self, connection):
        self.assertIs(connection, self)
        if self.history:
            raise self.history

    def detect_conflicts(self):
        return self.conflicts

    def leaf_nodes(self):
        return ["leaf"]

    def migration_plan(self, targets):
        self.assertEqual(targets, ["leaf"])
        return [(name, False) for name in (self.plans.pop(0) if self.plans else [])]

    def test_it_waits_as_long_as_migrations_are_pending_and_says_how_many(self):
        two = ["shop.0001_password", "shop.0002_x"]
        self.attempts = [None]
        self.plans = [two] * 5000 + [two[1:]]
        self.assertEqual(
            self.lines(),
            [
                "waiting until the database is migrated: 2 pending, the first is shop.0001_password",
                "waiting until the database is migrated: 1 pending, the first is shop.0002_x",
                self.done,
            ],
        )
        self.assertGreater(self.time, 3600)

    def test_in_a_job_it_gives_up_when_nobody_migrates(self):
        self.attempts = [None]
        self.plans = [["shop.0001_initial"]] * 1000
        words, seconds = self.gives_up(gives_up=True)
        self.assertEqual(
            (words, seconds),
            (
                "gave up after 600 s of waiting until the database is migrated: 1 pending, the first is shop.0001_initial",
                600,
            ),
        )

    def test_migrations_that_no_migrate_would_apply_are_broken(self):
        self.attempts = [None]
        self.conflicts = {"shop": ["0002_a", "0002_b"]}
        words, seconds = self.gives_up()
        self.assertRegex(words, "'0002_a', '0002_b'.*makemigrations --merge")
        self.assertEqual(seconds, 0)
        self.history = ValueError("applied before its dependency")
        with self.assertRaises(ValueError):
            self.lines()


if __name__ == "__main__":
    unittest.main()
