"""The addresses on which the mail catcher listens, with a fake node."""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

from program import DOCKER


class RunMailCatcher(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        text = (DOCKER / "mail-catcher/run-mail-catcher").read_text()
        self.write("run", text.replace("/proc/net/", f"{self.folder}/"))
        self.write("node", '#!/bin/sh\necho "$@"\n')

    def write(self, name, text):
        (self.folder / name).write_text(text)
        (self.folder / name).chmod(0o755)

    def options(self):
        done = subprocess.run(
            [self.folder / "run", "--smtp", "1025"],
            env={"PATH": f"{self.folder}:{os.environ['PATH']}"},
            capture_output=True,
            check=True,
            text=True,
        )
        return done.stdout.split("maildev.js ")[1].strip()

    def test_are_those_of_both_families(self):
        (self.folder / "if_inet6").touch()
        self.assertEqual(self.options(), "--ip :: --web-ip :: --smtp 1025")

    def test_are_those_of_ipv4_where_the_kernel_has_no_other(self):
        self.assertEqual(self.options(), "--ip 0.0.0.0 --web-ip 0.0.0.0 --smtp 1025")


if __name__ == "__main__":
    unittest.main()
