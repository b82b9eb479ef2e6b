"""What the shell programs decide, with fakes of the programs that they call."""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

from program import DOCKER


class Shell(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o755)

    def run_it(self, program, *arguments, **variables):
        path = f"{self.folder}:{os.environ['PATH']}"
        return subprocess.run(
            [program, *arguments],
            check=False,
            cwd=self.folder,
            env={**os.environ, "PATH": path, **variables},
            capture_output=True,
            text=True,
        )


class ArchiveByPgbackrest(Shell):
    def archive(self, result, segment):
        self.write("pgbackrest", f'#!/bin/sh\necho "$*" >asked\nexit {result}\n')
        program = DOCKER / "postgres/archive-by-pgbackrest"
        code = self.run_it(program, f"pg_wal/{segment}").returncode
        asked = (self.folder / "asked").read_text()
        self.assertEqual(asked, f"--stanza=coped archive-push pg_wal/{segment}\n")
        return code

    def end(self, *timelines):
        """The timelines that have ended, according to the newest history."""
        (self.folder / "pg_wal").mkdir(exist_ok=True)
        lines = "".join(f"{timeline}\t0/3000000\treason\n" for timeline in timelines)
        (self.folder / "pg_wal/00000013.history").write_text(lines)

    def test_ends_as_pgbackrest_does(self):
        for result in (0, 25, 45, 82):
            self.assertEqual(self.archive(result, "000000010000000000000004"), result)

    def test_keeps_the_archive_s_own_segment_of_a_timeline_that_has_ended(self):
        self.end(1, 10)
        for segment in ("000000010000000000000004", "0000000A0000000000000004"):
            self.assertEqual(self.archive(45, segment), 0)

    def test_takes_another_content_of_a_timeline_in_use_for_an_error(self):
        self.end(1, 10)
        for segment in ("000000020000000000000004", "000000130000000000000004"):
            self.assertEqual(self.archive(45, segment), 45)

    def test_takes_no_other_error_for_that(self):
        self.end(1)
        self.assertEqual(self.archive(82, "000000010000000000000004"), 82)


class CreateCredentials(Shell):
    def setUp(self):
        super().setUp()
        (self.folder / "account").mkdir()
        (self.folder / "account/namespace").write_text("coped-test")
        (self.folder / "account/token").write_text("token")
        self.answer(201)

    def answer(self, code, message=""):
        """The API server's answers; the requests are recorded."""
        self.write(
            "curl",
            f'#!/bin/sh\necho "$*" >>{self.folder}/command\ncat <&3 >>{self.folder}/header\n'
            f"cat >>{self.folder}/body\nprintf '%s\\n{code}' '{message}'\n",
        )

    def create(self, *credentials, host="10.96.0.1"):
        text = (DOCKER / "credentials/create-credentials").read_text()
        account = "account=/var/run/secrets/kubernetes.io/serviceaccount"
        self.assertIn(account, text)
        self.write("create", text.replace(account, f"account={self.folder}/account"))
        return self.run_it(
            self.folder / "create",
            *credentials,
            KUBERNETES_SERVICE_HOST=host,
            KUBERNETES_SERVICE_PORT="443",
        )

    def kept(self, name):
        return (self.folder / name).read_text()

    def test_makes_a_secret_with_a_random_value_of_the_length(self):
        values = set()
        for _ in range(2):
            done = self.create("sql-password/password/50")
            self.assertEqual(
                (done.returncode, done.stdout), (0, "created sql-password\n")
            )
            secret = json.loads(self.kept("body"))
            self.assertEqual(secret["metadata"]["name"], "sql-password")
            self.assertRegex(secret["stringData"]["password"], "^[A-Za-z0-9]{50}$")
            values.add(secret["stringData"]["password"])
            (self.folder / "body").unlink()
        self.assertEqual(len(values), 2)

    def test_shows_value_and_token_to_nobody(self):
        done = self.create("sql-password/password/50")
        value = json.loads(self.kept("body"))["stringData"]["password"]
        self.assertIn("Bearer token", self.kept("header"))
        for shown in (self.kept("command"), done.stdout, done.stderr):
            self.assertNotIn(value, shown)
            self.assertNotIn("token", shown)

    def test_keeps_one_that_is_there_and_goes_on_with_the_next(self):
        self.answer(409)
        done = self.create("a/password/20", "b/password/20")
        self.assertEqual((done.returncode, done.stdout), (0, "kept a\nkept b\n"))

    def test_says_why_it_was_refused_and_makes_no_more(self):
        for code in (401, 403, 500):
            self.answer(code, '  "message": "may not create secrets",')
            done = self.create("a/password/20", "b/password/20")
            self.assertEqual(done.returncode, 1)
            reason = f"create-credentials: a: may not create secrets HTTP {code}"
            self.assertIn(reason, done.stderr)
            self.assertEqual(self.kept("command").count("--cacert"), 1)
            (self.folder / "command").unlink()

    def test_refuses_what_is_no_credential(self):
        for credential in (
            "a/password",
            "a/password/0",
            "A/password/20",
            "a/b/c/20",
            "a/p/-1",
        ):
            done = self.create(credential)
            self.assertEqual(done.returncode, 1, credential)
            self.assertIn(f"{credential}: expected SECRET/KEY/LENGTH", done.stderr)
        self.assertFalse((self.folder / "body").exists())

    def test_asks_in_the_pod_s_namespace(self):
        self.create("a/password/20", host="fd00::1")
        self.assertIn(
            "https://[fd00::1]:443/api/v1/namespaces/coped-test/secrets",
            self.kept("command"),
        )


if __name__ == "__main__":
    unittest.main()
