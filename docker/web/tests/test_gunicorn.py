import runpy
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest
from conftest import SOURCE


@pytest.fixture
def start(folder, variables, free_port):
    """Starts Gunicorn; the functions that come back ask it, and say how it ended."""
    processes = []

    def start(**more):
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--config", SOURCE / "gunicorn.conf.py"]
            + ["--bind", f"127.0.0.1:{free_port}", "--workers", "1"],
            cwd=folder / "app",
            env=variables | more,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def answer(process, port, headers=()):
    request = urllib.request.Request(f"http://127.0.0.1:{port}/", headers=dict(headers))
    end = time.monotonic() + 30
    while True:
        try:
            return urllib.request.urlopen(request, timeout=10)
        except urllib.error.HTTPError:
            raise
        except OSError:
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < end
            time.sleep(0.05)


def test_it_serves_the_application_that_the_settings_name(start, free_port):
    with answer(start(), free_port) as page:
        assert page.headers["X-Served-By"] == "config.serving"
        assert "Hello" in page.read().decode()


def test_it_serves_settings_that_name_none(start, free_port, folder):
    file = folder / "app/config/settings/production.py"
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(x for x in lines if "WSGI_APPLICATION" not in x))
    with answer(start(), free_port) as page:
        assert page.headers["X-Served-By"] is None
        assert "Hello" in page.read().decode()


def test_it_takes_40_kb_of_cookies(start, free_port):
    with answer(start(), free_port, {"Cookie": "a=" + "b" * 40_000}) as page:
        assert page.status == 200


@pytest.mark.parametrize("ipv6, bind", [(True, "[::]:8000"), (False, "0.0.0.0:8000")])
def test_it_listens_to_every_address_that_the_kernel_knows(monkeypatch, ipv6, bind):
    monkeypatch.setattr(socket, "has_dualstack_ipv6", lambda: ipv6)
    assert runpy.run_path(SOURCE / "gunicorn.conf.py")["bind"] == bind


def test_it_says_so_when_the_application_does_not_load(start):
    process = start(DJANGO_SETTINGS_MODULE="config.settings.of_nobody")
    assert process.wait(30) != 0
    assert "No module named 'config.settings.of_nobody'" in process.stderr.read()
