"""The check of the contract finds nothing in a project that keeps to it, and each mistake in one that does not."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1]

PROJECT = {
    "manage.py": """
import sys
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
""",
    "shop/__init__.py": "",
    "shop/settings.py": """
import os
from contract import environment

SECRET_KEY = environment.text("SECRET_KEY")
DEBUG = environment.choice("DEBUG", ("0", "1")) == "1"
SITE_URL = environment.origin("SITE_URL")
ALLOWED_HOSTS = environment.text("DJANGO_ALLOWED_HOSTS").split()
ROOT_URLCONF = "shop.urls"
INSTALLED_APPS = ["django.contrib.staticfiles", "shop"]
MIDDLEWARE = ["contract.middleware.health", "django.middleware.security.SecurityMiddleware"]
DATABASES = {
    "default": {
        "ENGINE": os.environ.get("SQL_ENGINE", "django.db.backends.postgresql"),
        "NAME": environment.text("SQL_DATABASE"),
        "USER": environment.text("SQL_USER"),
        "PASSWORD": environment.text("SQL_PASSWORD"),
        "HOST": environment.text("SQL_HOST"),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
}
if "SQL_ENGINE" not in os.environ:
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 3,
        "target_session_attrs": "read-write",
        "keepalives_idle": 5,
        "tcp_user_timeout": 10_000,
    }
STATIC_URL = "static/"
STATIC_ROOT = environment.text("STATIC_ROOT", default="/srv/coped/static")
STORAGES = {
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    }
}
CSRF_TRUSTED_ORIGINS = [SITE_URL]
if SITE_URL.startswith("https:"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_SECURE = True
""",
    "shop/apps.py": """
from django.apps import AppConfig

class Shop(AppConfig):
    name = "shop"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        pass
""",
    "shop/models.py": """
from django.db import models

class Page(models.Model):
    id = models.BigAutoField(primary_key=True)
    slug = models.SlugField()
""",
    "shop/middleware.py": """
import socket
from django.db import connection
from django.http import HttpResponse

def asks_the_database(get_response):
    def middleware(request):
        connection.ensure_connection()
        return get_response(request)
    return middleware

def is_always_ready(get_response):
    return lambda request: HttpResponse("ok")

def asks_the_search(get_response):
    def middleware(request):
        if request.path == "/readyz":
            socket.create_connection(("127.0.0.1", 9200))
        return get_response(request)
    return middleware
""",
    # It hides the mistake, as an application does that must start on an empty database.
    "shop/pages.py": """
from shop.models import Page

try:
    PAGES = list(Page.objects.all())
except Exception:
    PAGES = []
""",
    "shop/urls.py": """
from django.http import HttpResponse
from django.urls import path

urlpatterns = [path("", lambda request: HttpResponse("a page"))]
""",
    "shop/migrations/__init__.py": "",
    "shop/migrations/0001_initial.py": """
from django.db import migrations, models

fields = [
    ("id", models.BigAutoField(primary_key=True, serialize=False)),
    ("slug", models.SlugField()),
]

class Migration(migrations.Migration):
    initial = True
    operations = [migrations.CreateModel("Page", fields)]
""",
    "shop/static/shop/site.css": "body { color: black; }",
    "shop/management/__init__.py": "",
    "shop/management/commands/__init__.py": "",
    "shop/management/commands/check_shop.py": """
import json
from django.core.management.base import BaseCommand, CommandError

class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true")

    def handle(self, **options):
        self.stdout.write(json.dumps({"index": "coped-pages-1"}))
        raise CommandError("it differs", returncode=1)
""",
}

CREDENTIALS = {"SECRET_KEY_FILE": "key", "SQL_PASSWORD_FILE": "password"}
COMMAND = ["check_shop", "--json"]
QUESTION = {
    "required": [
        "DEBUG",
        "DJANGO_ALLOWED_HOSTS",
        "SITE_URL",
        "SECRET_KEY_FILE",
        "SQL_HOST",
        "SQL_DATABASE",
        "SQL_USER",
        "SQL_PASSWORD_FILE",
        "ELASTIC_HOSTNAME",
    ],
    "production": {
        "DEBUG": "0",
        "DJANGO_ALLOWED_HOSTS": "shop.example.org",
        "SITE_URL": "https://shop.example.org",
        "PGSSLMODE": "verify-full",
        **dict.fromkeys(CREDENTIALS),
    },
    "build": {
        "DEBUG": "0",
        "DJANGO_ALLOWED_HOSTS": "none",
        "SITE_URL": "https://none",
        "SECRET_KEY": "none",
        "SQL_HOST": "none",
        "SQL_DATABASE": "none",
        "SQL_USER": "none",
        "SQL_PASSWORD": "none",
        "SQL_ENGINE": "django.db.backends.sqlite3",
        "STATIC_ROOT": "/srv/coped/static",
    },
    "commands": {"checks.shop": COMMAND, "searchIndex.check": COMMAND},
    "checks": {"checks.shop": COMMAND},
    "searchIndex": COMMAND,
}
POINTS = [
    "settings",
    "import",
    "probes",
    "databases",
    "hosts",
    "https",
    "static",
    "migrations",
    "files",
    "commands",
    "exit codes",
    "index",
]
PROGRAM = """
import check_application, json, sys
question = json.load(sys.stdin)
print(json.dumps({}))
"""
ALL = "list(check_application.check(question))"
ONE = "check_application.points(question)[sys.argv[1]]()"


class Project:
    def __init__(self, folder):
        self.app = folder / "app"
        for name, text in PROJECT.items():
            self.write(name, text)
        self.variables = {
            "PATH": os.environ["PATH"],
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": f"{SOURCE / 'dev'}:{SOURCE / 'lib'}",
            "DJANGO_SETTINGS_MODULE": "shop.settings",
            "DEBUG": "1",
            "DJANGO_ALLOWED_HOSTS": "localhost",
            "SITE_URL": "http://localhost:8000",
            "SQL_ENGINE": "django.db.backends.sqlite3",
            "SQL_HOST": "none",
            "SQL_DATABASE": "../database",
            "SQL_USER": "none",
            "ELASTIC_HOSTNAME": "none",
            "TMPDIR": str(folder / "tmp"),
        }
        (folder / "tmp").mkdir()
        for name, value in CREDENTIALS.items():
            (folder / value).write_text(value)
            self.variables[name] = str(folder / value)

    def write(self, name, text):
        path = self.app / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def replace(self, name, old, new):
        text = (self.app / name).read_text()
        assert old in text
        self.write(name, text.replace(old, new))

    def evaluate(self, expression, *arguments, question):
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                PROGRAM.format(expression),
                *arguments,
            ],
            cwd=self.app,
            env=self.variables,
            input=json.dumps(question),
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(done.stdout)

    def wrong(self, point, question=QUESTION):
        """What is wrong with a point."""
        return self.evaluate(ONE, point, question=question)[1]


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def test_nothing_is_wrong_with_a_project_that_keeps_to_the_contract(project):
    found = project.evaluate(ALL, question=QUESTION)
    assert [each["point"] for each in found] == POINTS
    assert [each for each in found if each["wrong"]] == []
    assert found[0]["found"].startswith("8 are read")
    assert found[-1]["found"] == "coped-pages-1"


def test_the_program_reads_the_question_and_prints_the_points(project):
    done = subprocess.run(
        [sys.executable, SOURCE / "dev" / "check_application.py"],
        cwd=project.app,
        env=project.variables,
        input=json.dumps(QUESTION),
        capture_output=True,
        text=True,
        check=True,
    )
    assert [each["point"] for each in json.loads(done.stdout)] == POINTS


def test_without_settings_there_is_nothing_else_to_ask(project):
    project.replace("shop/settings.py", "import os", "import nowhere")
    [only] = project.evaluate(ALL, question=QUESTION)
    assert only["wrong"] == [
        "ModuleNotFoundError: No module named 'nowhere' (shop/settings.py, line 2)"
    ]


def test_an_application_without_an_index_is_not_asked_about_one(project):
    found = project.evaluate(ALL, question=QUESTION | {"searchIndex": None})
    assert [each["point"] for each in found] == POINTS[:-1]


SETTINGS = "shop/settings.py"
HEALTH = '"contract.middleware.health", '
COMMAND_FILE = "shop/management/commands/check_shop.py"
PAGE = 'HttpResponse("a page")'


@pytest.mark.parametrize(
    ("point", "file", "old", "new", "says"),
    [
        (
            "settings",
            SETTINGS,
            'environment.text("SECRET_KEY")',
            'environment.text("SECRET_KEY", default="secret")',
            "without SECRET_KEY_FILE it starts",
        ),
        (
            "settings",
            SETTINGS,
            'environment.text("SQL_USER")',
            '"postgres"',
            "SQL_USER is not read",
        ),
        (
            "settings",
            SETTINGS,
            'environment.text("SQL_USER")',
            'os.environ.get("SQL_USER") or exit("no user")',
            "without SQL_USER it says only: SystemExit: no user",
        ),
        (
            "import",
            "shop/apps.py",
            "pass",
            "from shop.models import Page; Page.objects.count()",
            "a query to the database 'default' (shop/apps.py, line 9)",
        ),
        (
            "import",
            "shop/apps.py",
            "pass",
            "from shop import pages",
            "a query to the database 'default' (shop/pages.py, line 5)",
        ),
        (
            "import",
            "shop/urls.py",
            "urlpatterns",
            "import nowhere; urlpatterns",
            "the URLconf cannot be imported: ModuleNotFoundError: No module named 'nowhere'",
        ),
        ("probes", SETTINGS, HEALTH, "", "/livez answers 301 by HTTP, expected 200"),
        (
            "probes",
            SETTINGS,
            HEALTH,
            f'"shop.middleware.asks_the_database", {HEALTH}',
            "/livez answers 500 without the database, expected 200",
        ),
        (
            "probes",
            SETTINGS,
            HEALTH,
            f'"shop.middleware.asks_the_search", {HEALTH}',
            "/readyz answers 500 by HTTP, with Postgres and nothing else, expected 200",
        ),
        (
            "probes",
            SETTINGS,
            HEALTH,
            '"shop.middleware.is_always_ready", ',
            "/readyz answers 200 without the database, expected 503",
        ),
        (
            "databases",
            SETTINGS,
            '"target_session_attrs": "read-write",',
            "",
            "default: no target_session_attrs=read-write",
        ),
        (
            "databases",
            SETTINGS,
            '"connect_timeout": 3,',
            "",
            "default: no connect_timeout",
        ),
        (
            "databases",
            SETTINGS,
            '"keepalives_idle": 5,\n        "tcp_user_timeout": 10_000,',
            "",
            "default: no keepalives_idle and no tcp_user_timeout",
        ),
        (
            "databases",
            SETTINGS,
            '"CONN_HEALTH_CHECKS": True,',
            "",
            "default: connections are kept without CONN_HEALTH_CHECKS",
        ),
        (
            "databases",
            SETTINGS,
            '"connect_timeout": 3,',
            '"connect_timeout": 3, "sslmode": "prefer",',
            "default: sslmode is prefer",
        ),
        (
            "databases",
            SETTINGS,
            "STATIC_URL = ",
            "DATABASES['other'] = DATABASES['default'] | {'OPTIONS': {}}\nSTATIC_URL = ",
            "other: no target_session_attrs=read-write",
        ),
        (
            "databases",
            SETTINGS,
            '"django.db.backends.postgresql"',
            '"django.db.backends.sqlite3"',
            "default: it is not Postgres",
        ),
        (
            "hosts",
            SETTINGS,
            'environment.text("DJANGO_ALLOWED_HOSTS").split()',
            '["*"]',
            "ALLOWED_HOSTS allows every host",
        ),
        (
            "hosts",
            SETTINGS,
            'environment.text("DJANGO_ALLOWED_HOSTS").split()',
            '["localhost"]',
            "'shop.example.org' is not in ALLOWED_HOSTS",
        ),
        (
            "https",
            SETTINGS,
            "[SITE_URL]",
            "[]",
            "CSRF_TRUSTED_ORIGINS does not have https://shop.example.org",
        ),
        (
            "https",
            SETTINGS,
            "HTTP_X_FORWARDED_PROTO",
            "HTTP_X_SCHEME",
            "SECURE_PROXY_SSL_HEADER is ('HTTP_X_SCHEME', 'https')",
        ),
        (
            "https",
            SETTINGS,
            "SESSION_COOKIE_SECURE = True",
            "pass",
            "SESSION_COOKIE_SECURE is not True",
        ),
        (
            "static",
            "shop/static/shop/site.css",
            "black",
            "url(lost.png)",
            "ValueError: The file 'shop/lost.png' could not be found",
        ),
        (
            "static",
            SETTINGS,
            'environment.text("STATIC_ROOT", default="/srv/coped/static")',
            '"/srv/static"',
            "STATIC_ROOT is '/srv/static'",
        ),
        (
            "static",
            "shop/apps.py",
            "pass",
            "from shop.models import Page; Page.objects.count()",
            "a query to the database 'default' (shop/apps.py, line 9)",
        ),
        (
            "migrations",
            "shop/models.py",
            "slug = ",
            "title = models.TextField(default='')\n    slug = ",
            "Add field title to page",
        ),
        (
            "files",
            "shop/urls.py",
            PAGE,
            f'open("visits", "a") and {PAGE}',
            "app/visits (shop/urls.py, line 5)",
        ),
        (
            "files",
            "shop/apps.py",
            "pass",
            'import os; os.makedirs("cache")',
            "app/cache (shop/apps.py, line 9)",
        ),
        (
            "exit codes",
            COMMAND_FILE,
            "returncode=1",
            "returncode=3",
            "checks.shop: the exit code is 3, expected 0 or 1: CommandError: it differs",
        ),
        (
            "exit codes",
            COMMAND_FILE,
            'self.stdout.write(json.dumps({"index": "coped-pages-1"}))',
            "pass",
            "checks.shop: it says nothing to standard output: CommandError: it differs",
        ),
        (
            "index",
            COMMAND_FILE,
            "coped-pages-1",
            "pages",
            "the index is called 'pages'",
        ),
        (
            "index",
            COMMAND_FILE,
            'json.dumps({"index": "coped-pages-1"})',
            '"all is well"',
            "check_shop gives no JSON with the index: JSONDecodeError",
        ),
    ],
)
def test_a_mistake_is_found(project, point, file, old, new, says):
    project.replace(file, old, new)
    assert says in "\n".join(project.wrong(point))


def test_uploads_are_written_where_they_belong(project):
    project.replace("shop/urls.py", PAGE, f'open("picture", "a") and {PAGE}')
    project.variables["MEDIA_ROOT"] = str(project.app)
    assert project.wrong("files") == []


def test_a_query_that_the_urlconf_makes_is_said_and_is_right(project):
    project.replace(
        "shop/urls.py",
        "urlpatterns",
        "from shop.models import Page; Page.objects.count(); urlpatterns",
    )
    found, wrong = project.evaluate(ONE, "import", question=QUESTION)
    assert (found.split("; ")[1], wrong) == (
        "the URLconf makes one, and it may",
        [],
    )


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (["check_shop", "--xml"], "check_shop does not take ['--xml']"),
        (["check_all"], "there is no command 'check_all'"),
    ],
)
def test_a_command_that_the_project_does_not_have_is_found(project, command, says):
    [wrong] = project.wrong("commands", QUESTION | {"commands": {"a": command}})
    assert wrong.startswith(f"a: {says}")
