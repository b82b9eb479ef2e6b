import os
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest

import rerun as program

WORKER = """
import os, signal, sys, time

def end(*_):
    print("asked to end", flush=True)
    time.sleep(float(os.environ.get("TASK_SECONDS", "0")))
    print("ended", flush=True)
    sys.exit(7)

signal.signal(signal.SIGTERM, end)
print("works", *sys.argv[1:], flush=True)
while True:
    time.sleep(0.05)
"""
# A process of a container that loses its parent becomes a child of process 1.
AS_PROCESS_1 = """
import ctypes, os, sys

PR_SET_CHILD_SUBREAPER = 36
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


class Rerun:
    """The program, and the lines that it and its process have printed."""

    def __init__(self, folder, variables, log):
        self.folder, self.variables, self.log = folder, variables, log
        self.source = folder / "app" / "worker.py"
        self.source.write_text(WORKER)

    def start(self, *command, **more):
        self.process = subprocess.Popen(
            [sys.executable, "-c", AS_PROCESS_1, self.folder / "dev/rerun.py"]
            + list(command or (sys.executable, "worker.py", "--concurrency", "1")),
            cwd=self.folder / "app",
            env=self.variables | more,
            stdout=self.log.open("w"),
            stderr=subprocess.STDOUT,
        )
        return self

    def wait_for(self, text, count=1):
        end = time.monotonic() + 20
        while self.printed().count(text) < count:
            assert time.monotonic() < end, self.printed()
            time.sleep(0.02)

    def printed(self):
        return self.log.read_text()

    def edit(self, text=WORKER):
        self.source.write_text(text + f"\n# {time.monotonic_ns()}\n")

    def replace(self, old, new):
        """Another value of a constant."""
        file = self.folder / "dev/rerun.py"
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new))

    def children(self):
        path = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        return [int(child) for child in Path(path).read_text().split()]


@pytest.fixture
def rerun(folder, variables, tmp_path):
    rerun = Rerun(folder, variables, tmp_path / "log")
    yield rerun
    if rerun.process.poll() is None:
        children = rerun.children()
        rerun.process.kill()
        for child in children:
            os.kill(child, signal.SIGKILL)
        rerun.process.wait()


def test_an_edit_ends_the_process_and_runs_it_again(rerun):
    rerun.start().wait_for("works --concurrency 1\n")
    rerun.edit()
    rerun.wait_for("works", 2)
    assert rerun.printed().splitlines() == [
        "works --concurrency 1",
        "rerun: a Python file has changed",
        "asked to end",
        "ended",
        "works --concurrency 1",
    ]


def test_only_an_edit_of_python_counts():
    looks = [set(), {"page.html"}, {"page.html", "views.py"}, {"not looked at"}]

    class Source:
        def changes(self):
            return looks.pop(0)

    assert program.Rerun([]).is_edited(Source(), until=lambda: False)
    assert looks == [{"not looked at"}]


def test_a_process_that_an_edit_does_not_end_is_killed_with_its_children(rerun):
    rerun.replace("END_SECONDS = 10", "END_SECONDS = 1")
    deaf = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.fork()
print("deaf", os.getpid(), flush=True)
time.sleep(600)
"""
    rerun.edit(deaf)
    rerun.start().wait_for("deaf", 2)
    deaf = [int(line.split()[1]) for line in rerun.printed().splitlines()]
    rerun.edit()
    rerun.wait_for("works")
    assert not [pid for pid in deaf if Path(f"/proc/{pid}").exists()]
    assert len(rerun.children()) == 1


def test_a_mistake_waits_for_the_next_edit(rerun):
    rerun.replace("FIRST_PAUSE_SECONDS = 1", "FIRST_PAUSE_SECONDS = 60")
    rerun.start().wait_for("works")
    rerun.edit("broken(")
    rerun.wait_for("SyntaxError")
    rerun.wait_for(
        f"rerun: {sys.executable} worker.py --concurrency 1 has ended with exit code 1; "
        "it runs again after an edit, or in 60 s\n"
    )
    rerun.edit()
    rerun.wait_for("works", 2)


def test_a_process_that_ends_by_itself_runs_again_after_pauses_that_grow(rerun):
    rerun.edit("import time; print('ran at', time.monotonic(), flush=True)")
    rerun.start().wait_for("ran at", 3)
    rerun.wait_for("in 4 s")
    times = [
        float(line.split()[2])
        for line in rerun.printed().splitlines()
        if line.startswith("ran at")
    ]
    first, second = (after - before for before, after in pairwise(times))
    assert first >= 1
    assert second >= 2


def test_a_program_that_does_not_exist_is_named(rerun):
    rerun.start("celerry", "worker")
    rerun.wait_for("rerun: celerry worker does not start: [Errno 2] No such file")
    rerun.process.terminate()
    assert rerun.process.wait(10) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_passed_on_and_the_end_of_a_task_awaited(rerun, number):
    rerun.edit(WORKER.replace("signal.SIGTERM", f"signal.{number.name}"))
    rerun.start(TASK_SECONDS="2").wait_for("works")
    rerun.process.send_signal(number)
    rerun.wait_for("asked to end")
    assert rerun.process.poll() is None
    assert rerun.process.wait(10) == 7
    assert rerun.printed().splitlines() == [
        "works --concurrency 1",
        "asked to end",
        "ended",
    ]


def test_after_a_signal_a_task_may_last_longer_than_after_an_edit(rerun):
    rerun.replace("END_SECONDS = 10", "END_SECONDS = 1")
    rerun.start(TASK_SECONDS="3").wait_for("works")
    rerun.edit()
    rerun.wait_for("asked to end")
    rerun.process.terminate()
    assert rerun.process.wait(20) == 7
    assert "ended\n" in rerun.printed()


def test_it_says_how_it_is_used(folder):
    done = subprocess.run(
        [sys.executable, folder / "dev/rerun.py"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == "usage: rerun.py COMMAND ARGUMENT...\n"
