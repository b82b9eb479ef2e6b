"""The connection to Elasticsearch."""

from functools import cache

from django.conf import settings
from elasticsearch import ApiError, Elasticsearch, TransportError
from elasticsearch.helpers import ScanError

# While a visitor waits, for a search or for a change to be saved.
ANSWER_SECONDS = 2
# In commands, which send many documents in one request.
COMMAND_SECONDS = 60

# Elasticsearch does not answer, or refuses.
FAILURES = (ApiError, TransportError, ScanError)


@cache
def client():
    scheme = "https" if settings.ELASTIC_CA_FILE else "http"
    return Elasticsearch(
        f"{scheme}://{settings.ELASTIC_HOSTNAME}:{settings.ELASTIC_PORT}",
        basic_auth=(settings.ELASTIC_USER, settings.ELASTIC_PASSWORD),
        request_timeout=ANSWER_SECONDS,
        # A broken connection was to a node that has stopped. The Service leads to another node, but for a second or
        # two it may still lead to that one, which refuses within a millisecond. Error answers and timeouts are not
        # retried.
        max_retries=5,
        retry_on_status=(),
        retry_on_timeout=False,
        **({"ca_certs": settings.ELASTIC_CA_FILE} if settings.ELASTIC_CA_FILE else {}),
    )


def patient():
    """The client, for commands."""
    return client().options(request_timeout=COMMAND_SECONDS)


def in_one_line(error):
    return " ".join(str(error).split())
