"""Notices what is edited in the application, for the programs that run it in dev.

Files are compared by the times of their last change, because the node's mount does not report changes on every system.
"""

import os
import time
from pathlib import Path

from git_ignore import GitIgnore

APP = Path(__file__).resolve().parent.parent / "app"
POLL_SECONDS = 0.1
# Looking may take this share of a processor. A large application is therefore looked at less often.
LOOKING_SHARE = 0.04


class LiveSource:
    """The application's files, as they are when this is made, save for those that Git ignores then."""

    def __init__(self):
        self.ignored = GitIgnore(APP)
        self.times = {}
        self.look()

    def look(self):
        begin = time.thread_time()
        before, self.times = self.times, self.last_changes()
        different = {path for path, _ in before.items() ^ self.times.items()}
        spent = time.thread_time() - begin
        self.pause = max(POLL_SECONDS, spent / LOOKING_SHARE - spent)
        return different

    def changes(self):
        """Waits until it is time to look again; the paths of the files that are other ones than before."""
        time.sleep(self.pause)
        return self.look()

    def last_changes(self):
        """Time of the last change of every file."""
        times = {}
        folders = [str(APP)]
        while folders:
            folder = folders.pop()
            try:
                for entry in os.scandir(folder):
                    is_folder = entry.is_dir(follow_symlinks=False)
                    if self.ignored.has(folder, entry.name, is_folder):
                        continue
                    if is_folder:
                        folders.append(entry.path)
                    else:
                        note(entry, times)
            except FileNotFoundError:
                continue  # it has been removed meanwhile
        return times


def note(entry, times):
    try:
        times[entry.path] = entry.stat().st_mtime_ns
    except FileNotFoundError:
        pass  # it has been removed meanwhile, or leads nowhere
