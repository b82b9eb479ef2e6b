import os

import pytest
from django.core.exceptions import ImproperlyConfigured

from contract import environment


@pytest.fixture(autouse=True)
def no_settings(monkeypatch):
    """Takes away the settings of the pod in which these tests may run."""
    for name in list(os.environ):
        if name.startswith(("SQL_", "ELASTIC_")):
            monkeypatch.delenv(name)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "value"


def refused(function, *arguments):
    with pytest.raises(ImproperlyConfigured) as refusal:
        function(*arguments)
    return str(refusal.value)


def test_a_setting_is_a_variable_or_the_file_that_one_names(monkeypatch, file):
    monkeypatch.setenv("SQL_HOST", "postgres")
    assert environment.text("SQL_HOST") == "postgres"
    file.write_text(" a b \n")
    monkeypatch.setenv("SQL_PASSWORD_FILE", str(file))
    assert environment.text("SQL_PASSWORD") == " a b "


def test_a_setting_cannot_come_twice(monkeypatch):
    monkeypatch.setenv("SQL_PASSWORD", "hunter2")
    monkeypatch.setenv("SQL_PASSWORD_FILE", "/run/secrets/password")
    message = refused(environment.text, "SQL_PASSWORD")
    assert "SQL_PASSWORD and SQL_PASSWORD_FILE are both set" in message
    assert "hunter2" not in message


def test_a_setting_without_a_default_is_asked_for_by_name():
    message = "SQL_HOST is not set, expected SQL_HOST or SQL_HOST_FILE"
    assert refused(environment.text, "SQL_HOST") == message
    assert environment.text("SQL_HOST", default="postgres") == "postgres"


def test_an_empty_setting_is_refused_unless_that_is_its_default(monkeypatch):
    monkeypatch.setenv("SQL_HOST", "")
    assert (
        refused(environment.text, "SQL_HOST") == "SQL_HOST is empty, expected a value"
    )
    assert environment.text("SQL_HOST", default="") == ""


def test_an_unreadable_file_is_named(monkeypatch):
    monkeypatch.setenv("SQL_PASSWORD_FILE", "/nowhere/password")
    assert "SQL_PASSWORD_FILE is '/nowhere/password'" in refused(
        environment.text, "SQL_PASSWORD"
    )


def test_an_error_never_quotes_what_is_in_a_file(monkeypatch, file):
    file.write_bytes(b"hunter2\xff")
    monkeypatch.setenv("SQL_PASSWORD_FILE", str(file))
    message = refused(environment.text, "SQL_PASSWORD")
    assert "SQL_PASSWORD_FILE" in message
    assert "hunter" not in message


@pytest.mark.parametrize(
    ("function", "value", "expected"),
    [
        ("port", "5432", 5432),
        ("origin", "https://coped.example.org", "https://coped.example.org"),
        ("origin", "http://localhost:8000", "http://localhost:8000"),
        ("file", "/dev/null", "/dev/null"),
    ],
)
def test_a_value_of_the_right_form_is_taken(monkeypatch, function, value, expected):
    monkeypatch.setenv("SETTING", value)
    assert getattr(environment, function)("SETTING") == expected


@pytest.mark.parametrize(
    ("function", "value", "expected"),
    [
        ("port", "0", "1 to 65535"),
        ("port", "65536", "1 to 65535"),
        ("port", "http", "1 to 65535"),
        ("origin", "coped.example.org", "http:// or https:// and a host"),
        ("origin", "https://coped.example.org/", "without a path"),
        ("file", "/nowhere", "a readable file"),
    ],
)
def test_another_is_quoted_with_what_is_expected(
    monkeypatch, function, value, expected
):
    monkeypatch.setenv("SETTING", value)
    message = refused(getattr(environment, function), "SETTING")
    assert message.startswith(f"SETTING is {value!r}, expected ")
    assert expected in message


def test_a_choice_is_one_of_those_that_are_allowed(monkeypatch):
    monkeypatch.setenv("DEBUG", "true")
    message = "DEBUG is 'true', expected one of 0, 1"
    assert refused(environment.choice, "DEBUG", ("0", "1")) == message
    monkeypatch.setenv("DEBUG", "1")
    assert environment.choice("DEBUG", ("0", "1")) == "1"


def test_a_file_may_be_absent():
    assert environment.file("ELASTIC_CA_FILE") is None
