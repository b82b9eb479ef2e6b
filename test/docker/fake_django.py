"""A fake Django for wait_or_migrate.py, and what Postgres says."""

import contextlib
import io
import os
import runpy
import sys
import types
import unittest
from unittest.mock import patch

from program import DOCKER

PROGRAM = DOCKER.parent / "charts/configuration/wait_or_migrate.py"


class OperationalError(Exception):
    pass


class Connections(dict):
    """Django's connections, by alias."""

    def close_all(self):
        for each in self.values():
            each.close()


class FakeDjango(unittest.TestCase):
    """Django's modules as far as the program knows them, and a clock that only sleeping moves."""

    def setUp(self):
        self.output = io.StringIO()
        self.time = 0
        self.open_connections = 0
        self.others = {}

    def call_command(self, *arguments, **options):
        self.fail("nothing here runs a command")

    def sleep(self, seconds):
        self.assertEqual(self.open_connections, 0, "it sleeps with a connection")
        self.time += seconds
        self.assertLess(self.time, 4 * 3600, "it never gives up")

    def close(self):
        self.open_connections = 0

    def call(self, function, *arguments, **options):
        """Returns what is printed."""
        management = types.ModuleType("django.core.management")
        management.call_command = self.call_command
        db = types.ModuleType("django.db")
        db.OperationalError = OperationalError
        db.connections = Connections(default=self, **self.others)
        executor = types.ModuleType("django.db.migrations.executor")
        executor.MigrationExecutor = self.executor
        modules = {each.__name__: each for each in (management, db, executor)}
        clock = patch.multiple("time", sleep=self.sleep, monotonic=lambda: self.time)
        with (
            patch.dict(sys.modules, modules),
            patch.dict(os.environ),
            clock,
            contextlib.redirect_stdout(self.output),
        ):
            runpy.run_path(str(PROGRAM))[function](*arguments, **options)
        return self.output.getvalue()

    def executor(self, connection):
        self.fail("nothing here looks at migrations")


def refused(why):
    return OperationalError(
        f'connection failed: connection to server at "postgres", port 5432 failed: {why}'
    )
