import io
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.management import call_command

from projects import comparison, elastic, index
from projects.rebuild import rebuild
from tests.fake_elasticsearch import FakeElasticsearch


@pytest.fixture(autouse=True)
def fresh_client():
    """Each test reads the settings of its own Elasticsearch."""
    elastic.client.cache_clear()
    yield
    elastic.client.cache_clear()


@pytest.fixture
def elasticsearch(settings):
    fake = FakeElasticsearch()
    settings.ELASTIC_PORT = fake.port
    yield fake
    fake.server.shutdown()
    fake.server.server_close()


@pytest.fixture
def no_elasticsearch(settings, free_port):
    settings.ELASTIC_PORT = free_port


@pytest.fixture
def free_port():
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.server_close()
    return server.server_port


@pytest.fixture
def sample_projects(db):
    call_command("load_sample_projects", stdout=io.StringIO())


@pytest.fixture
def indexed_projects(sample_projects, elasticsearch):
    rebuild(say=lambda line: None)
    elasticsearch.requests.clear()
    return elasticsearch


@pytest.fixture
def another_mapping(monkeypatch):
    mappings = index.MAPPINGS | {"_meta": {"edition": 2}}
    monkeypatch.setattr(index, "MAPPINGS", mappings)


@pytest.fixture
def clock(monkeypatch):
    """Every index gets its own second in its name; differences are not waited for."""
    seconds = iter(range(100))

    class Clock:
        @staticmethod
        def now(_):
            return Clock()

        def __format__(self, _):
            return f"{next(seconds):014}"

    monkeypatch.setattr("projects.rebuild.datetime", Clock)
    compare = comparison.differences
    monkeypatch.setattr(
        comparison,
        "differences",
        lambda name, ids=None: compare(name, ids, settle_seconds=0),
    )
