"""The check of the contract finds nothing in a project that keeps to it, and each mistake in one that does not."""

import json
import subprocess
import sys

import pytest
from contract_project import ALL, ONE, QUESTION, SOURCE, Project

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
