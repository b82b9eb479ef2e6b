import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class Index:
    def __init__(self, body):
        self.settings = body["settings"]
        self.mappings = body["mappings"]
        self.aliases = set(body.get("aliases", {}))
        # The version and source of each id; None when it was deleted.
        self.written = {}
        self.searchable = {}

    def refresh(self):
        self.searchable = {
            key: value for key, value in self.written.items() if value[1] is not None
        }


class FakeElasticsearch:
    """Answers as Elasticsearch would, as far as the site uses it.

    It keeps indices, aliases, and documents with external versions; a search finds every document
    that was there at the last refresh.
    """

    def __init__(self):
        self.requests = []
        self.indices = {}
        self.highlight = {}
        self.total = None
        self.refusal = None
        # Called with method and path before a request is answered.
        self.before = lambda method, path: None
        # Names of indices that no node has any more.
        self.lost = set()
        # Names of indices whose health is not answered.
        self.unknown = set()
        # Ids of documents that are refused, with the reason.
        self.refused_documents = {}

        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                url = urlsplit(self.path)
                fake.before(self.command, url.path)
                status, document = fake.handle(
                    self.command, url.path, parse_qs(url.query), body
                )
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
                """Logs nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        threading.Thread(
            target=self.server.serve_forever, args=(0.05,), daemon=True
        ).start()

    @property
    def serving(self):
        """The index that the site's searches find."""
        return self.resolve("coped-projects")

    @property
    def documents(self):
        """The documents of the serving index, by id."""
        written = self.serving.written
        return {key: source for key, (_, source) in written.items() if source}

    def put(self, key, source, version=1):
        """Another client's document in the serving index."""
        self.serving.written[key] = (version, source)
        self.serving.refresh()

    def named(self, alias):
        return [name for name, index in self.indices.items() if alias in index.aliases]

    def resolve(self, name):
        [found] = self.named(name) or [name]
        return self.indices.get(found)

    def handle(self, method, path, query, body):
        self.requests.append((method, path, body))
        if self.refusal:
            return self.refusal, {"error": {"type": "refused"}, "status": self.refusal}
        match method, path.strip("/").split("/"):
            case "GET", [""]:
                return 200, {"version": {"number": "8.19.21"}}
            case "GET", ["coped-projects*", "_alias"]:
                return 200, {
                    name: {"aliases": {alias: {} for alias in index.aliases}}
                    for name, index in self.indices.items()
                }
            case "POST", ["_aliases"]:
                return self.update_aliases(json.loads(body)["actions"])
            case "GET", ["_cluster", "health", name] if name in self.indices:
                if name in self.unknown:
                    return 403, {"error": {"type": "refused"}, "status": 403}
                status = "red" if name in self.lost else "green"
                return 200, {"timed_out": False, "status": status}
            case "PUT" | "POST", ["_bulk"]:
                return 200, self.bulk(body, query.get("require_alias") == ["true"])
            case _, ["_search", "scroll"]:
                return 200, {"_scroll_id": "s", "hits": {"hits": []}}
            case "PUT", [name] if name not in self.indices:
                self.indices[name] = Index(json.loads(body))
                return 200, {"acknowledged": True}
            case _, [name, *operation] if index := self.resolve(name):
                return self.of_index(method, name, index, operation, body)
        return 404, {"error": {"type": "index_not_found_exception"}, "status": 404}

    def of_index(self, method, name, index, operation, body):
        match method, operation:
            case "DELETE", [] if name in self.indices:
                del self.indices[name]
                return 200, {"acknowledged": True}
            case "POST", ["_refresh"]:
                index.refresh()
                return 200, {}
            case _, ["_search"]:
                return 200, self.search(index, json.loads(body))
            case _, ["_mget"]:
                return 200, {
                    "docs": [
                        self.document(index, key) for key in json.loads(body)["ids"]
                    ]
                }
        return 400, {"error": {"type": "unknown"}, "status": 400}

    def document(self, index, key):
        version, source = index.written.get(key, (0, None))
        if source is None:
            return {"_id": key, "found": False}
        return {"_id": key, "found": True, "_version": version, "_source": source}

    def update_aliases(self, actions):
        """Either all of it or nothing."""
        for action in actions:
            [(kind, target)] = action.items()
            index = self.indices.get(target["index"])
            if index is None or (
                kind == "remove" and target["alias"] not in index.aliases
            ):
                return 404, {"error": {"type": "aliases_not_found"}, "status": 404}
        for action in actions:
            [(kind, target)] = action.items()
            if kind == "remove_index":
                del self.indices[target["index"]]
            elif kind == "add":
                self.indices[target["index"]].aliases.add(target["alias"])
            else:
                self.indices[target["index"]].aliases.remove(target["alias"])
        return 200, {"acknowledged": True}

    def search(self, index, request):
        hits = [
            {
                "_id": key,
                "_version": version,
                "_source": source,
                "highlight": self.highlight,
            }
            for key, (version, source) in index.searchable.items()
        ]
        total = len(hits) if self.total is None else self.total
        start = request.get("from", 0)
        counts = {}
        for _, source in index.searchable.values():
            for topic in source.get("topics", []):
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

    def bulk(self, body, require_alias):
        lines = iter(body.splitlines())
        items = []
        for line in lines:
            [(operation, target)] = json.loads(line).items()
            source = None if operation == "delete" else json.loads(next(lines))
            outcome = self.write(operation, target, source, require_alias)
            items.append(
                {
                    operation: {
                        "_index": target["_index"],
                        "_id": target["_id"],
                        **outcome,
                    }
                }
            )
        return {"errors": True, "items": items}

    def write(self, operation, target, source, require_alias):
        name, key, version = target["_index"], target["_id"], target["version"]
        assert require_alias, "a write without require_alias could make an index"
        assert target["version_type"] == "external_gte"
        if not self.named(name) and operation == "delete":
            # It would be created, which the site's user may not do.
            reason = f"action [indices:admin/auto_create] is unauthorized on [{name}]"
            return {
                "status": 403,
                "error": {"type": "security_exception", "reason": reason},
            }
        if not self.named(name):
            reason = f"no such index [{name}]"
            error = {"type": "index_not_found_exception", "reason": reason}
            return {"status": 404, "error": error}
        if key in self.refused_documents:
            error = {"type": "refused", "reason": self.refused_documents[key]}
            return {"status": 403, "error": error}
        written = self.resolve(name).written
        before, content = written.get(key, (0, None))
        if version < before:
            error = {"type": "version_conflict_engine_exception", "reason": "newer"}
            return {"status": 409, "error": error}
        written[key] = (version, source)
        if operation == "delete" and content is None:
            return {"status": 404, "result": "not_found"}
        return {"status": 200}

    def searches(self):
        return [
            json.loads(body)
            for _, path, body in self.requests
            if path == "/coped-projects/_search"
        ]
