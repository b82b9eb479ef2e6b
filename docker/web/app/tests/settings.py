"""The site's own settings, from an environment for the tests only."""

import os

for name in list(os.environ):
    if name.startswith(("SQL_", "ELASTIC_", "SECRET_KEY", "STATIC_ROOT", "LOG_LEVEL")):
        del os.environ[name]
os.environ.update(
    SECRET_KEY="for the tests only",
    DEBUG="1",
    DJANGO_ALLOWED_HOSTS="testserver",
    SITE_URL="http://testserver",
    SQL_ENGINE="django.db.backends.sqlite3",
    SQL_DATABASE=":memory:",
    ELASTIC_HOSTNAME="127.0.0.1",
    ELASTIC_PORT="9",
    ELASTIC_USER="app",
    ELASTIC_PASSWORD="for the tests only",
)

from coped.settings import *
