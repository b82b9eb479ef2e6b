"""What a member does repeatedly: it takes over what has changed, and does what Patroni leaves to others."""

import json
import signal
import time

from api import patroni
from data import INCOMPLETE
from database import make_databases, make_rights, make_roles, resume_replay
from mounted import log, mounted_files, settings_of, write_configuration
from replica import copy_anew_if_log_is_gone

PERIOD_SECONDS = 2
# A replica that has not streamed for this long asks why. Most stream again before.
LOOKS_WITHOUT_STREAM = 15


class Follower:
    """What has been done. Only a step that succeeded counts, so a failed step is tried again."""

    def __init__(self, server, mounted):
        self.server = server
        self.taken_over = mounted
        """The mounted files that Patroni and Postgres use."""
        self.made_equal = None
        """The mounted files, and the timeline of the primary, for which roles and settings were applied."""
        self.looks = 0
        self.replayed = None
        self.complaints = {}

    def follow(self):
        while True:
            time.sleep(PERIOD_SECONDS)
            self.look()

    def look(self):
        self.attempt(self.take_over_files)
        self.attempt(self.see_to_member)

    def attempt(self, step):
        """Runs a step so that its failure does not keep the next one from running; logs the same reason once."""
        name = step.__name__
        try:
            step()
            self.complaints.pop(name, None)
        # Whatever the error: if this loop ended, renewed certificates would not be used, and nobody would notice for weeks.
        except Exception as error:  # noqa: BLE001
            message = f"{type(error).__name__}: {error}".strip()
            if message != self.complaints.get(name):
                log(f"will try again: {message}")
            self.complaints[name] = message

    def take_over_files(self):
        mounted = mounted_files()
        if mounted == self.taken_over:
            return
        write_configuration()
        # Not through the API: a new certificate authority would not verify the certificate that Patroni still serves.
        self.server.send_signal(signal.SIGHUP)
        self.taken_over = mounted
        log("mounted files have changed: Patroni and Postgres read them anew")

    def see_to_member(self):
        member = json.loads(patroni("GET", "/patroni"))
        if member["state"] == "creating replica":
            INCOMPLETE.touch()
        if member["state"] == "running":
            INCOMPLETE.unlink(missing_ok=True)
        if member.get("xlog", {}).get("paused"):
            resume_replay()
        self.count_looks(member)
        if self.looks >= LOOKS_WITHOUT_STREAM:
            self.looks = 0
            copy_anew_if_log_is_gone(member["timeline"])
        if member["role"] == "primary" and member["state"] == "running":
            self.see_to_cluster(member["timeline"])
        else:
            self.made_equal = None

    def count_looks(self, member):
        # While it replays the WAL that it has, it does not stream either, and need not.
        before = self.replayed
        self.replayed = member.get("xlog", {}).get("replayed_location")
        is_stuck = is_without_stream(member) and self.replayed == before
        self.looks = self.looks + 1 if is_stuck else 0

    def see_to_cluster(self, timeline):
        """What the primary does for all members."""
        wanted = (mounted_files(), timeline)
        if self.made_equal != wanted:
            make_databases()
            make_roles()
            try:
                make_rights()
            finally:
                # A program may break its own database, and must not keep the settings of all others as they are.
                follow_settings()
            self.made_equal = wanted
        restart_pending()


def is_without_stream(member):
    return (
        member["role"] == "replica"
        and member["state"] == "running"
        and member.get("replication_state") != "streaming"
        and not member.get("pause")
    )


def follow_settings():
    """Removes keys that are no longer in the settings too, except `pause`, which belongs to the operator."""
    present = json.loads(patroni("GET", "/config"))
    wanted = settings_of("cluster")
    if "pause" in present:
        wanted["pause"] = present["pause"]
    if present != wanted:
        patroni("PUT", "/config", wanted)
        log("the cluster's configuration has been made equal to the mounted one")


def restart_pending():
    """Restarts the members with settings that need it, the primary last."""
    cluster = json.loads(patroni("GET", "/cluster"))
    if cluster.get("pause"):
        return
    waiting = [member for member in cluster["members"] if member.get("pending_restart")]
    for member in sorted(waiting, key=lambda each: each["role"] == "leader"):
        url = member["api_url"].removesuffix("/patroni")
        # What the cluster knows about a member is some seconds old.
        if json.loads(patroni("GET", "/patroni", url=url)).get("pending_restart"):
            patroni("POST", "/restart", {"restart_pending": True}, url)
            log(f"restarted Postgres of {member['name']}, whose settings waited for it")
