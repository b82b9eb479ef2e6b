import os
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from contract import environment

APP = Path(__file__).parents[1]
LIBRARY = Path(environment.__file__).parents[1]
COMPLETE = {
    "SECRET_KEY": "not secret",
    "DEBUG": "0",
    "DJANGO_ALLOWED_HOSTS": "coped.example.org localhost",
    "SITE_URL": "https://coped.example.org",
    "SQL_DATABASE": "coped",
    "SQL_USER": "app",
    "SQL_PASSWORD": "hunter2",
    "SQL_HOST": "postgres",
    "SQL_PORT": "5432",
    "ELASTIC_HOSTNAME": "elasticsearch",
    "ELASTIC_PORT": "9200",
    "ELASTIC_USER": "app",
    "ELASTIC_PASSWORD": "hunter3",
}


def load(environment, expression="None"):
    """Loads the settings in a process of its own."""
    kept = {name: os.environ[name] for name in ("PATH",) if name in os.environ}
    return subprocess.run(
        [
            sys.executable,
            "-B",
            "-c",
            f"from coped import settings as s; print({expression})",
        ],
        cwd=APP,
        env=kept | {"PYTHONPATH": str(LIBRARY)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def value_of(expression, environment):
    done = load(environment, expression)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("name", COMPLETE)
def test_every_required_setting_is_asked_for_by_name(name):
    done = load({key: value for key, value in COMPLETE.items() if key != name})
    assert done.returncode != 0
    assert f"{name} is not set, expected {name} or {name}_FILE" in done.stderr


@pytest.mark.parametrize("name", COMPLETE)
def test_every_setting_can_come_from_a_file(name, tmp_path):
    file = tmp_path / "value"
    file.write_text(COMPLETE[name] + "\n")
    rest = {key: value for key, value in COMPLETE.items() if key != name}
    expression = "repr((s.SECRET_KEY, s.DEBUG, s.ALLOWED_HOSTS, s.SITE_URL, s.DATABASES, s.ELASTIC_HOSTNAME, s.ELASTIC_PORT, s.ELASTIC_USER, s.ELASTIC_PASSWORD))"
    assert value_of(expression, rest | {f"{name}_FILE": str(file)}) == value_of(
        expression, COMPLETE
    )


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("DEBUG", "true", "DEBUG is 'true', expected one of 0, 1"),
        ("DEBUG", "", "DEBUG is empty, expected a value"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL is 'loud', expected one of DEBUG, INFO"),
        ("SQL_PORT", "65536", "SQL_PORT is '65536', expected 1 to 65535"),
        ("ELASTIC_PORT", "http", "ELASTIC_PORT is 'http', expected 1 to 65535"),
        ("SQL_ENGINE", "mysql", "SQL_ENGINE is 'mysql', expected one of django.db"),
        (
            "SITE_URL",
            "coped.example.org",
            "SITE_URL is 'coped.example.org', expected http",
        ),
        ("SITE_URL", "https://a.org/", "SITE_URL is 'https://a.org/', expected http"),
        ("SECRET_KEY", "", "SECRET_KEY is empty, expected a value"),
        ("ELASTIC_CA_FILE", "/nowhere", "ELASTIC_CA_FILE is '/nowhere', expected"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(name, value, message):
    done = load(COMPLETE | {name: value})
    assert done.returncode != 0
    assert message in done.stderr


def test_errors_never_quote_a_secret(tmp_path):
    file = tmp_path / "value"
    file.write_bytes(b"hunter2\xff")
    both = load(COMPLETE | {"SQL_PASSWORD_FILE": str(file)})
    binary = load(
        {key: value for key, value in COMPLETE.items() if key != "SQL_PASSWORD"}
        | {"SQL_PASSWORD_FILE": str(file)}
    )
    for done in (both, binary):
        assert "ImproperlyConfigured: SQL_PASSWORD" in done.stderr
        assert "hunter" not in done.stderr


def test_hosts_are_separated_by_spaces():
    assert value_of("s.ALLOWED_HOSTS", COMPLETE) == "['coped.example.org', 'localhost']"


def test_https_makes_cookies_secure_and_redirects():
    names = "(s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS, s.CSRF_COOKIE_SECURE, s.SESSION_COOKIE_SECURE, s.SECURE_PROXY_SSL_HEADER)"
    assert (
        value_of(names, COMPLETE)
        == "(True, 3600, True, True, ('HTTP_X_FORWARDED_PROTO', 'https'))"
    )
    assert value_of("s.CSRF_TRUSTED_ORIGINS", COMPLETE) == (
        "['https://coped.example.org']"
    )


def test_plain_http_does_not():
    plain = COMPLETE | {"SITE_URL": "http://localhost:1337"}
    assert value_of("hasattr(s, 'SECURE_SSL_REDIRECT')", plain) == "False"
    assert value_of("hasattr(s, 'SECURE_PROXY_SSL_HEADER')", plain) == "False"


def test_sqlite_needs_no_server():
    absent = ("SQL_USER", "SQL_PASSWORD", "SQL_HOST", "SQL_PORT")
    rest = {key: value for key, value in COMPLETE.items() if key not in absent}
    sqlite = rest | {"SQL_ENGINE": "django.db.backends.sqlite3"}
    assert value_of("list(s.DATABASES['default'])", sqlite) == "['ENGINE', 'NAME']"


def test_the_certificates_of_public_services_can_be_verified():
    paths = ssl.get_default_verify_paths()
    assert paths.cafile or any(Path(paths.capath or "/nonexistent").glob("*.0"))
