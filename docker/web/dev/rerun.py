"""Runs a process of the web image in dev, and runs it again when its source changes.

Usage: rerun.py COMMAND ARGUMENT...

When a Python file changes, the process gets SIGTERM, and is killed if that does not end it. A process that ends by
itself is run again after the next change, or after a pause, which is longer each time. SIGTERM and SIGINT are passed on.
Then this program ends when the process does, with its exit code.
"""

import os
import shlex
import signal
import subprocess
import sys
import time

from live_source import POLL_SECONDS, LiveSource

# How long a process may take to end because of an edit.
END_SECONDS = 10
FIRST_PAUSE_SECONDS = 1
LONGEST_PAUSE_SECONDS = 60


class Rerun:
    def __init__(self, command):
        self.command = command
        self.process = None
        self.failure = None
        self.signal = None

    def run(self):
        """Goes on until a signal comes; gives the exit code of the process."""
        pause = FIRST_PAUSE_SECONDS
        while self.signal is None:
            source = LiveSource()
            begin = time.monotonic()
            self.start()
            if self.is_edited(source, until=self.has_ended):
                say("a Python file has changed")
                self.stop()
                pause = FIRST_PAUSE_SECONDS
            elif self.signal is None:
                self.remove()
                if time.monotonic() - begin > LONGEST_PAUSE_SECONDS:
                    pause = FIRST_PAUSE_SECONDS
                say(f"{self.outcome()}; it runs again after an edit, or in {pause} s")
                end = time.monotonic() + pause
                if self.is_edited(source, until=lambda end=end: time.monotonic() > end):
                    pause = FIRST_PAUSE_SECONDS
                else:
                    pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        return self.exit_code()

    def start(self):
        self.process = None
        try:
            # Its group has its children too.
            self.process = subprocess.Popen(self.command, process_group=0)
        except OSError as error:
            self.failure = error
        # The signal may have come before there was a process.
        if self.process is not None and self.signal is not None:
            self.process.send_signal(self.signal)

    def pass_on(self, number, _):
        self.signal = number
        if self.process is not None:
            self.process.send_signal(number)

    def is_edited(self, source, until):
        """Waits for a change of a Python file; gives up when it is time, or when a signal comes."""
        while self.signal is None and not until():
            if any(path.endswith(".py") for path in source.changes()):
                return True
        return False

    def has_ended(self):
        return self.process is None or self.process.poll() is not None

    def stop(self):
        self.process.terminate()
        end = time.monotonic() + END_SECONDS
        # After a signal it may take the time that the pod has.
        while not self.has_ended() and (self.signal or time.monotonic() < end):
            time.sleep(POLL_SECONDS)
        self.remove()

    def remove(self):
        """Kills what is left of the process and its children."""
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return  # nothing is left
        finally:
            self.process.wait()
        # Its children become those of process 1, which this is in a container.
        while True:
            try:
                os.waitpid(-self.process.pid, 0)
            except ChildProcessError:
                return

    def outcome(self):
        name = shlex.join(self.command)
        if self.process is None:
            return f"{name} does not start: {self.failure}"
        return f"{name} has ended with exit code {self.exit_code()}"

    def exit_code(self):
        if self.process is None:
            return 0
        code = self.process.wait()
        return code if code >= 0 else 128 - code


def say(line):
    print(f"rerun: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    if len(sys.argv) == 1:
        sys.exit("usage: rerun.py COMMAND ARGUMENT...")
    rerun = Rerun(sys.argv[1:])
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, rerun.pass_on)
    sys.exit(rerun.run())
