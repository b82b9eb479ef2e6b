"""What the programs say with which `npm run doctor -- ENV --before` tries the network from a pod."""

import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from program import load

PROGRAMS = Path(__file__).parents[2] / "tools/doctor/before"
renew_certificates = load("credentials/renew-certificates")


def connect(*arguments, authority=""):
    command = [sys.executable, str(PROGRAMS / "connect.py"), *map(str, arguments)]
    done = subprocess.run(
        command, input=authority, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Connect(unittest.TestCase):
    def serve(self, address="127.0.0.1"):
        """Starts the other program; gives its two ports once it accepts connections."""
        ports = free_port(), free_port()
        command = [sys.executable, str(PROGRAMS / "serve.py"), address]
        server = subprocess.Popen([*command, *map(str, ports)])
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        while connect("connect", address, ports[1]) != "open":
            self.assertIsNone(server.poll())
        return ports

    def test_each_port_of_the_server_is_open_again_and_again(self):
        for port in self.serve() * 2:
            self.assertEqual(connect("connect", "127.0.0.1", port), "open")

    @unittest.skipUnless(socket.has_dualstack_ipv6(), "this machine has no IPv6")
    def test_also_at_an_address_of_ipv6(self):
        self.assertEqual(connect("connect", "::1", self.serve("::1")[0]), "open")

    def test_another_port_is_refused(self):
        self.assertIn("refused", connect("connect", "127.0.0.1", free_port()))

    def test_a_name_is_found_or_not(self):
        self.assertEqual(connect("resolve", "localhost"), "open")
        self.assertNotEqual(connect("resolve", "nowhere.invalid"), "open")

    def test_a_certificate_is_trusted_by_its_authority_only(self):
        authority, port = self.serve_tls("localhost")
        self.assertEqual(connect("tls", "localhost", port, authority=authority), "open")
        self.assertIn("certificate verify failed", connect("tls", "localhost", port))

    def test_a_certificate_of_another_name_is_not_trusted(self):
        authority, port = self.serve_tls("elsewhere")
        said = connect("tls", "localhost", port, authority=authority)
        self.assertIn("Hostname mismatch", said)

    def test_a_server_without_tls_is_said(self):
        self.assertNotEqual(connect("tls", "127.0.0.1", self.serve()[0]), "open")

    def serve_tls(self, name):
        """A server with a certificate of this name; gives its authority and its port."""
        issuer = renew_certificates.issue("authority", timedelta(days=1))
        certificate, key = renew_certificates.issue(
            name, timedelta(days=1), issuer, [name]
        )
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (folder / "tls.crt").write_bytes(renew_certificates.pem(certificate))
        (folder / "tls.key").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(folder / "tls.crt", folder / "tls.key")
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)

        def accept():
            while True:
                try:
                    connection = server.accept()[0]
                except OSError:
                    return
                try:
                    context.wrap_socket(connection, server_side=True).close()
                except OSError:
                    connection.close()

        threading.Thread(target=accept, daemon=True).start()
        authority = renew_certificates.pem(issuer[0]).decode()
        return authority, server.getsockname()[1]


if __name__ == "__main__":
    unittest.main()
