import logging

from django.conf import settings
from django.db import Error, connection
from django.http import HttpResponse

logger = logging.getLogger(__name__)

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; object-src 'none'"
)


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


def content_security_policy(get_response):
    def middleware(request):
        response = get_response(request)
        # Django's own error pages, which only DEBUG shows, bring inline styles and scripts.
        if not (settings.DEBUG and response.status_code >= 400):
            response["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        return response

    return middleware
