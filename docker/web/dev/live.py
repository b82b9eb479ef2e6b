"""Django's development server for a pod: it reloads by itself and survives every mistake.

Usage: live.py [PORT], by default 8000.

The parent process holds the listening socket and starts the child over and over, so that a
request made during a reload waits for it. The child serves the site, or, when the site does not
load, Django's technical error page, until a file changes.
"""

import os
import signal
import socket
import sys
import threading
import time
import traceback

import django
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.management import call_command
from django.core.servers import basehttp
from django.template.autoreload import reset_loaders
from django.utils import autoreload
from django.views.debug import ExceptionReporter

from live_source import APP, LiveSource

SOCKET = "LIVE_SOCKET"
DRAIN_SECONDS = 0.3


def parent():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    # Every address, of IPv6 too: a cluster may have no other ones, or a node none of them.
    ipv6 = socket.has_dualstack_ipv6()
    family = socket.AF_INET6 if ipv6 else socket.AF_INET
    listener = socket.create_server(
        ("", port), family=family, backlog=64, dualstack_ipv6=ipv6
    )
    listener.set_inheritable(True)
    os.environ[SOCKET] = str(listener.fileno())
    sys.exit(autoreload.restart_with_reloader())


def child():
    source = LiveSource()
    try:
        application = load()
        broken = False
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever the mistake is
        traceback.print_exc()
        application = error_page(error)
        broken = True
    server = Server(("0.0.0.0", 0), basehttp.WSGIRequestHandler)
    server.set_app(application)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    while True:
        changed = source.changes()
        if any(broken or path.endswith(".py") for path in changed):
            drain(server)
            sys.exit(3)
        if changed:
            reset_loaders()


def drain(server):
    """Gives requests a moment to end; threads of idle connections never end."""
    server.shutdown()
    deadline = time.monotonic() + DRAIN_SECONDS
    for thread in set(threading.enumerate()) - {threading.main_thread()}:
        thread.join(max(0, deadline - time.monotonic()))


def load():
    sys.path.insert(0, str(APP))
    django.setup()
    call_command("check")
    return StaticFilesHandler(basehttp.get_internal_wsgi_application())


def error_page(error):
    if not settings.configured:
        settings.configure(DEBUG=True, SECRET_KEY="unused", USE_I18N=False)
    try:
        reporter = ExceptionReporter(None, type(error), error, error.__traceback__)
        page = reporter.get_traceback_html().encode()
        content_type = "text/html; charset=utf-8"
    except Exception:  # noqa: BLE001
        # Settings that load but are wrong can break the error page in any way.
        traceback.print_exc()
        page = "".join(traceback.format_exception(error)).encode()
        content_type = "text/plain; charset=utf-8"

    def application(environ, start_response):
        start_response(
            "500 Internal Server Error",
            [("Content-Type", content_type), ("Content-Length", str(len(page)))],
        )
        return [page]

    return application


class Server(basehttp.ThreadedWSGIServer):
    """Serves the socket that the parent holds."""

    def server_bind(self):
        self.socket.close()
        self.socket = socket.socket(fileno=int(os.environ[SOCKET]))
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = self.server_address[:2]
        self.setup_environ()

    def server_activate(self):
        """Does nothing: the socket listens already."""


if __name__ == "__main__":
    # As process 1 of a container it would ignore the signal.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if os.environ.get(autoreload.DJANGO_AUTORELOAD_ENV) == "true":
        child()
    else:
        parent()
