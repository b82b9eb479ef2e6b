"""The endpoints that Kubernetes asks."""

import logging

from django.db import Error, connection
from django.http import HttpResponse

logger = logging.getLogger(__name__)


def health(get_response):
    """Answers /livez and /readyz, whatever the request's Host and scheme."""

    def middleware(request):
        if request.path == "/livez":
            return HttpResponse("ok", content_type="text/plain")
        if request.path == "/readyz":
            return readiness()
        return get_response(request)

    return middleware


def readiness():
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        logger.warning("not ready: %s", " ".join(str(error).split()))
        return HttpResponse("database", status=503, content_type="text/plain")
    return HttpResponse("ok", content_type="text/plain")
