from django.core.wsgi import get_wsgi_application

django_site = get_wsgi_application()


def site(environ, start_response):
    def start(status, headers, *rest):
        return start_response(status, [*headers, ("X-Served-By", __name__)], *rest)

    return django_site(environ, start)
