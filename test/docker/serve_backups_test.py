"""When pgBackRest's server reads its certificate again, and how the program ends."""

import signal
import subprocess
import tempfile
import unittest
from pathlib import Path
from unittest.mock import Mock, patch

from program import load

serve_backups = load("postgres/backup/serve-backups")


class ServeBackups(unittest.TestCase):
    def setUp(self):
        scratch = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.certificate = scratch / "tls.crt"
        self.certificate.write_text("old")
        self.server = Mock()
        self.enterContext(patch.object(serve_backups, "CERTIFICATE", self.certificate))
        self.started = self.enterContext(
            patch.object(serve_backups.subprocess, "Popen", return_value=self.server)
        )
        self.handle = self.enterContext(patch.object(serve_backups.signal, "signal"))
        self.enterContext(patch("builtins.print"))

    def serve(self, *minutes, ends=0):
        """Each minute the certificate has this content; then the server ends. Gives the end of the program."""

        def wait(seconds):
            if not remaining:
                return ends
            self.certificate.write_text(remaining.pop(0))
            raise subprocess.TimeoutExpired("pgbackrest", seconds)

        remaining = list(minutes)
        self.server.wait.side_effect = wait
        with self.assertRaises(SystemExit) as ended:
            serve_backups.main()
        return ended.exception.code

    def test_has_it_read_a_renewed_certificate_once(self):
        self.serve("old", "new", "new")
        self.server.send_signal.assert_called_once_with(signal.SIGHUP)

    def test_has_it_listen_to_every_address_that_the_kernel_knows(self):
        server = ["pgbackrest", "server"]
        for ipv6, address in [(True, ["--tls-server-address=::"]), (False, [])]:
            with patch.object(
                serve_backups.socket, "has_dualstack_ipv6", return_value=ipv6
            ):
                self.serve()
            self.started.assert_called_with([*server, *address])

    def test_leaves_it_alone_otherwise(self):
        self.serve("old", "old")
        self.server.send_signal.assert_not_called()

    def test_ends_as_the_server_does(self):
        self.assertEqual(self.serve(ends=25), 25)

    def test_ends_well_when_the_server_was_told_to_stop(self):
        self.assertEqual(self.serve(ends=-signal.SIGTERM), 0)
        number, stop = self.handle.call_args.args
        self.assertEqual(number, signal.SIGTERM)
        stop(number, None)
        self.server.terminate.assert_called_once_with()


if __name__ == "__main__":
    unittest.main()
