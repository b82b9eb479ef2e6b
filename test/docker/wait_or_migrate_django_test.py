"""What is waited for and migrated with the real Django, by the commands of dist/."""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from threading import Timer

import yaml
from program import DOCKER

PROGRAM = DOCKER.parent / "charts/configuration/wait_or_migrate.py"

APPLICATION = {
    "manage.py": """
import os, sys
from django.core.management import execute_from_command_line
os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"
execute_from_command_line(sys.argv)
""",
    "shop/__init__.py": "",
    "shop/settings.py": """
ROOT_URLCONF = "shop.urls"
INSTALLED_APPS = ["shop"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "database"}}
""",
    "shop/models.py": """
from django.db import models
class Page(models.Model):
    id = models.BigAutoField(primary_key=True)
    slug = models.SlugField()
""",
    "shop/urls.py": """
from django.urls import path
from shop.models import Page
urlpatterns = [path(page.slug, None) for page in Page.objects.all()]
""",
    "shop/migrations/__init__.py": "",
    "shop/migrations/0001_initial.py": """
from django.db import migrations, models
fields = [("id", models.BigAutoField(primary_key=True)), ("slug", models.SlugField())]
class Migration(migrations.Migration):
    operations = [migrations.CreateModel("Page", fields)]
""",
}


class ApplicationThatReadsATableAtImport(unittest.TestCase):
    """Its URLconf cannot be imported before the migrations."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        for name, text in APPLICATION.items():
            self.write(name, text)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def start(self, *command):
        process = subprocess.Popen(
            [sys.executable, "manage.py", *command],
            cwd=self.folder,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        # A gate that waits for ever ends the test, too.
        end = Timer(60, process.kill)
        end.start()
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        self.addCleanup(end.cancel)
        return process

    def run_to_its_end(self, *command):
        """The exit code, and what was said to standard output and standard error."""
        process = self.start(*command)
        output, errors = process.communicate()
        return process.returncode, output, errors

    def command_of(self, file, name):
        """What the init container of web gives to manage.py."""
        manifests = yaml.safe_load_all((DOCKER.parent / "dist" / file).read_text())
        [web] = [each for each in manifests if each["kind"] == "Deployment"]
        containers = web["spec"]["template"]["spec"]["initContainers"]
        [command] = [each["command"] for each in containers if each["name"] == name]
        self.assertEqual(command[:2], ["python", "manage.py"])
        return [
            str(PROGRAM.parent) if each == "/run/migrate" else each
            for each in command[2:]
        ]

    def test_it_comes_through_the_gates_and_the_migration(self):
        self.assertIn("no such table: shop_page", self.run_to_its_end("check")[2])
        for file, name, said in (
            ("50-web.yaml", "wait-for-postgres", "Postgres accepts the connection"),
            ("50-web.yaml", "migrate", "Applying shop.0001_initial... OK"),
            (
                "production/50-web.yaml",
                "wait-for-migrations",
                "no migration is pending",
            ),
        ):
            code, output, errors = self.run_to_its_end(*self.command_of(file, name))
            self.assertEqual((code, errors), (0, ""))
            self.assertIn(said, output)
        self.assertEqual(self.run_to_its_end("check")[0], 0)

    def test_it_waits_for_a_migration_that_is_pending(self):
        gate = self.command_of("production/50-web.yaml", "wait-for-migrations")
        process = self.start(*gate)
        self.assertEqual(
            process.stdout.readline(),
            "waiting until the database is migrated: 1 pending, the first is shop.0001_initial\n",
        )
        self.assertEqual(self.run_to_its_end("migrate", "--skip-checks")[0], 0)
        self.assertEqual(process.stdout.readline(), "no migration is pending\n")
        self.assertEqual(process.wait(), 0)

    def test_what_is_broken_ends_each_of_them_with_its_reason(self):
        settings = APPLICATION["shop/settings.py"]
        for text, reason in (
            ("import nowhere", "ModuleNotFoundError: No module named 'nowhere'"),
            (settings.replace('["shop"]', '["nowhere"]'), "No module named 'nowhere'"),
        ):
            self.write("shop/settings.py", text)
            for file, name in (
                ("50-web.yaml", "wait-for-postgres"),
                ("50-web.yaml", "migrate"),
                ("production/50-web.yaml", "wait-for-migrations"),
            ):
                code, output, errors = self.run_to_its_end(*self.command_of(file, name))
                self.assertEqual((code, output), (1, ""))
                self.assertIn(reason, errors.splitlines()[-1])


if __name__ == "__main__":
    unittest.main()
