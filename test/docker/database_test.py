"""What a member does in its database, with a fake server."""

import tempfile
import unittest
from pathlib import Path
from unittest.mock import MagicMock, patch

import database
from mounted import Problem


class Database(unittest.TestCase):
    def setUp(self):
        self.connection = MagicMock()
        self.connection.__enter__.return_value = self.connection
        self.connection.__exit__.return_value = False
        self.cursor = self.connection.cursor.return_value
        self.connect = self.enterContext(
            patch.object(database.psycopg2, "connect", return_value=self.connection)
        )
        self.logged = []
        self.enterContext(patch.object(database, "log", self.logged.append))

    def executed(self):
        return [call.args for call in self.cursor.execute.call_args_list]


class Superuser(Database):
    def test_comes_over_the_socket_waits_for_nobody_and_is_not_logged(self):
        database.superuser("coped")
        options = self.connect.call_args.kwargs
        self.assertEqual(options["host"], "/run/postgresql")
        self.assertEqual((options["user"], options["dbname"]), ("postgres", "coped"))
        for setting in (
            "synchronous_commit=local",
            "lock_timeout=5s",
            "statement_timeout=60s",
            "log_statement=none",
            "log_min_error_statement=panic",
            "log_min_duration_statement=-1",
        ):
            self.assertIn(f"-c {setting}", options["options"])


class MakeDatabase(Database):
    def test_makes_the_one_that_is_missing(self):
        self.cursor.rowcount = 0
        database.make_database()
        self.assertEqual(self.executed()[-1], ("CREATE DATABASE coped",))
        self.assertTrue(self.connection.autocommit)

    def test_leaves_the_one_that_is_there(self):
        self.cursor.rowcount = 1
        database.make_database()
        self.assertEqual(len(self.executed()), 1)


class MakeRoles(Database):
    def setUp(self):
        super().setUp()
        scratch = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.passwords = scratch / "passwords"
        (self.passwords / "..data").mkdir(parents=True)
        (self.passwords / "coped").write_text("first")
        (self.passwords / "replicator").write_text("second")
        (scratch / "roles.sql").write_text("the roles")
        for name, fake in {
            "PASSWORDS": self.passwords,
            "ROLES": scratch / "roles.sql",
            "password": lambda role: (self.passwords / role).read_text(),
            "encrypt_password": lambda *given: f"SCRAM of {given[0]} for {given[1]}",
        }.items():
            self.enterContext(patch.object(database, name, fake))

    def test_sets_roles_and_then_each_mounted_password_but_never_the_password_itself(
        self,
    ):
        database.make_roles()
        self.assertEqual(
            self.executed(),
            [
                ("the roles",),
                ("ALTER ROLE coped PASSWORD %s", ("SCRAM of first for coped",)),
                (
                    "ALTER ROLE replicator PASSWORD %s",
                    ("SCRAM of second for replicator",),
                ),
            ],
        )

    def test_is_one_transaction(self):
        with (
            patch.object(database, "password", side_effect=Problem("empty")),
            self.assertRaises(Problem),
        ):
            database.make_roles()
        self.assertIs(self.connection.__exit__.call_args.args[0], Problem)
        self.assertNotEqual(self.connection.autocommit, True)
        self.assertEqual(self.logged, [])


class ResumeReplay(Database):
    def test_asks_whether_the_backup_that_paused_it_is_still_connected(self):
        self.cursor.rowcount = 0
        database.resume_replay()
        ((query,),) = self.executed()
        self.assertIn("pg_is_wal_replay_paused()", query)
        self.assertIn("rolname = 'coped_backup'", query)
        self.assertIn("NOT IN (SELECT usesysid FROM pg_stat_activity", query)
        self.assertEqual(self.logged, [])

    def test_says_that_it_has_resumed(self):
        self.cursor.rowcount = 1
        database.resume_replay()
        self.assertEqual(len(self.logged), 1)


if __name__ == "__main__":
    unittest.main()
