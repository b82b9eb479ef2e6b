"""Settings of the production server; WEB_CONCURRENCY sets the number of workers."""

import os
import socket

# The application that WSGI_APPLICATION of the settings names, as `manage.py runserver` finds it.
wsgi_app = "django.core.servers.basehttp:get_internal_wsgi_application()"
# Every address, of IPv6 too: a cluster may have no other ones, or a node none of them.
bind = "[::]:8000" if socket.has_dualstack_ipv6() else "0.0.0.0:8000"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = 4
# Workers share the loaded code, and code that does not load stops the server at its start.
preload_app = True
# Longer than nginx keeps an idle connection to its upstream (60 s). So nginx closes it, and never
# sends a request into a closing connection.
keepalive = 75
# A header with 40 KB of cookies, as nginx passes it on.
limit_request_field_size = 65536
# How long requests may take to end after a termination signal.
graceful_timeout = 20
# The root file system is read-only and nobody manages the server from inside its container.
control_socket_disable = True
worker_tmp_dir = "/tmp"
accesslog = "-"
access_log_format = '%({x-forwarded-for}i)s "%(r)s" %(s)s %(b)s %(M)s ms "%(a)s"'
errorlog = "-"
