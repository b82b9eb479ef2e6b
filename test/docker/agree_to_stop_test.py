"""When a member agrees to stop."""

import json
import os
import sys
import unittest
from unittest.mock import patch

from mounted import Problem
from program import load

agree_to_stop = load("postgres/member/agree-to-stop")


class AgreeToStop(unittest.TestCase):
    def setUp(self):
        self.looks = 0
        self.now = 0
        self.views = []
        self.said = []
        self.enterContext(patch.dict(os.environ, PATRONI_NAME="postgres-0"))
        self.enterContext(patch.object(sys, "argv", ["agree-to-stop", "30"]))
        self.enterContext(patch.object(agree_to_stop, "patroni", self.patroni))
        self.enterContext(
            patch.object(agree_to_stop.time, "monotonic", lambda: self.now)
        )
        self.enterContext(patch.object(agree_to_stop.time, "sleep", self.sleep))
        self.enterContext(
            patch.object(
                agree_to_stop.Path, "write_text", lambda _, text: self.said.append(text)
            )
        )

    def patroni(self, method, path):
        self.assertEqual((method, path), ("GET", "/cluster"))
        view = self.views[min(self.looks, len(self.views) - 1)]
        self.looks += 1
        if isinstance(view, Exception):
            raise view
        members = [
            {"name": f"postgres-{n}", "role": role} for n, role in enumerate(view)
        ]
        return json.dumps({"members": members})

    def sleep(self, seconds):
        self.now += seconds

    def wait(self, *views):
        """How often it checks until it agrees."""
        self.looks = self.now = 0
        self.views = views
        agree_to_stop.main()
        return self.looks

    def test_is_at_once_where_it_does_not_lead_or_is_alone(self):
        self.assertEqual(self.wait(["replica", "leader"]), 1)
        self.assertEqual(self.wait(["sync_standby", "leader"]), 1)
        self.assertEqual(self.wait(["leader"]), 1)

    def test_is_at_once_where_another_one_has_every_commit(self):
        self.assertEqual(self.wait(["leader", "replica", "sync_standby"]), 1)

    def test_waits_for_another_one_to_have_every_commit(self):
        waiting = ["leader", "replica"]
        self.assertEqual(self.wait(waiting, waiting, ["leader", "sync_standby"]), 3)
        self.assertEqual(self.said, [])

    def test_gives_up_in_the_end_and_says_so(self):
        self.wait(["leader", "replica"])
        self.assertAlmostEqual(self.now, 30, delta=1)
        self.assertIn("nobody may take over after 30 s", self.said[0])

    def test_does_not_wait_for_a_patroni_that_does_not_answer(self):
        self.assertEqual(self.wait(Problem("refused")), 1)


if __name__ == "__main__":
    unittest.main()
