"""Notices what is edited in the application, for the programs that run it in dev.

Files are compared by the times of their last change, because the node's mount does not report changes on every system.
"""

import os
import time
from pathlib import Path

APP = Path(__file__).resolve().parent.parent / "app"
POLL_SECONDS = 0.1
# Looking may take this share of a processor. A large application is therefore looked at less often.
LOOKING_SHARE = 0.05


class LiveSource:
    """The application's files, as they are when this is made."""

    def __init__(self):
        self.look()

    def look(self):
        begin = time.thread_time()
        self.times = last_changes()
        spent = time.thread_time() - begin
        self.pause = max(POLL_SECONDS, spent / LOOKING_SHARE - spent)

    def changes(self):
        """Waits until it is time to look again; the paths of the files that are other ones than before."""
        time.sleep(self.pause)
        before = self.times
        self.look()
        return {path for path, _ in before.items() ^ self.times.items()}


def last_changes():
    """Time of the last change of every file, save for what is hidden and for packages of Node.js."""
    times = {}
    for folder, folders, names in os.walk(APP):
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".") and name not in ("__pycache__", "node_modules")
        ]
        for name in names:
            path = os.path.join(folder, name)
            try:
                times[path] = os.stat(path).st_mtime_ns
            except FileNotFoundError:
                continue
    return times
