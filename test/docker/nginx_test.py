"""nginx.conf in nginx itself, in front of a small server."""

import http.client
import http.server
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from program import DOCKER

PAGES = ["busy", "slow", "starting", "too-large"]
FOLDERS = {
    "/tmp/": "tmp",
    "/etc/coped-nginx/": "settings",
    "/usr/share/coped-nginx/": "pages",
    "/srv": "srv",
}


class Upstream(http.server.BaseHTTPRequestHandler):
    """Answers with headers of as many bytes as the path says, after as many seconds; with as many bytes, if it says so."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.begun += 1
        header_bytes, seconds, *size = self.path.strip("/").split("/")
        time.sleep(float(seconds))
        body = f"{len(self.headers.get('Cookie', ''))}".encode()
        if size:
            body = b"a" * int(size[0])
        self.send_response(200)
        for start in range(0, int(header_bytes), 1024):
            self.send_header(f"X-{start}", "a" * 1000)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except BrokenPipeError:
            pass  # nginx has given up

    def do_POST(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                self.rfile.read(size + 2)
            self.rfile.readline()
        else:
            self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *_):
        pass


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Nginx(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        # Workers of a root's nginx are nobody's, who must read what is made here, whatever mask another test has set.
        self.addCleanup(os.umask, os.umask(0o022))
        self.folder.chmod(0o755)
        self.port = free_port()
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
        server.daemon_threads = True
        server.begun = 0
        self.server = server
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.upstream = f"127.0.0.1:{server.server_port}"

    def start(self, settings="", upstream=None, limits=()):
        """Starts nginx with other numbers than 256 and 16 in its limits, if any are given."""
        for name in FOLDERS.values():
            (self.folder / name).mkdir(exist_ok=True)
        (self.folder / "tmp").chmod(0o777)
        for name in ("keepalive.conf", "media.conf"):
            shutil.copy(DOCKER / "nginx" / name, self.folder)
        for name in PAGES:
            shutil.copy(DOCKER / f"nginx/{name}.html", self.folder / "pages")
        (self.folder / "tmp/upstream-web.conf").write_text(
            f"upstream web {{ server {upstream or self.upstream}; include keepalive.conf; }}\n"
        )
        (self.folder / "settings/locations.conf").write_text(settings)
        text = (DOCKER / "nginx/nginx.conf").read_text()
        for path, name in FOLDERS.items():
            text = text.replace(path, f"{self.folder / name}{'/' * path.endswith('/')}")
        text = text.replace("listen 8080", f"listen 127.0.0.1:{self.port}")
        text = text.replace("/dev/stdout", "off;#")
        for zone, most in dict(limits).items():
            text, found = re.subn(rf"(limit_conn {zone}) \d+", rf"\1 {most}", text)
            self.assertEqual(found, 1)
        (self.folder / "nginx.conf").write_text(text)
        self.process = process = subprocess.Popen(
            ["nginx", "-e", "stderr", "-c", self.folder / "nginx.conf"]
            + ["-g", "daemon off;"],
        )
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        end = time.monotonic() + 10
        while True:
            try:
                return self.get("/nginx-health")
            except ConnectionRefusedError:
                self.assertIsNone(process.poll(), "nginx has ended")
                self.assertLess(time.monotonic(), end)
                time.sleep(0.02)

    def get(self, path, headers=(), body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        self.addCleanup(connection.close)
        connection.request("POST" if body else "GET", path, body, dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def test_listens_to_ipv6_if_run_nginx_says_so(self):
        (self.folder / "tmp").mkdir()
        port = free_port()
        (self.folder / "tmp/listen-ipv6.conf").write_text(f"listen [::1]:{port};\n")
        self.start()
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
        socket.create_connection(("::1", port)).close()

    def test_passes_headers_of_an_answer_on(self):
        self.start()
        for size in (12, 16):
            self.assertEqual(self.get(f"/{size * 1024}/0"), (200, "0"))

    def test_passes_40_kb_of_cookies_on(self):
        self.start()
        cookies = {"Cookie": "a=" + "b" * 40_000}
        self.assertEqual(self.get("/0/0", cookies), (200, "40002"))

    def at_once(self, requests):
        """The statuses of these requests, each sent once the one before has reached the server."""
        with ThreadPoolExecutor() as pool:
            answers = []
            for request in requests:
                before = self.server.begun
                answers.append(pool.submit(self.get, *request))
                while self.server.begun == before and not answers[-1].done():
                    time.sleep(0.01)
            return [answer.result() for answer in answers]

    def test_refuses_what_its_folder_has_no_room_for(self):
        self.start(limits={"passed-on": 2})
        answers = self.at_once([("/0/2",), ("/0/2",), ("/0/0",)])
        self.assertEqual([status for status, _ in answers], [200, 200, 503])
        self.assertIn("Too many at once", answers[2][1])

    def test_itself_answers_however_many_wait_for_the_server(self):
        self.start(limits={"passed-on": 1})
        (self.folder / "srv/static").mkdir()
        (self.folder / "srv/static/site.css").write_text("")
        answers = self.at_once([("/0/2",), ("/nginx-health",), ("/static/site.css",)])
        self.assertEqual([status for status, _ in answers], [200, 200, 200])

    def test_refuses_large_requests_only_while_it_takes_many_in(self):
        self.start(limits={"large": 1})
        large, small = b"a" * 100_000, b"a" * 99_999
        # Without a length, and so perhaps large.
        chunked = ("/0/0", {}, iter([b"a"]))
        answers = self.at_once(
            [("/0/2", {}, large), ("/0/0", {}, large), chunked, ("/0/0", {}, small)]
        )
        self.assertEqual([status for status, _ in answers], [200, 503, 503, 200])

    def test_keeps_little_of_an_answer_that_is_read_slowly(self):
        self.start()
        size = 32 * 2**20
        with socket.create_connection(("127.0.0.1", self.port)) as reader:
            reader.sendall(
                f"GET /0/0/{size} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode()
            )
            received, kept = 0, 0
            while data := reader.recv(2**20):
                received += len(data)
                kept = max(kept, self.kept_bytes())
        self.assertGreater(received, size)
        self.assertLessEqual(kept, 2**20)

    def kept_bytes(self):
        """What the workers have in their files, which have no names."""
        total = 0
        nginx = self.process.pid
        workers = Path(f"/proc/{nginx}/task/{nginx}/children").read_text().split()
        for path in (
            path for pid in workers for path in Path(f"/proc/{pid}/fd").iterdir()
        ):
            try:
                if str(path.readlink()).startswith(f"{self.folder / 'tmp'}/proxy"):
                    total += path.stat().st_size
            except FileNotFoundError:
                continue  # closed meanwhile
        return total

    def test_says_so_when_a_page_takes_too_long(self):
        self.start("proxy_read_timeout 1s;")
        status, page = self.get("/0/3")
        self.assertEqual((status, "This took too long" in page), (504, True), page)

    def test_waits_for_a_page_as_long_as_it_is_told_to(self):
        self.start("proxy_read_timeout 5s;")
        self.assertEqual(self.get("/0/2"), (200, "0"))

    def test_is_starting_where_nobody_listens(self):
        self.start(upstream="127.0.0.1:1")
        status, page = self.get("/0/0")
        self.assertEqual((status, "Back in a moment" in page), (503, True), page)

    def test_is_starting_where_no_connection_is_made(self):
        # A full queue: the kernel drops what would connect.
        with socket.socket() as deaf, socket.socket() as first:
            deaf.bind(("127.0.0.1", 0))
            deaf.listen(0)
            first.connect(deaf.getsockname())
            self.start(upstream=f"127.0.0.1:{deaf.getsockname()[1]}")
            status, page = self.get("/0/0")
        self.assertEqual((status, "Back in a moment" in page), (503, True), page)


if __name__ == "__main__":
    unittest.main()
