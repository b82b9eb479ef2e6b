"""Runs what asks the application something, and what it must not do meanwhile, in a process of its own.

Settings are loaded once in a process, so each question has a new one, with variables of its own.
"""

import importlib
import multiprocessing
import os
import socket
import sys
import tempfile
import traceback
from contextlib import contextmanager
from pathlib import Path

ANSWERS_WITHIN_SECONDS = 120
FORK = multiprocessing.get_context("fork")


class Failed(str):
    """Why there is no answer, in one line."""

    __slots__ = ()


def ask(question, variables, *arguments):
    """The answer of a function that runs in a process with these variables, or why there is none."""
    receiver, sender = FORK.Pipe(duplex=False)
    process = FORK.Process(target=answer, args=(sender, question, variables, arguments))
    process.start()
    sender.close()
    try:
        if receiver.poll(ANSWERS_WITHIN_SECONDS):
            return receiver.recv()
        return Failed(f"no answer within {ANSWERS_WITHIN_SECONDS} s")
    except EOFError:
        return Failed("the process ended without an answer")
    finally:
        process.kill()
        process.join()


def answer(sender, question, variables, arguments):
    os.environ.clear()
    os.environ.update(variables)
    # As manage.py has it.
    sys.path[0] = str(Path.cwd())
    nowhere = os.open(os.devnull, os.O_WRONLY)
    # What the application says is not the answer.
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    try:
        result = question(*arguments)
    except BaseException as error:  # noqa: BLE001 - whatever is wrong with the application
        result = Failed(reason(error))
    sender.send(result)


def reason(error):
    """One line, with the place in the application if the error comes from there."""
    place = where(traceback.extract_tb(error.__traceback__))
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return text if place is None else f"{text} ({place})"


def where(frames):
    """The innermost line of the application among the frames."""
    app = f"{Path.cwd()}/"
    lines = [
        f"{frame.filename.removeprefix(app)}, line {frame.lineno}"
        for frame in frames
        if frame.filename.startswith(app)
    ]
    return lines[-1] if lines else None


def load():
    """What every process of Django does first: the settings, the models, AppConfig.ready()."""
    importlib.import_module(os.environ["DJANGO_SETTINGS_MODULE"])
    import django

    django.setup()


def watched_variables():
    """The names of the variables that are read from now on."""
    names = set()
    of_mapping = type(os.environ).__getitem__

    def read(self, name):
        names.add(name)
        return of_mapping(self, name)

    type(os.environ).__getitem__ = read
    return names


def watched_writes():
    """What is written from now on, but for temporary files and uploads of visitors."""
    paths = {}
    folders = [tempfile.gettempdir(), os.environ.get("MEDIA_ROOT"), "/dev", "/proc"]
    allowed = tuple(f"{folder}/" for folder in folders if folder)
    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT

    def watch(event, arguments):
        if event == "open":
            path, _, flags = arguments
            writes = bool(flags & writing)
        else:
            writes = event in ("os.mkdir", "os.rename", "os.remove")
            path = arguments[0] if writes else None
        if not writes or isinstance(path, int):
            return
        path = os.path.abspath(os.fsdecode(path))
        if not path.startswith(allowed) and path not in paths:
            paths[path] = where(traceback.extract_stack())

    sys.addaudithook(watch)
    return paths


class Connected(BaseException):
    """Not an Exception, so that the application cannot catch it."""


@contextmanager
def replaced(owner, name, value):
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


@contextmanager
def database_must_not_be_used():
    from django.db.backends.base.base import BaseDatabaseWrapper

    def connect(self):
        raise Connected(f"a query to the database {self.alias!r}")

    with replaced(BaseDatabaseWrapper, "connect", connect):
        yield


@contextmanager
def database_is_down():
    from django.db import OperationalError, connections
    from django.db.backends.base.base import BaseDatabaseWrapper

    def connect(self):
        raise OperationalError("the database is down")

    connections.close_all()
    with replaced(BaseDatabaseWrapper, "connect", connect):
        yield


@contextmanager
def network_is_down():
    """All but Postgres: its driver connects by itself, and looks only the address up as everybody does."""

    def connect(*_, **__):
        raise ConnectionRefusedError("there is no network")

    with (
        replaced(socket.socket, "connect", connect),
        replaced(socket.socket, "connect_ex", connect),
    ):
        yield
