import pytest
from django.db import OperationalError, connection
from django.test import RequestFactory

from contract.middleware import health


@pytest.fixture
def ask():
    """Status and text of an answer; what is no probe gets the page of the site."""
    answer = health(lambda request: "the page of the site")

    def ask(path):
        response = answer(RequestFactory().get(path, headers={"Host": "10.0.0.7"}))
        if isinstance(response, str):
            return response
        return response.status_code, response.content.decode()

    return ask


def test_every_other_path_is_the_site_s(ask):
    assert ask("/") == "the page of the site"
    assert ask("/livez/") == "the page of the site"


def test_readiness_follows_the_database_and_liveness_asks_nobody(ask, monkeypatch):
    assert ask("/readyz") == (200, "ok")
    assert ask("/livez") == (200, "ok")

    def down():
        raise OperationalError("connection refused")

    monkeypatch.setattr(connection, "cursor", down)
    assert ask("/readyz") == (503, "database")
    assert ask("/livez") == (200, "ok")
