from django.conf import settings

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; object-src 'none'"
)


def content_security_policy(get_response):
    def middleware(request):
        response = get_response(request)
        # Django's own error pages, which only DEBUG shows, bring inline styles and scripts.
        if not (settings.DEBUG and response.status_code >= 400):
            response["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        return response

    return middleware
