"""The files of Elasticsearch's file realm."""

import sys
import tempfile
import unittest
from pathlib import Path
from unittest.mock import patch

import bcrypt
from program import load

write_users = load("credentials/write-elasticsearch-users")


class Users(unittest.TestCase):
    def setUp(self):
        self.passwords = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.passwords / "coped").write_text("a long password\n")
        (self.passwords / "coped-monitor").write_text("another")

    def write(self, *arguments):
        with patch.object(sys, "argv", ["write-elasticsearch-users", *arguments]):
            write_users.main()

    def read(self, name):
        return dict(
            line.split(":") for line in (self.folder / name).read_text().splitlines()
        )

    def test_have_the_hash_of_their_password_and_the_role_of_their_name(self):
        self.write(str(self.passwords), str(self.folder), "coped", "coped-monitor")
        users = self.read("users")
        self.assertEqual(list(users), ["coped", "coped-monitor"])
        self.assertTrue(bcrypt.checkpw(b"a long password", users["coped"].encode()))
        self.assertTrue(users["coped"].startswith("$2a$10$"))
        self.assertEqual(
            self.read("users_roles"),
            {"coped": "coped", "coped-monitor": "coped-monitor"},
        )

    def test_are_nobody_else_s_to_read(self):
        self.write(str(self.passwords), str(self.folder), "coped")
        for name in ("users", "users_roles"):
            self.assertEqual((self.folder / name).stat().st_mode & 0o077, 0)

    def test_without_a_password_are_refused_by_name_and_nothing_is_written(self):
        with self.assertRaisesRegex(SystemExit, "write-elasticsearch-users: nobody: "):
            self.write(str(self.passwords), str(self.folder), "coped", "nobody")
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_have_to_be_named(self):
        with self.assertRaisesRegex(SystemExit, "expected PASSWORDS FOLDER USER"):
            self.write(str(self.passwords), str(self.folder))


if __name__ == "__main__":
    unittest.main()
