"""What nginx is told about the Service `web`, with a fake resolver and a fake nginx."""

import os
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from program import DOCKER

PROGRAMS = {
    "getent": 'test "$*" = "ahosts web" && cat {folder}/address 2>/dev/null; echo >>{folder}/looks',
    # The real one has its own process group, which would outlive the test.
    "timeout": 'shift; exec "$@"',
    # The server runs until it is told to stop; a reload prints what it would read.
    "nginx": 'case "$*" in *reload) cat {folder}/upstream.conf >>{folder}/reloads ;;'
    " *) touch {folder}/started; exec tail -f /dev/null ;; esac",
    # Checks as often as possible.
    "sleep": "exec /bin/sleep 0.02",
}


class RunNginx(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        for name, script in PROGRAMS.items():
            self.write(name, f"#!/bin/sh\n{script.format(folder=self.folder)}\n")
        text = (DOCKER / "nginx/run-nginx").read_text()
        self.write("run-nginx", text.replace("/tmp/", f"{self.folder}/"))

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o755)

    def resolve(self, *addresses):
        lines = [f"{address} STREAM web\n" for address in addresses]
        (self.folder / "new").write_text("".join(lines))
        (self.folder / "new").replace(self.folder / "address")

    def run_it(self):
        path = f"{self.folder}:{os.environ['PATH']}"
        process = subprocess.Popen(
            [self.folder / "run-nginx"],
            env={**os.environ, "PATH": path},
            stdout=subprocess.DEVNULL,
            process_group=0,
        )
        self.addCleanup(process.wait)
        self.addCleanup(os.killpg, process.pid, 9)
        self.wait_for("started")

    def wait_for(self, name, lines=0):
        path = self.folder / name
        end = time.monotonic() + 10
        while not (path.exists() and len(self.servers(name)) >= lines):
            self.assertLess(time.monotonic(), end, f"{name} was not written")
            time.sleep(0.01)

    def wait_for_looks(self):
        self.wait_for("looks", lines=len(self.servers("looks")) + 3)

    def servers(self, name="upstream.conf"):
        return (self.folder / name).read_text().splitlines()

    def test_has_two_tries_at_the_address_from_the_start(self):
        self.resolve("10.96.0.1", "10.96.0.2")
        self.run_it()
        self.assertEqual(self.servers(), ["server 10.96.0.1:8000 max_fails=0;"] * 2)

    def test_takes_an_address_of_ipv6(self):
        self.resolve("fd00::1")
        self.run_it()
        self.assertIn("server [fd00::1]:8000 max_fails=0;", self.servers())

    def test_starts_without_an_address_and_takes_the_first_one_over(self):
        self.run_it()
        self.assertEqual(self.servers(), ["server 127.0.0.1:1 max_fails=0;"] * 2)
        self.resolve("10.96.0.1")
        self.wait_for("reloads", lines=2)
        self.assertIn("server 10.96.0.1:8000 max_fails=0;", self.servers("reloads"))

    def test_takes_another_address_over_once_and_no_answer_for_none(self):
        self.resolve("10.96.0.1")
        self.run_it()
        (self.folder / "address").unlink()
        self.wait_for_looks()
        self.resolve("10.96.0.2")
        self.wait_for("reloads", lines=2)
        self.wait_for_looks()
        self.assertEqual(
            self.servers("reloads"), ["server 10.96.0.2:8000 max_fails=0;"] * 2
        )

    def test_tries_again_to_take_over_what_it_could_not_write(self):
        self.resolve("10.96.0.1")
        self.run_it()
        # In the place of the file that it would write.
        (self.folder / "upstream.conf.new").mkdir()
        self.resolve("10.96.0.2")
        self.wait_for_looks()
        self.assertFalse((self.folder / "reloads").exists())
        (self.folder / "upstream.conf.new").rmdir()
        self.wait_for("reloads", lines=2)
        self.assertIn("server 10.96.0.2:8000 max_fails=0;", self.servers("reloads"))


if __name__ == "__main__":
    unittest.main()
