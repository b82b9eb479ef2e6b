"""Requests to Patroni's REST API and to Kubernetes'."""

import json
import os
import ssl
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from mounted import TLS, Problem

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
ANSWER_SECONDS = 10
RESTART_SECONDS = 300


def ask(request, authority, timeout, certificate=None):
    """The answer's text; an HTTPError is the caller's."""
    context = ssl.create_default_context(cafile=str(authority))
    # A cluster's own certificate authority may lack extensions of RFC 5280. Its signature is checked all the same.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if certificate:
        context.load_cert_chain(*certificate)
    try:
        with urlopen(request, context=context, timeout=timeout) as answer:
            return answer.read().decode()
    except HTTPError:
        raise
    except OSError as error:
        raise Problem(f"{request.method} {request.full_url}: {error}") from None


def patroni(method, path, content=None, url="https://localhost:8008"):
    """Asks the REST API of this member, or of the one at url."""
    data = None if content is None else json.dumps(content).encode()
    request = Request(url + path, method=method, data=data)
    timeout = ANSWER_SECONDS if data is None else RESTART_SECONDS
    try:
        return ask(request, TLS / "ca.crt", timeout, (TLS / "tls.crt", TLS / "tls.key"))
    except HTTPError as error:
        # A member that is not running answers with status 503.
        if method == "GET" and error.code == 503:
            return error.read().decode()
        raise Problem(
            f"{method} {url}{path}: HTTP {error.code}: {error.read().decode()}"
        ) from None


def withdraw_bootstrap():
    """Makes Patroni forget that it began to create the cluster; returns whether it had begun and not finished."""
    host, port = (os.environ[f"KUBERNETES_SERVICE_{part}"] for part in ("HOST", "PORT"))
    host = f"[{host}]" if ":" in host else host
    namespace = (ACCOUNT / "namespace").read_text()
    path = "/metadata/annotations/initialize"
    request = Request(
        f"https://{host}:{port}/api/v1/namespaces/{namespace}/configmaps/postgres-config",
        method="PATCH",
        data=json.dumps(
            [
                {"op": "test", "path": path, "value": ""},
                {"op": "remove", "path": path},
            ]
        ).encode(),
        headers={
            "Authorization": f"Bearer {(ACCOUNT / 'token').read_text()}",
            "Content-Type": "application/json-patch+json",
        },
    )
    try:
        ask(request, ACCOUNT / "ca.crt", ANSWER_SECONDS)
    except HTTPError as error:
        # There is no such ConfigMap, or the test failed.
        if error.code in (404, 422):
            return False
        raise Problem(f"PATCH postgres-config: HTTP {error.code}") from None
    return True
