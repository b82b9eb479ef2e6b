import io
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.management import call_command

from projects import search


class FakeElasticsearch:
    """Answers as Elasticsearch would: it keeps documents, and finds all of them."""

    def __init__(self):
        self.requests = []
        self.index = None
        self.documents = {}
        self.highlight = {}
        self.total = None
        self.refusal = None

        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                path = self.path.partition("?")[0]
                status, document = fake.handle(self.command, path, body)
                content = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("X-Elastic-Product", "Elasticsearch")
                self.send_header(
                    "Content-Type",
                    "application/vnd.elasticsearch+json;compatible-with=8",
                )
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = answer

            def log_message(self, *args):
                """Keeps quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        threading.Thread(
            target=self.server.serve_forever, args=(0.05,), daemon=True
        ).start()

    def handle(self, method, path, body):
        self.requests.append((method, path, body))
        if self.refusal:
            return self.refusal, {"error": {"type": "refused"}, "status": self.refusal}
        match method, path:
            case "GET", "/":
                return 200, {"version": {"number": "8.19.21"}}
            case "HEAD", "/coped-projects":
                return (200 if self.index else 404), {}
            case "PUT", "/coped-projects":
                self.index = json.loads(body)
                return 200, {"acknowledged": True}
            case _, "/coped-projects/_search":
                return 200, self.search(json.loads(body))
            case _, "/_search/scroll":
                return 200, {"_scroll_id": "s", "hits": {"hits": []}}
            case "PUT" | "POST", "/coped-projects/_bulk" | "/_bulk":
                return 200, self.bulk(body)
        return 404, {"error": {"type": "unknown"}, "status": 404}

    def search(self, request):
        hits = [
            {"_id": key, "_source": document, "highlight": self.highlight}
            for key, document in self.documents.items()
        ]
        total = len(hits) if self.total is None else self.total
        start = request.get("from", 0)
        counts = {}
        for document in self.documents.values():
            for topic in document.get("topics", []):
                counts[topic] = counts.get(topic, 0) + 1
        return {
            "_scroll_id": "s",
            "_shards": {"total": 1, "successful": 1, "skipped": 0, "failed": 0},
            "hits": {
                "total": {"value": total, "relation": "eq"},
                "hits": hits[start : start + request.get("size", len(hits))],
            },
            "aggregations": {
                "topics": {
                    "buckets": [
                        {"key": key, "doc_count": n} for key, n in counts.items()
                    ]
                }
            },
        }

    def bulk(self, body):
        lines = iter(body.splitlines())
        items = []
        for line in lines:
            [(operation, target)] = json.loads(line).items()
            if operation == "delete":
                del self.documents[target["_id"]]
            else:
                self.documents[target["_id"]] = json.loads(next(lines))
            items.append({operation: {"_id": target["_id"], "status": 200}})
        return {"errors": False, "items": items}

    def searches(self):
        return [
            json.loads(body)
            for _, path, body in self.requests
            if path == "/coped-projects/_search"
        ]


@pytest.fixture(autouse=True)
def fresh_client():
    """Each test reads the settings of its own Elasticsearch."""
    search.client.cache_clear()
    yield
    search.client.cache_clear()


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
    search.rebuild()
    elasticsearch.requests.clear()
    return elasticsearch
