"""What nginx is told about the Services behind it, with a fake resolver and a fake nginx."""

import os
import shutil
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from program import DOCKER

PROGRAMS = {
    "getent": 'test "$1" = ahosts && cat {folder}/"$2" 2>/dev/null; echo >>{folder}/looks',
    # The real one has its own process group, which would outlive the test.
    "timeout": 'shift; exec "$@"',
    # The server runs until it is told to stop; a reload prints what it would read.
    "nginx": 'case "$*" in *reload) cat {folder}/upstream-*.conf >>{folder}/reloads ;;'
    " *) touch {folder}/started; exec tail -f /dev/null ;; esac",
    # Checks as often as possible.
    "sleep": "exec /bin/sleep 0.02",
}


def upstream(name, server):
    servers = f"server {server} max_fails=0; " * 2
    return f"upstream {name} {{ {servers}include keepalive.conf; }}"


class RunNginx(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        for name, script in PROGRAMS.items():
            self.write(name, f"#!/bin/sh\n{script.format(folder=self.folder)}\n")
        text = (DOCKER / "nginx/run-nginx").read_text()
        for path in ["/tmp/", "/etc/coped-nginx/", "/proc/net/"]:
            text = text.replace(path, f"{self.folder}/")
        self.write("run-nginx", text)
        shutil.copy(DOCKER / "nginx/services", self.folder)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o755)

    def resolve(self, *addresses, service="web"):
        lines = [f"{address} STREAM {service}\n" for address in addresses]
        (self.folder / "new").write_text("".join(lines))
        (self.folder / "new").replace(self.folder / service)

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

    def servers(self, name="upstream-web.conf"):
        return (self.folder / name).read_text().splitlines()

    def test_has_two_tries_at_the_address_from_the_start(self):
        self.resolve("10.96.0.1", "10.96.0.2")
        self.run_it()
        self.assertEqual(self.servers(), [upstream("web", "10.96.0.1:8000")])

    def test_takes_an_address_of_ipv6(self):
        self.resolve("fd00::1")
        self.run_it()
        self.assertEqual(self.servers(), [upstream("web", "[fd00::1]:8000")])

    def test_nginx_listens_to_ipv6_too_where_the_kernel_knows_it(self):
        (self.folder / "if_inet6").touch()
        self.run_it()
        self.assertEqual(
            self.servers("listen-ipv6.conf"), ["listen [::]:8080 default_server;"]
        )

    def test_nginx_starts_where_the_kernel_does_not_know_ipv6(self):
        self.run_it()
        self.assertEqual(list(self.folder.glob("listen-*")), [])

    def test_starts_without_an_address_and_takes_the_first_one_over(self):
        self.run_it()
        self.assertEqual(self.servers(), [upstream("web", "127.0.0.1:1")])
        self.resolve("10.96.0.1")
        self.wait_for("reloads", lines=1)
        self.assertEqual(self.servers("reloads"), [upstream("web", "10.96.0.1:8000")])

    def test_takes_another_address_over_once_and_no_answer_for_none(self):
        self.resolve("10.96.0.1")
        self.run_it()
        (self.folder / "web").unlink()
        self.wait_for_looks()
        self.resolve("10.96.0.2")
        self.wait_for("reloads", lines=1)
        self.wait_for_looks()
        self.assertEqual(self.servers("reloads"), [upstream("web", "10.96.0.2:8000")])

    def test_tries_again_to_take_over_what_it_could_not_write(self):
        self.resolve("10.96.0.1")
        self.run_it()
        # In the place of the file that it would write.
        (self.folder / "upstream-web.new").mkdir()
        self.resolve("10.96.0.2")
        self.wait_for_looks()
        self.assertFalse((self.folder / "reloads").exists())
        (self.folder / "upstream-web.new").rmdir()
        self.wait_for("reloads", lines=1)
        self.assertEqual(self.servers("reloads"), [upstream("web", "10.96.0.2:8000")])

    def test_looks_all_services_up_at_once_before_nginx_starts(self):
        services = ["web", "charts", "mail"]
        (self.folder / "services").write_text(
            "".join(f"{service} 8000\n" for service in services)
        )
        for service in services:
            self.resolve("10.96.0.1", service=service)
        # As while DNS is down: no answer comes before the others are asked for.
        looks = self.folder / "looks"
        self.write(
            "getent",
            f"#!/bin/sh\necho >>{looks}\n"
            f'until [ "$(wc -l <{looks})" -ge {len(services)} ]; do sleep 1; done\n'
            f'cat {self.folder}/"$2"\n',
        )
        self.run_it()
        for service in services:
            self.assertEqual(
                self.servers(f"upstream-{service}.conf"),
                [upstream(service, "10.96.0.1:8000")],
            )

    def test_follows_each_service_by_itself(self):
        (self.folder / "services").write_text("web 8000\ncharts 3000\n")
        self.resolve("10.96.0.1")
        self.run_it()
        self.assertEqual(
            self.servers("upstream-charts.conf"), [upstream("charts", "127.0.0.1:1")]
        )
        self.resolve("10.96.0.9", service="charts")
        self.wait_for("reloads", lines=2)
        self.wait_for_looks()
        self.assertEqual(
            self.servers("reloads"),
            [upstream("charts", "10.96.0.9:3000"), upstream("web", "10.96.0.1:8000")],
        )


if __name__ == "__main__":
    unittest.main()
