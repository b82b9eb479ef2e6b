import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1]
# The aim is 2 s; a busy machine may take longer without being at fault.
EDIT_SECONDS = 10
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONPATH": str(SOURCE / "lib"),
    "SECRET_KEY": "for the tests only",
    "DEBUG": "1",
    "DJANGO_ALLOWED_HOSTS": "127.0.0.1",
    "SITE_URL": "http://127.0.0.1",
    "SQL_ENGINE": "django.db.backends.sqlite3",
    "SQL_DATABASE": ":memory:",
    "ELASTIC_HOSTNAME": "127.0.0.1",
    "ELASTIC_PORT": "9",
    "ELASTIC_USER": "app",
    "ELASTIC_PASSWORD": "for the tests only",
}


class Site:
    def __init__(self, folder, port):
        self.app = folder / "app"
        self.url = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            [sys.executable, folder / "dev" / "live.py", str(port)],
            cwd=self.app,
            env=ENVIRONMENT,
        )

    def get(self, path="/"):
        """Status and text of an answer; a port that is closed is an error."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=15) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def wait_for(self, status, text, path="/"):
        """Asks until the answer comes; a timeout or a closed port before that is an error."""
        begin = time.monotonic()
        while time.monotonic() - begin < EDIT_SECONDS:
            answer = self.get(path)
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
def site(tmp_path, free_port):
    for folder in ("app", "dev"):
        shutil.copytree(SOURCE / folder, tmp_path / folder)
    site = Site(tmp_path, free_port)
    begin = time.monotonic()
    while True:
        try:
            site.get("/livez")
            break
        except OSError:
            assert time.monotonic() - begin < 30
            time.sleep(0.1)
    site.wait_for(200, "Search is unavailable at the moment")
    yield site
    site.process.send_signal(signal.SIGTERM)
    assert site.process.wait(10) == 0


def test_an_edit_of_a_view_is_served(site):
    site.replace("projects/views.py", '"q": q,', '"q": q + " edited",')
    site.wait_for(200, 'value=" edited"')


def test_an_edit_of_a_template_is_served(site):
    site.replace("projects/templates/base.html", "made up", "invented")
    site.wait_for(200, "are invented")


def test_a_static_file_is_served_as_it_is(site):
    site.replace("projects/static/projects/site.css", "--ink:", "--edited:")
    site.wait_for(200, "--edited:", "/static/projects/site.css")


@pytest.mark.parametrize(
    "file",
    [
        "projects/views.py",
        "coped/urls.py",
        "projects/models.py",
        "coped/settings.py",
        "coped/middleware.py",
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
    site.wait_for(200, "Search is unavailable at the moment")


def test_one_error_may_follow_another(site):
    path = site.app / "projects/views.py"
    whole = path.read_text()
    path.write_text("import nothing_of_this_name\n" + whole)
    site.wait_for(500, "nothing_of_this_name")
    path.write_text("1 / 0\n" + whole)
    site.wait_for(500, "ZeroDivisionError")
    path.write_text("raise SystemExit(0)\n" + whole)
    site.wait_for(500, "SystemExit")
    path.write_text(whole)
    site.wait_for(200, "Search is unavailable at the moment")


def test_a_missing_module_is_noticed_when_it_comes(site):
    site.replace("projects/views.py", "LONGEST_QUERY = 200", "import projects.limits")
    site.wait_for(500, "projects.limits")
    (site.app / "projects/limits.py").touch()
    site.wait_for(500, "LONGEST_QUERY")
    site.replace("projects/views.py", "import projects.limits", "LONGEST_QUERY = 200")
    site.wait_for(200, "Search is unavailable at the moment")


def test_a_failing_check_is_shown_until_it_is_mended(site):
    path = site.app / "projects/models.py"
    whole = path.read_text()
    path.write_text(whole.replace("max_length=100", 'max_length="x"'))
    site.wait_for(500, "SystemCheckError")
    path.write_text(whole)
    site.wait_for(200, "Search is unavailable at the moment")


def test_an_older_file_put_back_is_noticed(site):
    path = site.app / "projects/views.py"
    backup = path.with_suffix(".bak")
    shutil.copy2(path, backup)
    path.write_text("broken(")
    site.wait_for(500, "SyntaxError")
    backup.replace(path)
    site.wait_for(200, "Search is unavailable at the moment")
