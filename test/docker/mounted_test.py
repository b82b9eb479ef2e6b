"""What a member makes of its mounted files."""

import json
import os
import tempfile
import unittest
from pathlib import Path
from unittest.mock import patch

import mounted
from mounted import Problem

MEMBER = """
bootstrap: {initdb: [data-checksums]}
postgresql:
  authentication:
    superuser: {username: postgres}
    replication: {username: replicator}
"""


class Mounted(unittest.TestCase):
    def setUp(self):
        scratch = Path(self.enterContext(tempfile.TemporaryDirectory()))
        for name in ("SETTINGS", "TLS", "PASSWORDS"):
            folder = scratch / name.lower()
            folder.mkdir()
            self.enterContext(patch.object(mounted, name, folder))
        self.configuration = scratch / "patroni.json"
        self.enterContext(patch.object(mounted, "CONFIGURATION", self.configuration))
        (mounted.SETTINGS / "member.yml").write_text(MEMBER)
        (mounted.SETTINGS / "cluster.yml").write_text("ttl: 20")
        (mounted.TLS / "tls.crt").write_text("certificate")
        (mounted.PASSWORDS / "replicator").write_text("secret\n")


class Files(Mounted):
    def test_are_the_same_until_the_content_of_one_is_another(self):
        before = mounted.mounted_files()
        self.assertEqual(mounted.mounted_files(), before)
        for path in (
            mounted.SETTINGS / "cluster.yml",
            mounted.TLS / "tls.crt",
            mounted.PASSWORDS / "replicator",
        ):
            path.write_text("another")
            after = mounted.mounted_files()
            self.assertNotEqual(after, before, path)
            before = after

    def test_are_without_the_kubelet_s_own_folders(self):
        before = mounted.mounted_files()
        (mounted.TLS / "..2026").mkdir()
        self.assertEqual(mounted.mounted_files(), before)


class Password(Mounted):
    def test_is_without_the_end_of_the_line(self):
        self.assertEqual(mounted.password("replicator"), "secret")

    def test_is_refused_when_it_is_empty(self):
        (mounted.PASSWORDS / "replicator").write_text("\n")
        with self.assertRaisesRegex(Problem, "replicator holds no password"):
            mounted.password("replicator")


class Databases(Mounted):
    def test_are_those_of_their_file(self):
        (mounted.SETTINGS / "databases.yml").write_text(
            "measurements: {description: what was measured}"
        )
        self.assertEqual(
            mounted.databases(),
            {"measurements": {"description": "what was measured"}},
        )

    def test_are_none_without_it(self):
        self.assertEqual(mounted.databases(), {})


class Configuration(Mounted):
    def written(self, member):
        with patch.dict(os.environ, PATRONI_NAME=member):
            mounted.write_configuration()
        return json.loads(self.configuration.read_text())

    def test_has_the_passwords_of_the_roles_that_have_one(self):
        logins = self.written("postgres-0")["postgresql"]["authentication"]
        self.assertEqual(
            logins,
            {
                "superuser": {"username": "postgres"},
                "replication": {"username": "replicator", "password": "secret"},
            },
        )

    def test_lets_the_first_member_alone_make_a_cluster(self):
        self.assertEqual(
            self.written("postgres-0")["bootstrap"],
            {"initdb": ["data-checksums"], "dcs": {"ttl": 20}},
        )
        for member in ("postgres-1", "postgres-10"):
            self.assertNotIn("bootstrap", self.written(member))

    def test_stays_as_it_was_when_it_cannot_be_written(self):
        before = self.written("postgres-0")
        (mounted.PASSWORDS / "replicator").write_text("")
        with self.assertRaises(Problem):
            self.written("postgres-0")
        self.assertEqual(json.loads(self.configuration.read_text()), before)


if __name__ == "__main__":
    unittest.main()
