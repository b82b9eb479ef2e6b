"""What a member takes over and does, with a fake Patroni."""

import json
import signal
import unittest
from unittest.mock import Mock, call, patch

import follow
from mounted import Problem

PRIMARY = {"state": "running", "role": "primary", "timeline": 3}
REPLICA = {
    "state": "running",
    "role": "replica",
    "timeline": 3,
    "xlog": {"replayed_location": 100},
}


class Member(unittest.TestCase):
    def setUp(self):
        self.files = b"old"
        self.member = PRIMARY
        self.answers = {"/config": {"ttl": 20}, "/cluster": {"members": []}}
        self.sent = []
        self.logged = []
        self.server = Mock()
        fakes = {
            "mounted_files": lambda: self.files,
            "write_configuration": Mock(),
            "patroni": self.patroni,
            "settings_of": lambda scope: {"cluster": {"ttl": 20}}[scope],
            "make_databases": Mock(),
            "make_roles": Mock(),
            "make_rights": Mock(),
            "resume_replay": Mock(),
            "copy_anew_if_log_is_gone": Mock(),
            "log": self.logged.append,
            "INCOMPLETE": Mock(),
        }
        for name, fake in fakes.items():
            setattr(self, name, self.enterContext(patch.object(follow, name, fake)))
        self.follower = follow.Follower(self.server, b"old")

    def patroni(self, method, path, content=None, url="https://localhost:8008"):
        if method != "GET":
            self.sent.append((method, url, path, content))
            return ""
        if path == "/patroni":
            return json.dumps(self.answers.get(url, self.member))
        return json.dumps(self.answers[path])

    def look(self, times=1):
        for _ in range(times):
            self.follower.look()


class MountedFiles(Member):
    def test_that_are_the_same_are_left_alone(self):
        self.look(2)
        self.write_configuration.assert_not_called()
        self.server.send_signal.assert_not_called()

    def test_that_have_changed_are_taken_over_once(self):
        self.files = b"new"
        self.look(3)
        self.write_configuration.assert_called_once_with()
        self.server.send_signal.assert_called_once_with(signal.SIGHUP)

    def test_that_could_not_be_taken_over_are_tried_again(self):
        self.files = b"new"
        self.write_configuration.side_effect = [Problem("no password"), None]
        self.look()
        self.server.send_signal.assert_not_called()
        self.look(2)
        self.server.send_signal.assert_called_once_with(signal.SIGHUP)
        self.assertEqual(self.write_configuration.call_count, 2)

    def test_are_written_before_patroni_reads_them(self):
        self.files = b"new"
        self.server.send_signal.side_effect = lambda _: (
            self.write_configuration.assert_called_once_with()
        )
        self.look()
        self.assertEqual(len(self.logged), 1)
        self.assertIn("read them anew", self.logged[0])

    def test_that_cannot_be_taken_over_do_not_keep_the_rest_from_being_done(self):
        self.files = b"new"
        self.write_configuration.side_effect = Problem("no password")
        self.look()
        self.make_roles.assert_called_once_with()


class Complaint(Member):
    def test_is_logged_once_and_again_when_it_comes_back(self):
        self.member = REPLICA
        self.files = b"new"
        problem = Problem("no password")
        self.write_configuration.side_effect = [problem, problem, None, problem]
        self.look(3)
        self.files = b"newer"
        self.look()
        complaint = "will try again: Problem: no password"
        self.assertEqual(self.logged.count(complaint), 2)

    def test_is_another_one_when_the_reason_is(self):
        self.make_roles.side_effect = [Problem("first"), Problem("second")]
        self.look(2)
        self.assertEqual(len(self.logged), 2)


class Primary(Member):
    def test_makes_database_roles_and_settings_once(self):
        steps = Mock()
        for name in ("make_databases", "make_roles", "make_rights"):
            steps.attach_mock(getattr(self, name), name)
        self.look(3)
        self.assertEqual(
            steps.mock_calls,
            [call.make_databases(), call.make_roles(), call.make_rights()],
        )

    def test_makes_them_again_when_files_change_and_when_it_was_promoted(self):
        self.look()
        self.files = b"new"
        self.look(2)
        self.assertEqual(self.make_roles.call_count, 2)
        self.member = {**PRIMARY, "timeline": 4}
        self.look(2)
        self.assertEqual(self.make_roles.call_count, 3)

    def test_makes_them_again_when_it_leads_again(self):
        self.look()
        self.member = REPLICA
        self.look()
        self.member = PRIMARY
        self.look()
        self.assertEqual(self.make_roles.call_count, 2)

    def test_tries_again_what_failed(self):
        self.make_roles.side_effect = [Problem("locked"), None]
        self.answers["/config"] = {"ttl": 30}
        self.look()
        self.assertEqual(self.sent, [])
        self.look()
        self.assertEqual(self.make_roles.call_count, 2)
        self.assertEqual(self.sent[0][:3:2], ("PUT", "/config"))

    def test_tries_the_settings_again_with_the_rest(self):
        self.answers["/config"] = {"ttl": 30}
        with patch.object(follow, "follow_settings") as follow_settings:
            follow_settings.side_effect = [Problem("HTTP 503"), None]
            self.look(3)
        self.assertEqual(follow_settings.call_count, 2)

    def test_leaves_it_to_the_primary(self):
        for member in (REPLICA, {**PRIMARY, "state": "starting"}):
            self.member = member
            self.look()
        self.make_databases.assert_not_called()
        self.make_roles.assert_not_called()


class Settings(Member):
    def put(self):
        return [content for method, _, _, content in self.sent if method == "PUT"]

    def test_are_put_only_where_they_differ(self):
        self.look()
        self.assertEqual(self.put(), [])

    def test_that_are_there_no_more_go_but_for_the_operator_s_pause(self):
        self.answers["/config"] = {"ttl": 30, "foreign": 1, "pause": True}
        self.look()
        self.assertEqual(self.put(), [{"ttl": 20, "pause": True}])

    def test_are_put_though_a_database_is_broken_and_its_rights_are_tried_again(self):
        self.answers["/config"] = {"ttl": 30}
        self.make_rights.side_effect = Problem("no rights")
        self.look(2)
        self.assertEqual(self.put(), [{"ttl": 20}] * 2)
        self.assertEqual(self.make_rights.call_count, 2)


class Restart(Member):
    def members(self, **roles):
        self.answers["/cluster"] = {
            "members": [
                {
                    "name": name,
                    "role": role,
                    "pending_restart": True,
                    "api_url": f"https://{name}:8008/patroni",
                }
                for name, role in roles.items()
            ]
        }
        for name in roles:
            self.answers[f"https://{name}:8008"] = {"pending_restart": True}

    def restarted(self):
        return [url for method, url, _, _ in self.sent if method == "POST"]

    def test_is_of_the_primary_last(self):
        self.members(a="leader", b="sync_standby", c="replica")
        self.look()
        self.assertEqual(
            self.restarted(), ["https://b:8008", "https://c:8008", "https://a:8008"]
        )
        self.assertEqual(self.sent[0][2:], ("/restart", {"restart_pending": True}))

    def test_is_not_done_twice_where_the_cluster_knows_it_late(self):
        self.members(a="leader", b="replica")
        self.answers["https://b:8008"] = {"state": "running"}
        self.look()
        self.assertEqual(self.restarted(), ["https://a:8008"])

    def test_is_not_done_where_nothing_waits_for_it(self):
        self.members(a="leader")
        del self.answers["/cluster"]["members"][0]["pending_restart"]
        self.look()
        self.assertEqual(self.restarted(), [])

    def test_waits_while_the_operator_has_paused_the_cluster(self):
        self.members(a="leader")
        self.answers["/cluster"]["pause"] = True
        self.look()
        self.assertEqual(self.restarted(), [])


class ReplicaWithoutStream(Member):
    def setUp(self):
        super().setUp()
        self.member = REPLICA

    def test_asks_why_after_some_looks_and_then_starts_counting_anew(self):
        # The first look cannot tell yet whether the replay goes on.
        self.look(follow.LOOKS_WITHOUT_STREAM)
        self.copy_anew_if_log_is_gone.assert_not_called()
        self.look()
        self.copy_anew_if_log_is_gone.assert_called_once_with(3)
        self.look(follow.LOOKS_WITHOUT_STREAM - 1)
        self.copy_anew_if_log_is_gone.assert_called_once_with(3)

    def test_has_time_while_it_replays(self):
        for location in range(3 * follow.LOOKS_WITHOUT_STREAM):
            self.member = {**REPLICA, "xlog": {"replayed_location": location}}
            self.look()
        self.copy_anew_if_log_is_gone.assert_not_called()

    def test_is_none_that_streams_or_leads_or_starts_or_is_paused(self):
        for change in (
            {"replication_state": "streaming"},
            {"role": "primary"},
            {"state": "starting"},
            {"pause": True},
        ):
            self.member = {**REPLICA, **change}
            self.look(2 * follow.LOOKS_WITHOUT_STREAM)
        self.copy_anew_if_log_is_gone.assert_not_called()

    def test_counts_anew_after_it_has_streamed(self):
        self.look(follow.LOOKS_WITHOUT_STREAM)
        self.member = {**REPLICA, "replication_state": "streaming"}
        self.look()
        self.member = REPLICA
        self.look(follow.LOOKS_WITHOUT_STREAM - 1)
        self.copy_anew_if_log_is_gone.assert_not_called()


class State(Member):
    def test_of_a_copy_that_is_made_is_remembered_until_the_member_runs(self):
        self.member = {"state": "creating replica", "role": "replica"}
        self.look()
        self.INCOMPLETE.touch.assert_called_once_with()
        self.INCOMPLETE.unlink.assert_not_called()
        self.member = REPLICA
        self.look()
        self.INCOMPLETE.unlink.assert_called_once_with(missing_ok=True)
        self.INCOMPLETE.touch.assert_called_once_with()

    def test_of_a_replay_that_is_paused_is_looked_into(self):
        self.look()
        self.resume_replay.assert_not_called()
        self.member = {**REPLICA, "xlog": {"paused": True}}
        self.look()
        self.resume_replay.assert_called_once_with()


if __name__ == "__main__":
    unittest.main()
