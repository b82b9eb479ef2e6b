"""What a member does in its databases, with a fake server."""

import tempfile
import unittest
from pathlib import Path
from unittest.mock import MagicMock, patch

import database
import psycopg2.sql
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
        self.others = {}
        self.enterContext(patch.object(database, "databases", lambda: self.others))

    def executed(self):
        return [call.args for call in self.cursor.execute.call_args_list]

    def connected_to(self):
        return [call.kwargs["dbname"] for call in self.connect.call_args_list]


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


NO_RIGHTS = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
OWN = {"description": "what was measured"}
ANOTHER = {"description": "charts", "owner": "charts", "readers": ["coped_reader"]}


class MakeDatabases(Database):
    def test_makes_each_that_is_missing(self):
        self.cursor.rowcount = 0
        self.others = {"measurements": OWN}
        database.make_databases()
        self.assertEqual(
            self.executed()[1::2],
            [('CREATE DATABASE "coped"',), ('CREATE DATABASE "measurements"',)],
        )
        self.assertTrue(self.connection.autocommit)

    def test_leaves_those_that_are_there(self):
        self.cursor.rowcount = 1
        self.others = {"measurements": OWN}
        database.make_databases()
        self.assertEqual(
            [query.split()[0] for query, _ in self.executed()], ["SELECT", "SELECT"]
        )


class MakeRoles(Database):
    def setUp(self):
        super().setUp()
        scratch = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.passwords = scratch / "passwords"
        (self.passwords / "..data").mkdir(parents=True)
        (self.passwords / "coped").write_text("first")
        (self.passwords / "replicator").write_text("second")
        (scratch / "roles.sql").write_text("the roles")
        (scratch / "rewind.sql").write_text("the rights of pg_rewind")
        for name, fake in {
            "PASSWORDS": self.passwords,
            "STATEMENTS": scratch,
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
                ('ALTER ROLE "coped" PASSWORD %s', ("SCRAM of first for coped",)),
                (
                    'ALTER ROLE "replicator" PASSWORD %s',
                    ("SCRAM of second for replicator",),
                ),
                ("the rights of pg_rewind",),
            ],
        )
        self.assertEqual(self.connected_to(), ["coped", "postgres"])

    def test_is_one_transaction(self):
        with (
            patch.object(database, "password", side_effect=Problem("empty")),
            self.assertRaises(Problem),
        ):
            database.make_roles()
        self.assertIs(self.connection.__exit__.call_args.args[0], Problem)
        self.assertNotEqual(self.connection.autocommit, True)
        self.assertEqual(self.logged, [])

    def test_makes_the_owners_of_databases_before_it_sets_their_passwords(self):
        (self.passwords / "charts").write_text("third")
        self.others = {"measurements": OWN, "charts": ANOTHER}
        for count, made in ((0, ['CREATE ROLE "charts"']), (1, [])):
            self.cursor.reset_mock()
            self.cursor.rowcount = count
            database.make_roles()
            of_the_owner = [
                query
                for query, *_ in self.executed()
                if "charts" in query and "ROLE" in query
            ]
            self.assertEqual(
                of_the_owner,
                [
                    *made,
                    f'ALTER ROLE "charts" {NO_RIGHTS}',
                    'ALTER ROLE "charts" PASSWORD %s',
                ],
            )


class MakeRights(Database):
    def composed(self):
        """What is executed, with the names in their places."""
        return [
            query if isinstance(query, str) else query.as_string(None)
            for query, *_ in self.executed()
        ]

    def setUp(self):
        super().setUp()
        scratch = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (scratch / "rights.sql").write_text("the application's")
        (scratch / "rights-of-another-owner.sql").write_text(
            "{database} of {owner} for {readers}"
        )
        self.enterContext(patch.object(database, "STATEMENTS", scratch))
        self.enterContext(
            patch.object(psycopg2.sql.ext, "quote_ident", lambda name, _: f'"{name}"')
        )

    def test_are_given_in_each_database_by_its_owner(self):
        self.others = {"measurements": OWN, "graphs": ANOTHER}
        database.make_rights()
        self.assertEqual(self.connected_to(), ["coped", "measurements", "graphs"])
        self.assertEqual(
            self.composed(),
            [
                "the application's",
                "the application's",
                'COMMENT ON DATABASE "measurements" IS %s',
                '"graphs" of "charts" for "charts", "coped_reader"',
                'COMMENT ON DATABASE "graphs" IS %s',
            ],
        )
        self.assertEqual(self.executed()[-1][1], ("charts",))
        self.assertEqual(self.logged, ["roles and rights are as they should be"])

    def test_are_one_transaction_for_each_database(self):
        self.cursor.execute.side_effect = Problem("locked")
        with self.assertRaises(Problem):
            database.make_rights()
        self.assertIs(self.connection.__exit__.call_args.args[0], Problem)
        self.assertNotEqual(self.connection.autocommit, True)
        self.assertEqual((self.connected_to(), self.logged), (["coped"], []))

    def test_one_that_is_broken_is_named_and_holds_no_other_back(self):
        self.others = {"graphs": ANOTHER, "measurements": OWN}

        def connect(dbname, **_):
            if dbname == "graphs":
                raise database.psycopg2.OperationalError("it accepts no connections")
            return self.connection

        self.connect.side_effect = connect
        with self.assertRaisesRegex(
            Problem, "^no rights are given in graphs: it accepts no connections$"
        ):
            database.make_rights()
        self.assertEqual(self.connected_to(), ["coped", "graphs", "measurements"])
        self.assertEqual(self.executed()[-1][1], (OWN["description"],))
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
