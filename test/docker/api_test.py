"""The requests to Patroni and Kubernetes, and what follows from the answers."""

import io
import json
import os
import tempfile
import unittest
from pathlib import Path
from unittest.mock import patch
from urllib.error import HTTPError

import api
from mounted import Problem


def refusal(code, text=""):
    return HTTPError("https://test", code, "no", {}, io.BytesIO(text.encode()))


class Api(unittest.TestCase):
    def setUp(self):
        self.asked = []
        self.answer = "{}"
        self.enterContext(patch.object(api, "ask", self.ask))

    def ask(self, request, authority, timeout, certificate=None):
        self.asked.append((request, timeout, certificate))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Patroni(Api):
    def test_is_asked_with_the_member_s_certificate(self):
        self.answer = '{"state": "running"}'
        self.assertEqual(api.patroni("GET", "/patroni"), self.answer)
        request, timeout, certificate = self.asked[0]
        self.assertEqual(request.full_url, "https://localhost:8008/patroni")
        self.assertEqual(timeout, api.ANSWER_SECONDS)
        self.assertEqual([path.name for path in certificate], ["tls.crt", "tls.key"])

    def test_gets_time_for_what_it_is_told_to_do(self):
        api.patroni("POST", "/restart", {"restart_pending": True}, "https://other:8008")
        request, timeout, _ = self.asked[0]
        self.assertEqual(request.full_url, "https://other:8008/restart")
        self.assertEqual(json.loads(request.data), {"restart_pending": True})
        self.assertEqual(timeout, api.RESTART_SECONDS)

    def test_that_does_not_run_says_how_it_is_all_the_same(self):
        self.answer = refusal(503, '{"state": "starting"}')
        self.assertEqual(api.patroni("GET", "/patroni"), '{"state": "starting"}')

    def test_that_refuses_is_a_problem_with_its_words(self):
        for method, code in (("POST", 503), ("GET", 500), ("PUT", 400)):
            self.answer = refusal(code, "not now")
            content = None if method == "GET" else {}
            with self.assertRaisesRegex(Problem, f"{method} .*HTTP {code}: not now"):
                api.patroni(method, "/config", content)


class WithdrawBootstrap(Api):
    def setUp(self):
        super().setUp()
        scratch = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (scratch / "namespace").write_text("coped-test")
        (scratch / "token").write_text("secret")
        self.enterContext(patch.object(api, "ACCOUNT", scratch))
        self.host = "10.96.0.1"

    def withdraw(self):
        where = {
            "KUBERNETES_SERVICE_HOST": self.host,
            "KUBERNETES_SERVICE_PORT": "443",
        }
        with patch.dict(os.environ, where):
            return api.withdraw_bootstrap()

    def test_removes_the_mark_only_while_it_says_that_it_has_begun(self):
        self.assertTrue(self.withdraw())
        request = self.asked[0][0]
        self.assertEqual(
            request.full_url,
            "https://10.96.0.1:443/api/v1/namespaces/coped-test/configmaps/postgres-config",
        )
        path = "/metadata/annotations/initialize"
        self.assertEqual(
            json.loads(request.data),
            [
                {"op": "test", "path": path, "value": ""},
                {"op": "remove", "path": path},
            ],
        )
        self.assertEqual(request.get_header("Authorization"), "Bearer secret")

    def test_says_that_there_was_nothing_to_withdraw(self):
        for code in (404, 422):
            self.answer = refusal(code)
            self.assertFalse(self.withdraw())

    def test_does_not_take_another_refusal_for_that(self):
        self.answer = refusal(403)
        with self.assertRaisesRegex(Problem, "HTTP 403"):
            self.withdraw()

    def test_knows_an_address_of_ipv6(self):
        self.host = "fd00::1"
        self.withdraw()
        self.assertTrue(self.asked[0][0].full_url.startswith("https://[fd00::1]:443/"))


class Ask(unittest.TestCase):
    def ask(self, error):
        request = api.Request("https://test/path", method="GET")
        with (
            patch.object(api.ssl, "create_default_context"),
            patch.object(api, "urlopen", side_effect=error),
        ):
            api.ask(request, "ca.crt", 1)

    def test_says_who_did_not_answer(self):
        with self.assertRaisesRegex(Problem, "GET https://test/path: refused"):
            self.ask(OSError("refused"))

    def test_leaves_an_answer_to_the_one_who_asked(self):
        with self.assertRaises(HTTPError):
            self.ask(refusal(404))


if __name__ == "__main__":
    unittest.main()
