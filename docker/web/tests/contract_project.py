"""A small project that keeps to the contract, as a folder, and the question that the check of the contract gets."""

import json
import os
import subprocess
import sys
from pathlib import Path

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
