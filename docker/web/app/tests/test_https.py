"""Requests that come over HTTP from a proxy, to a site that visitors reach by HTTPS and by two names."""

import pytest
from django.test import Client

HOSTS = ["coped.example.org", "www.coped.example.org"]
TOKEN = "x" * 32


@pytest.fixture
def behind_a_proxy(settings):
    settings.ALLOWED_HOSTS = HOSTS
    settings.CSRF_TRUSTED_ORIGINS = ["https://coped.example.org"]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_SSL_REDIRECT = True


def post(host, origin, proto="https"):
    client = Client(enforce_csrf_checks=True)
    client.cookies["csrftoken"] = TOKEN
    headers = {"Host": host, "Origin": origin, "X-Forwarded-Proto": proto}
    return client.post("/", {"csrfmiddlewaretoken": TOKEN}, headers=headers)


@pytest.mark.parametrize("host", HOSTS)
def test_a_form_is_taken_on_every_host_from_its_own_pages(behind_a_proxy, host):
    # The site has no form: what passes the check is refused for its method only.
    assert post(host, f"https://{host}").status_code == 405
    assert post(host, "https://other.example.org").status_code == 403


def test_another_host_is_none_of_the_site(behind_a_proxy):
    assert post("10.0.0.1", "https://10.0.0.1").status_code == 400


def test_what_a_proxy_calls_http_is_redirected_on_the_same_host(behind_a_proxy):
    answer = post(HOSTS[1], f"https://{HOSTS[1]}", proto="http")
    assert (answer.status_code, answer["Location"]) == (
        301,
        "https://www.coped.example.org/",
    )
