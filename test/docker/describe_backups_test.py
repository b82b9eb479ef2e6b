"""What `npm run backups` is told."""

import json
import unittest
from datetime import UTC, datetime
from unittest.mock import patch

from program import load
from rows import TABLES, count_rows

describe_backups = load("postgres/backup/describe-backups")


class DescribeBackups(unittest.TestCase):
    def describe(self, backups, archive, missing_since):
        found = {"backup": backups, "archive": archive}
        newest = ("0" * 24, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
        with (
            patch.object(describe_backups, "stanza", return_value=found),
            patch.object(describe_backups, "newest_segment", return_value=newest),
            patch.object(describe_backups, "open_hole") as gap,
            patch("builtins.print") as said,
        ):
            gap.return_value = missing_since
            describe_backups.main()
        self.between = gap.call_args.args
        return json.loads(said.call_args.args[0])

    def test_are_the_backups_the_newest_segment_and_since_when_the_wal_has_a_gap(self):
        since = datetime(2026, 1, 1, tzinfo=UTC)
        self.assertEqual(
            self.describe([{"label": "a"}], [{"id": "17-1"}], since),
            {
                "backups": [{"label": "a"}],
                "newest": {"segment": "0" * 24, "at": "2026-01-02T03:04:05+00:00"},
                "gap": "2026-01-01T00:00:00Z",
            },
        )
        self.assertEqual(self.between, ([{"label": "a"}], "0" * 24))

    def test_may_be_nothing_at_all(self):
        self.assertEqual(
            self.describe([], [], None), {"backups": [], "newest": None, "gap": None}
        )


class Rows(unittest.TestCase):
    def test_are_counted_in_each_table(self):
        numbers = {"public.a": 2, 'public."B b"': 0}

        class Cursor:
            def execute(self, query):
                self.query = query

            def fetchall(self):
                assert self.query == TABLES
                return [(table,) for table in numbers]

            def fetchone(self):
                return (numbers[self.query.removeprefix("select count(*) from ")],)

        self.assertEqual(count_rows(Cursor(), "coped"), numbers)
        self.assertEqual(
            count_rows(Cursor(), "measurements"),
            {"measurements/public.a": 2, 'measurements/public."B b"': 0},
        )


if __name__ == "__main__":
    unittest.main()
