"""When certificates are created, kept and renewed, with a fake Kubernetes API."""

import io
import os
import sys
import tempfile
import unittest
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch
from urllib.error import HTTPError

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from program import load

renew_certificates = load("credentials/renew-certificates")
NAMES = ["postgres", "*.postgres-headless.coped.svc"]


class Certificates(unittest.TestCase):
    def setUp(self):
        self.secrets = {}
        self.written = []
        self.enterContext(patch.object(renew_certificates, "api", self.api))

    def api(self, method, name="", content=None):
        if method == "GET":
            return self.secrets.get(name)
        name = content["metadata"]["name"]
        self.written.append((method, name))
        version = content["metadata"].get("resourceVersion")
        self.assertEqual(
            version,
            self.secrets.get(name, {"metadata": {}})["metadata"].get("resourceVersion"),
        )
        content["metadata"]["resourceVersion"] = f"{len(self.written)}"
        self.secrets[name] = content

    def renew(self, names=NAMES, days=90):
        self.written.clear()
        return renew_certificates.renew("postgres", names, timedelta(days))

    def certificate(self, of="tls"):
        return renew_certificates.read(f"postgres-{of}")[0]

    def pass_(self, days):
        """Moves the program's clock forward by that many days."""
        clock = type(
            "Clock",
            (datetime,),
            {"now": lambda zone: datetime.now(zone) + timedelta(days)},
        )
        return patch.object(renew_certificates, "datetime", clock)


class FirstRun(Certificates):
    def test_makes_authority_and_certificate(self):
        self.assertIn("there was none", self.renew())
        self.assertEqual(
            self.written, [("POST", "postgres-ca"), ("POST", "postgres-tls")]
        )

    def test_gives_the_certificate_names_uses_and_its_days(self):
        self.assertIn("valid for 40 days", self.renew(days=40))
        certificate = self.certificate()
        self.assertEqual(renew_certificates.names_of(certificate), set(NAMES))
        left = certificate.not_valid_after_utc - datetime.now(UTC)
        self.assertEqual(round(left / timedelta(days=1)), 40)
        constraints = certificate.extensions.get_extension_for_class(
            x509.BasicConstraints
        )
        self.assertFalse(constraints.value.ca)
        self.assertTrue(constraints.critical)
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        self.assertFalse(usage.key_cert_sign)
        purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
        self.assertEqual(
            {purpose._name for purpose in purposes.value}, {"serverAuth", "clientAuth"}
        )
        certificate.verify_directly_issued_by(self.certificate("ca"))

    def test_makes_an_authority_for_ten_years_that_may_sign_and_nothing_else(self):
        self.renew()
        authority = self.certificate("ca")
        left = authority.not_valid_after_utc - datetime.now(UTC)
        self.assertEqual(round(left / timedelta(days=1)), 3650)
        usage = authority.extensions.get_extension_for_class(x509.KeyUsage).value
        self.assertTrue(usage.key_cert_sign)
        self.assertFalse(usage.digital_signature)
        self.assertTrue(
            authority.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        )

    def test_gives_the_service_the_authority_s_certificate_but_not_its_key(self):
        self.renew()
        certificate, key, trusted, _ = renew_certificates.read("postgres-tls")
        self.assertEqual(trusted, renew_certificates.pem(self.certificate("ca")))
        self.assertEqual(key.public_key(), certificate.public_key())
        self.assertIsInstance(key, ec.EllipticCurvePrivateKey)
        self.assertEqual(self.secrets["postgres-tls"]["type"], "kubernetes.io/tls")


class NextRun(Certificates):
    def setUp(self):
        super().setUp()
        self.renew()

    def test_changes_nothing(self):
        self.assertIn("kept postgres-tls, which has 89 days left", self.renew())
        self.assertEqual(self.written, [])

    def test_makes_the_certificate_anew_with_less_than_thirty_days_left(self):
        with self.pass_(59.9):
            self.renew()
            self.assertEqual(self.written, [])
        with self.pass_(60.1):
            self.assertIn("the old one had 29 days left", self.renew())
        self.assertEqual(self.written, [("PUT", "postgres-tls")])

    def test_makes_it_anew_for_other_names_and_not_for_another_order(self):
        self.renew(NAMES[::-1])
        self.assertEqual(self.written, [])
        for names in ([*NAMES, "more"], NAMES[:1]):
            self.assertIn("its names have changed", self.renew(names))
            self.assertEqual(
                renew_certificates.names_of(self.certificate()), set(names)
            )

    def test_makes_it_anew_for_another_authority(self):
        del self.secrets["postgres-ca"]
        self.assertIn("its authority has changed", self.renew())
        self.assertEqual(
            self.written, [("POST", "postgres-ca"), ("PUT", "postgres-tls")]
        )
        self.certificate().verify_directly_issued_by(self.certificate("ca"))

    def test_keeps_a_certificate_that_trusts_another_authority_too(self):
        _, _, trusted, _ = renew_certificates.read("postgres-tls")
        both = trusted + b"another\n"
        secret = self.secrets["postgres-tls"]
        secret["data"]["ca.crt"] = renew_certificates.base64.b64encode(both).decode()
        self.renew()
        self.assertEqual(self.written, [])

    def test_has_another_key_each_time(self):
        before = self.certificate().public_key()
        self.renew(["other"])
        self.assertNotEqual(self.certificate().public_key(), before)


class Api(unittest.TestCase):
    def setUp(self):
        account = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (account / "namespace").write_text("coped-test")
        (account / "token").write_text("secret")
        where = {
            "KUBERNETES_SERVICE_HOST": "fd00::1",
            "KUBERNETES_SERVICE_PORT": "443",
        }
        self.enterContext(patch.dict(os.environ, where))
        self.enterContext(patch.object(renew_certificates, "ACCOUNT", account))
        self.enterContext(
            patch.object(renew_certificates.ssl, "create_default_context")
        )
        self.urlopen = self.enterContext(patch.object(renew_certificates, "urlopen"))

    def refuse(self, code):
        answer = io.BytesIO(b"forbidden")
        self.urlopen.side_effect = HTTPError("https://test", code, "no", {}, answer)

    def test_asks_for_a_secret_of_the_pod_s_namespace(self):
        self.urlopen.return_value.__enter__.return_value = io.StringIO('{"data": {}}')
        self.assertEqual(renew_certificates.api("GET", "postgres-ca"), {"data": {}})
        (request,) = self.urlopen.call_args.args
        self.assertEqual(
            request.full_url,
            "https://[fd00::1]:443/api/v1/namespaces/coped-test/secrets/postgres-ca",
        )
        self.assertEqual(request.get_header("Authorization"), "Bearer secret")

    def test_takes_not_found_for_none_only_of_what_is_read(self):
        self.refuse(404)
        self.assertIsNone(renew_certificates.api("GET", "postgres-ca"))
        with self.assertRaisesRegex(renew_certificates.Refused, "HTTP 404"):
            renew_certificates.api("PUT", "postgres-ca", {})

    def test_does_not_take_a_refusal_for_none(self):
        self.refuse(403)
        with self.assertRaisesRegex(renew_certificates.Refused, "HTTP 403: forbidden"):
            renew_certificates.api("GET", "postgres-ca")

    def test_says_that_nobody_answers(self):
        self.urlopen.side_effect = OSError("refused")
        with self.assertRaisesRegex(renew_certificates.Refused, "GET x: refused"):
            renew_certificates.api("GET", "x")


class Main(unittest.TestCase):
    def end(self, *arguments):
        with (
            patch.object(sys, "argv", ["renew-certificates", *arguments]),
            patch("builtins.print"),
            self.assertRaises(SystemExit) as ended,
        ):
            renew_certificates.main()
        return ended.exception.code

    def test_refuses_what_is_no_service_with_names(self):
        for argument in ("postgres", "=postgres", "postgres="):
            self.assertIn(f"'{argument}', expected SERVICE=NAME", self.end(argument))

    def test_says_for_which_service_it_was_refused(self):
        refused = renew_certificates.Refused("HTTP 403")
        with patch.object(renew_certificates, "renew", side_effect=refused):
            self.assertEqual(
                self.end("postgres=a,b"), "renew-certificates: postgres: HTTP 403"
            )

    def renewed(self, *arguments):
        """What is renewed: the service, its names, and for how long."""
        with (
            patch.object(renew_certificates, "renew") as renew,
            patch.object(sys, "argv", ["renew-certificates", *arguments]),
            patch("builtins.print"),
        ):
            renew_certificates.main()
        return [call.args for call in renew.call_args_list]

    def test_renews_each_service_with_its_names_for_ninety_days(self):
        life = timedelta(days=90)
        self.assertEqual(
            self.renewed("a=b,c", "d=e"),
            [("a", ["b", "c"], life), ("d", ["e"], life)],
        )

    def test_renews_for_as_long_as_it_is_told(self):
        self.assertEqual(
            self.renewed("--days", "3650", "a=b"),
            [("a", ["b"], timedelta(days=3650))],
        )


if __name__ == "__main__":
    unittest.main()
