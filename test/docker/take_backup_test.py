"""Which backup is taken, and what is recorded about it, with a fake Postgres and a fake pgBackRest."""

import json
import sys
import unittest
from contextlib import contextmanager
from datetime import UTC, datetime
from unittest.mock import MagicMock, patch

import psycopg2
from program import load
from repository import Failed

take_backup = load("postgres/backup/take-backup")


def backup(label, **more):
    return {
        "label": label,
        "archive": {"start": f"start of {label}", "stop": f"stop of {label}"},
        "lsn": {"stop": "0/5000000"},
        "info": {"size": 2**20, "repository": {"delta": 2**19}},
        "error": False,
        **more,
    }


class TakeBackup(unittest.TestCase):
    def setUp(self):
        self.now = 0
        self.calls = []
        """The calls of pgBackRest, and the other events whose order matters."""
        self.backups = []
        self.failures = {}
        """The failures of pgBackRest, by its command, one after the other."""
        self.missing_since = None
        self.rows = ("0/6000000", {"public.a": 2, "public.b": 3})
        self.cursor = MagicMock()
        self.enterContext(patch.object(take_backup.time, "sleep", self.sleep))
        self.enterContext(patch.object(take_backup.time, "monotonic", lambda: self.now))
        for name, fake in {
            "primary": self.primary,
            "pgbackrest": self.pgbackrest,
            "files": lambda path, pattern: self.pgbackrest("repo-ls", path),
            "stanza": lambda: {"backup": self.backups},
            "gap": lambda *between: self.look_for_gap(*between),
            "count": self.count,
            "value": lambda *_: 7,
        }.items():
            self.enterContext(patch.object(take_backup, name, fake))

    def sleep(self, seconds):
        self.now += seconds

    @contextmanager
    def primary(self):
        connection = MagicMock()
        connection.cursor.return_value.__enter__.return_value = self.cursor
        yield connection

    def pgbackrest(self, command, *arguments, show=True):
        self.calls.append(" ".join((command, *arguments)))
        failures = self.failures.get(command)
        if failures:
            raise failures.pop(0)
        if command == "backup":
            self.backups = [*self.backups, backup("new")]
        if command == "info":
            return json.dumps([{"backup": [{"error-list": ["base/1/2", "base/1/3"]}]}])
        return ""

    def count(self, after, others):
        self.calls.append(f"count after {after}")
        self.counted = others
        if isinstance(self.rows, Exception):
            self.now += 30
            raise self.rows
        return self.rows

    def look_for_gap(self, *between):
        self.between = between
        return self.missing_since

    def take(self, *arguments):
        with (
            patch.object(sys, "argv", ["take-backup", *arguments]),
            patch("builtins.print") as said,
        ):
            take_backup.main()
        return "\n".join(call.args[0] for call in said.call_args_list)

    def called(self, command):
        return [call for call in self.calls if call.startswith(command)]


class Kind(TakeBackup):
    def test_is_pgbackrest_s_own(self):
        for kind, type_ in (
            ("full", "full"),
            ("differential", "diff"),
            ("incremental", "incr"),
            ("first", "full"),
        ):
            self.calls, self.backups = [], []
            self.take(kind)
            self.assertEqual(self.called("backup"), [f"backup --type={type_}"])

    def test_first_is_for_a_cluster_without_any(self):
        self.backups = [backup("old")]
        self.assertIn("nothing to do", self.take("first"))
        self.assertEqual(self.called("backup"), [])

    def test_others_come_on_top(self):
        self.backups = [backup("old")]
        self.take("incremental")
        self.assertEqual(len(self.called("backup")), 1)

    def test_is_refused_when_nobody_knows_it(self):
        with self.assertRaisesRegex(Failed, "'weekly', expected one of full, diff"):
            self.take("weekly")
        self.assertEqual(self.calls, [])


class Order(TakeBackup):
    def test_is_lock_store_stanza_backup(self):
        self.cursor.execute.side_effect = lambda query, _: self.calls.append(query)
        self.take("full")
        self.assertEqual(
            [call.split()[0] for call in self.calls],
            [
                "select",
                "repo-ls",
                "stanza-create",
                "backup",
                "count",
                "check",
                "annotate",
            ],
        )
        self.assertIn("pg_advisory_lock", self.calls[0])


class Stanza(TakeBackup):
    def test_waits_for_the_archive_s_lock(self):
        locked = Failed("pgbackrest stanza-create failed: LockAcquireError")
        self.failures = {"stanza-create": [locked, locked]}
        self.take("full")
        self.assertEqual(len(self.called("stanza-create")), 3)
        self.assertEqual(self.now, 2 * take_backup.STANZA_PAUSE_SECONDS)

    def test_does_not_wait_for_ever(self):
        self.failures = {"stanza-create": [Failed("LockAcquireError")] * 1000}
        with self.assertRaisesRegex(Failed, "no lock for pgbackrest stanza-create"):
            self.take("full")
        self.assertEqual(self.called("backup"), [])

    def test_fails_at_once_for_another_reason(self):
        self.failures = {"stanza-create": [Failed("system-id 1 do not match")]}
        with self.assertRaisesRegex(Failed, "system-id"):
            self.take("full")
        self.assertEqual(self.now, 0)


class Record(TakeBackup):
    def test_is_the_rows_at_a_place_that_is_archived(self):
        said = self.take("full")
        (note,) = self.called("annotate")
        self.assertIn("--set=new", note)
        for annotation in (
            "lsn=0/6000000",
            "timeline=7",
            'rows={"public.a":2,"public.b":3}',
        ):
            self.assertIn(f"--annotation={annotation}", note)
        self.assertIn("new holds 5 rows in 2 tables at 0/6000000", said)
        self.assertIn("count after 0/5000000", self.calls)
        self.assertLess(self.calls.index("check"), self.calls.index(note))

    def test_names_the_databases_beside_the_first_if_there_are_any(self):
        self.take("full")
        self.assertEqual(self.counted, [])
        self.assertNotIn("databases=", self.called("annotate")[0])
        self.calls.clear()
        self.take("full", "measurements", "charts")
        self.assertEqual(self.counted, ["measurements", "charts"])
        self.assertIn(
            "--annotation=databases=measurements,charts", self.called("annotate")[0]
        )

    def test_is_left_out_where_no_replica_can_count(self):
        for reason in (
            psycopg2.OperationalError("no replica\n"),
            Failed("10.0.0.2 has not replayed up to 0/5000000 within 300 s"),
        ):
            self.calls, self.backups, self.rows = [], [], reason
            said = self.take("full")
            self.assertIn(f"cannot compare its rows: {str(reason).strip()}", said)
            self.assertIn("took new in", said)
            self.assertEqual(self.called("annotate"), [])
            self.assertGreater(len(self.called("count")), 1)


class Gap(TakeBackup):
    def test_is_looked_for_since_the_backup_before(self):
        self.backups = [backup("older"), backup("old")]
        self.take("full")
        self.assertEqual(self.between, ("stop of old", "start of new"))
        self.assertEqual(len(self.called("annotate")), 1)

    def test_is_recorded_with_the_time_since_when(self):
        self.backups = [backup("old")]
        self.missing_since = datetime(2026, 11, 23, 10, tzinfo=UTC)
        said = self.take("full")
        self.assertEqual(
            self.called("annotate")[0],
            "annotate --set=new --annotation=gap=2026-11-23T10:00:00Z",
        )
        self.assertIn("missing from 2026-11-23T10:00:00Z", said)


class DamagedPages(TakeBackup):
    def test_fail_the_backup_after_it_was_recorded_and_name_the_files(self):
        damaged = backup("new", error=True)
        with (
            patch.object(take_backup, "stanza", lambda: {"backup": [damaged]}),
            self.assertRaisesRegex(Failed, "new holds pages .* base/1/2, base/1/3:"),
        ):
            self.take("full")
        self.assertEqual(len(self.called("annotate")), 1)


class Primary(unittest.TestCase):
    def setUp(self):
        self.now = 0
        self.enterContext(patch.object(take_backup.time, "monotonic", lambda: self.now))
        self.enterContext(patch.object(take_backup.time, "sleep", self.sleep))

    def sleep(self, seconds):
        self.now += seconds

    def connect(self, *results):
        return self.enterContext(
            patch.object(take_backup, "connect", side_effect=results)
        )

    def test_is_waited_for(self):
        self.connect(psycopg2.OperationalError("refused"), "connection")
        self.assertEqual(take_backup.primary(), "connection")

    def test_is_not_waited_for_without_end_and_the_last_reason_is_told(self):
        self.connect(*[psycopg2.OperationalError("refused\n")] * 1000)
        with self.assertRaisesRegex(Failed, "no primary .* within 600 s: refused$"):
            take_backup.primary()


class Count(unittest.TestCase):
    """On a replica whose replay is paused until the snapshot is taken, and never for longer."""

    def setUp(self):
        self.steps = []
        self.answers = {
            "inet_server_addr": "10.0.0.2",
            "wal_replay_lsn() >=": True,
            "get_wal_replay_pause_state": True,
            "select pg_last_wal_replay_lsn()": "0/6000000",
        }
        cursor = MagicMock()
        cursor.execute.side_effect = self.execute
        cursor.fetchone.side_effect = lambda: (self.answer,)
        replica = MagicMock()
        replica.__enter__.return_value = replica
        replica.__exit__.return_value = False
        replica.cursor.return_value.__enter__.return_value = cursor
        replica.cursor.return_value.__exit__.return_value = False
        self.replica = replica
        self.connected = []
        for name, fake in {
            "connect": self.connect,
            "resume": lambda address: self.steps.append(f"resume {address}"),
            "count_rows": self.count_rows,
        }.items():
            self.enterContext(patch.object(take_backup, name, fake))

    def connect(self, *to):
        self.connected.append(to)
        return self.replica

    def count_rows(self, _, database):
        self.steps.append(f"count {database}")
        return {f"{database}.a": 1}

    def execute(self, query, arguments=()):
        self.answer = next(
            (answer for part, answer in self.answers.items() if part in query), None
        )
        if isinstance(self.answer, Exception):
            raise self.answer
        for step in ("pause()", "begin", "pg_last_wal_replay_lsn()"):
            if step in query and ">=" not in query:
                self.steps.append(step)

    def test_is_of_one_place_and_counts_when_replay_goes_on(self):
        self.assertEqual(
            take_backup.count("0/5000000", []), ("0/6000000", {"coped.a": 1})
        )
        self.assertEqual(
            self.steps,
            [
                "resume 10.0.0.2",
                "pause()",
                "begin",
                "pg_last_wal_replay_lsn()",
                "resume 10.0.0.2",
                "count coped",
            ],
        )

    def test_is_of_the_same_place_in_each_database_on_the_same_replica(self):
        self.assertEqual(
            take_backup.count("0/5000000", ["measurements"]),
            ("0/6000000", {"coped.a": 1, "measurements.a": 1}),
        )
        self.assertEqual(
            self.connected,
            [
                ("postgres-replicas",),
                ("postgres-replicas", "10.0.0.2", "measurements"),
            ],
        )
        self.assertEqual(
            self.steps,
            [
                "resume 10.0.0.2",
                "pause()",
                *["begin", "pg_last_wal_replay_lsn()"] * 2,
                "resume 10.0.0.2",
                "count coped",
                "count measurements",
            ],
        )

    def test_has_replay_go_on_when_it_fails(self):
        self.answers["select pg_last_wal_replay_lsn()"] = psycopg2.OperationalError()
        with self.assertRaises(psycopg2.OperationalError):
            take_backup.count("0/5000000", ["measurements"])
        self.assertEqual(self.steps[-1], "resume 10.0.0.2")


if __name__ == "__main__":
    unittest.main()
