"""When a replica copies its data anew."""

import unittest
from unittest.mock import MagicMock, patch

import replica
from psycopg2 import OperationalError
from psycopg2.errors import UndefinedFile


class Replica(unittest.TestCase):
    def setUp(self):
        self.found = ("host=postgres-0", 3 * replica.SEGMENT_SIZE)
        own = MagicMock()
        own.cursor.return_value.fetchone = lambda: self.found
        self.primary = MagicMock()
        self.connect = MagicMock(return_value=self.primary)
        self.sent = []
        for module, name, fake in (
            (replica, "superuser", lambda _: own),
            (replica, "select", MagicMock()),
            (replica, "log", lambda _: None),
            (replica, "patroni", lambda *request: self.sent.append(request)),
            (replica.psycopg2, "connect", self.connect),
        ):
            self.enterContext(patch.object(module, name, fake))

    def answer(self, error):
        self.primary.cursor.return_value.read_message.side_effect = error

    def test_copies_anew_when_the_primary_says_that_the_wal_is_gone(self):
        self.answer(UndefinedFile("requested WAL segment has already been removed"))
        replica.copy_anew_if_log_is_gone(2)
        self.assertEqual(self.sent, [("POST", "/reinitialize", {"force": True})])

    def test_asks_for_the_wal_that_it_needs_on_its_timeline(self):
        replica.copy_anew_if_log_is_gone(2)
        self.primary.cursor.return_value.start_replication.assert_called_once_with(
            start_lsn=3 * replica.SEGMENT_SIZE, timeline=2
        )

    def test_does_not_ask_under_the_name_of_a_synchronous_replica(self):
        replica.copy_anew_if_log_is_gone(2)
        self.assertEqual(
            self.connect.call_args.kwargs["application_name"], "postgres-member"
        )

    def test_keeps_its_data_when_the_wal_comes_or_nothing_is_said(self):
        replica.copy_anew_if_log_is_gone(2)
        self.assertEqual(self.sent, [])

    def test_keeps_its_data_when_it_is_refused(self):
        for error in (OperationalError("no"), OperationalError("too many clients")):
            self.answer(error)
            with self.assertRaises(OperationalError):
                replica.copy_anew_if_log_is_gone(2)
        self.assertEqual(self.sent, [])

    def test_asks_nobody_where_it_follows_nobody_or_has_replayed_nothing(self):
        self.answer(UndefinedFile("gone"))
        for found in (("", 1), ("host=postgres-0", None)):
            self.found = found
            replica.copy_anew_if_log_is_gone(2)
        self.connect.assert_not_called()
        self.assertEqual(self.sent, [])


if __name__ == "__main__":
    unittest.main()
