"""How errors of pgBackRest and Postgres are explained, and how the repository's files are read."""

import json
import tempfile
import unittest
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

import psycopg2
import repository
from repository import Failed


class Error(psycopg2.OperationalError):
    """Only psycopg2 can set the code of a real error."""

    pgcode = None


def error(text, code=None):
    return type("Coded", (Error,), {"pgcode": code})(text)


LOST = error(
    "server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally\n"
)


class Run(unittest.TestCase):
    def setUp(self):
        scratch = self.enterContext(tempfile.NamedTemporaryFile())
        self.message = Path(scratch.name)
        self.enterContext(patch.object(repository, "TERMINATION_MESSAGE", self.message))

    def end(self, reason):
        """How the process ends, and what the kubelet finds."""

        def main():
            raise reason

        with self.assertRaises(SystemExit) as ended:
            repository.run("take-backup", main)
        self.assertEqual(ended.exception.code, self.message.read_text())
        return self.message.read_text()

    def test_says_what_failed(self):
        self.assertEqual(self.end(Failed("no primary")), "take-backup: no primary")

    def test_says_in_one_line_that_the_connection_was_lost(self):
        self.assertEqual(
            self.end(LOST),
            "take-backup: the connection to Postgres was lost: server closed the connection unexpectedly"
            " This probably means the server terminated abnormally",
        )

    def test_says_the_same_of_a_server_that_stops(self):
        for code in ("57P01", "08006"):
            said = self.end(error("terminating connection\n", code))
            self.assertIn(
                "the connection to Postgres was lost: terminating connection", said
            )

    def test_says_that_postgres_refuses_what_it_has_answered(self):
        said = self.end(error("permission denied for table t\n", "42501"))
        self.assertEqual(
            said, "take-backup: Postgres refuses: permission denied for table t"
        )

    def test_leaves_the_rest_to_its_traceback(self):
        def main():
            raise KeyError("backup")

        with self.assertRaises(KeyError):
            repository.run("take-backup", main)

    def test_is_silent_when_all_is_well(self):
        repository.run("take-backup", lambda: None)
        self.assertEqual(self.message.read_text(), "")

    def test_keeps_to_what_the_kubelet_takes(self):
        with self.assertRaises(SystemExit):
            repository.run("p", lambda: repository.fail("x" * 9000))
        self.assertEqual(len(self.message.read_text()), 4000)


class Explanation(unittest.TestCase):
    def first_line(self, output):
        return repository.explain("backup", output).splitlines()[0]

    def test_of_an_error_that_is_known_says_what_to_look_at(self):
        for output, words in (
            (
                "ERROR: [029]: <Code>SignatureDoesNotMatch</Code>",
                "BACKUP_S3_KEY and BACKUP_S3_SECRET",
            ),
            (
                "ERROR: [095]: unable to verify certificate",
                "objectStore.host and caConfigMap",
            ),
            ("ERROR: [031]: cipher header invalid", "BACKUP_PASSPHRASE is not the one"),
            ("ERROR: [028]: system-id 1 do not match", "another database cluster"),
            (
                "ERROR: [025]: ChecksumError: a file",
                "damaged in the object store: restore another one",
            ),
            (
                "ERROR: [103]: <Code>NoSuchBucket</Code>",
                "has no such bucket: make it",
            ),
            ("ERROR: [049]: HostConnectError: timeout", "a host does not answer"),
            (
                "ERROR: [082]: could not write: No space left on device",
                "the volume is full",
            ),
            ("missing stanza path", "nothing has been backed up there yet"),
        ):
            self.assertIn(words, self.first_line(output))

    def test_has_the_errors_below_and_not_what_came_before(self):
        said = repository.explain(
            "backup",
            "P00   INFO: begin\nP00  ERROR: [1]: one\nP01  ERROR: [2]: two\n"
            "P00  ERROR: [3]: three\nP00  ERROR: [4]: four\nP00 INFO: end\n",
        )
        self.assertEqual(
            said.removeprefix("pgbackrest backup failed: ").splitlines(),
            ["P00  ERROR: [1]: one", "P01  ERROR: [2]: two", "P00  ERROR: [3]: three"],
        )

    def test_of_an_error_without_the_word_is_the_last_line(self):
        self.assertEqual(
            repository.explain("backup", "one\ntwo\n\n"),
            "pgbackrest backup failed: two",
        )

    def test_of_silence_says_that(self):
        self.assertIn("it said nothing", repository.explain("info", "\n"))


class Repository(unittest.TestCase):
    def answer(self, *answers):
        """Makes pgBackRest give these answers, one after the other."""
        return self.enterContext(
            patch.object(repository, "pgbackrest", side_effect=map(json.dumps, answers))
        )

    def info(self, code, **content):
        return [{"status": {"code": code}, "repo": [{}], "backup": [], **content}]

    def test_may_have_no_backup(self):
        self.answer(self.info(2), self.info(2))
        self.assertEqual(repository.stanza()["backup"], [])
        with self.assertRaisesRegex(Failed, "holds no backup"):
            repository.backups()

    def test_that_cannot_be_read_says_why(self):
        status = {"message": "[FormatError] cipher header invalid"}
        self.answer(self.info(99, repo=[{"status": status}]))
        with self.assertRaisesRegex(Failed, "BACKUP_PASSPHRASE"):
            repository.stanza()

    def test_lists_when_files_were_stored_but_not_the_folder_itself(self):
        self.answer({".": {"type": "path"}, "a.gz": {"time": 60}, "folder": {}})
        self.assertEqual(
            repository.files("archive", "^[a-f]"),
            {
                "a.gz": datetime(1970, 1, 1, 0, 1, tzinfo=UTC),
                "folder": datetime(1970, 1, 1, tzinfo=UTC),
            },
        )

    def test_knows_the_newest_segment_of_the_newest_archive(self):
        segment = "00000002000000010000000A"
        archive = [{"id": "16-1", "max": "x"}, {"id": "17-2", "max": segment}]
        asked = self.answer(
            self.info(0, archive=archive), {f"{segment}-0123.gz": {"time": 60}}
        )
        self.assertEqual(
            repository.newest_segment(),
            (segment, datetime(1970, 1, 1, 0, 1, tzinfo=UTC)),
        )
        self.assertEqual(
            asked.call_args.args[:2],
            ("repo-ls", "archive/coped/17-2/0000000200000001"),
        )

    def test_numbers_segments_whatever_their_timeline(self):
        self.assertEqual(repository.number("00000001000000010000000A"), 256 + 10)
        self.assertEqual(repository.number("0000000200000000000000FF"), 255)


if __name__ == "__main__":
    unittest.main()
