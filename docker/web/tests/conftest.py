"""Tests of what docker/web offers to every project, with a small project of another layout than the stand-in."""

import os
import shutil
import socket
from pathlib import Path

import django
import pytest
from django.conf import settings

SOURCE = Path(__file__).parents[1]

settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
)
django.setup()


@pytest.fixture
def folder(tmp_path):
    """What /srv/coped is in the pod of dev, with the small project."""
    for name in ("dev", "lib"):
        shutil.copytree(SOURCE / name, tmp_path / name)
    shutil.copytree(SOURCE / "tests" / "site", tmp_path / "app")
    return tmp_path


@pytest.fixture
def variables(folder):
    """The variables of its processes."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(folder / "lib"),
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
        "SECRET_KEY": "for the tests only",
        "DEBUG": "1",
    }


@pytest.fixture
def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]
