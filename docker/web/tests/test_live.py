import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

# The aim is 2 s; a busy machine may take longer without being at fault.
EDIT_SECONDS = 10


class Site:
    def __init__(self, folder, variables, port):
        self.app = folder / "app"
        self.url = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            [sys.executable, folder / "dev" / "live.py", str(port)],
            cwd=self.app,
            env=variables,
        )

    def get(self, path="/", cookie=""):
        """Status and text of an answer; a port that is closed is an error."""
        request = urllib.request.Request(self.url + path, headers={"Cookie": cookie})
        try:
            with urllib.request.urlopen(request, timeout=15) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def wait_for(self, status, text, path="/", cookie=""):
        """Asks until the answer comes; a timeout or a closed port before that is an error."""
        begin = time.monotonic()
        while time.monotonic() - begin < EDIT_SECONDS:
            answer = self.get(path, cookie)
            if answer[0] == status and text in answer[1]:
                return time.monotonic() - begin
            time.sleep(0.05)
        raise AssertionError(f"no {status} with {text!r}, but {answer}")

    def replace(self, file, old, new):
        path = self.app / file
        content = path.read_text()
        assert old in content
        path.write_text(content.replace(old, new))


@pytest.fixture
def start(folder, variables, free_port):
    """Starts the server, which ends by a signal when the test does."""
    sites = []

    def start(without=None):
        given = {name: variables[name] for name in variables if name != without}
        site = Site(folder, given, free_port)
        sites.append(site)
        begin = time.monotonic()
        while True:
            try:
                site.get("/livez")
                return site
            except OSError:
                assert time.monotonic() - begin < 30
                time.sleep(0.1)

    yield start
    for site in sites:
        site.process.send_signal(signal.SIGTERM)
        assert site.process.wait(10) == 0


@pytest.fixture
def site(start):
    site = start()
    site.wait_for(200, "Hello")
    return site


def test_it_answers_by_ipv6_and_takes_40_kb_of_cookies(site):
    site.url = site.url.replace("127.0.0.1", "[::1]")
    site.wait_for(200, "Hello", cookie="a=" + "b" * 40_000)


def test_an_edit_of_a_view_is_served(site):
    site.replace("pages/views.py", '"Hello"', '"Goodbye"')
    site.wait_for(200, "Goodbye")


def test_an_edit_of_a_template_is_served(site):
    site.replace("pages/templates/pages/page.html", "from a", "from an edited")
    site.wait_for(200, "from an edited template")


def test_a_static_file_is_served_as_it_is(site):
    site.replace("pages/static/pages/site.css", "--ink:", "--edited:")
    site.wait_for(200, "--edited:", "/static/pages/site.css")


@pytest.mark.parametrize(
    "file",
    [
        "pages/views.py",
        "config/urls.py",
        "pages/models.py",
        "config/settings/production.py",
        "pages/middleware.py",
    ],
)
def test_a_syntax_error_is_shown_until_it_is_mended(site, file):
    path = site.app / file
    whole = path.read_text()
    path.write_text(whole + "\ndef broken(:\n")
    site.wait_for(500, "SyntaxError")
    status, page = site.get("/readyz")
    assert status == 500
    assert "<html" in page
    assert Path(file).name in page
    path.write_text(whole)
    site.wait_for(200, "Hello")


def test_one_error_may_follow_another(site):
    path = site.app / "pages/views.py"
    whole = path.read_text()
    path.write_text("import nothing_of_this_name\n" + whole)
    site.wait_for(500, "nothing_of_this_name")
    path.write_text("1 / 0\n" + whole)
    site.wait_for(500, "ZeroDivisionError")
    path.write_text("raise SystemExit(0)\n" + whole)
    site.wait_for(500, "SystemExit")
    path.write_text(whole)
    site.wait_for(200, "Hello")


def test_a_missing_module_is_noticed_when_it_comes(site):
    site.replace("pages/views.py", 'GREETING = "Hello"', "import pages.words")
    site.wait_for(500, "pages.words")
    (site.app / "pages/words.py").touch()
    site.wait_for(500, "GREETING")
    site.replace("pages/views.py", "import pages.words", 'GREETING = "Hello"')
    site.wait_for(200, "Hello")


def test_a_failing_check_is_shown_until_it_is_mended(site):
    path = site.app / "pages/models.py"
    whole = path.read_text()
    path.write_text(whole.replace("max_length=100", 'max_length="x"'))
    site.wait_for(500, "SystemCheckError")
    path.write_text(whole)
    site.wait_for(200, "Hello")


def test_an_older_file_put_back_is_noticed(site):
    path = site.app / "pages/views.py"
    backup = path.with_suffix(".bak")
    shutil.copy2(path, backup)
    path.write_text("broken(")
    site.wait_for(500, "SyntaxError")
    backup.replace(path)
    site.wait_for(200, "Hello")


def test_no_settings_module_is_an_error_that_is_shown(start):
    site = start(without="DJANGO_SETTINGS_MODULE")
    site.wait_for(
        500, "You must either define the environment variable DJANGO_SETTINGS_MODULE"
    )
