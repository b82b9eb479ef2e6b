from contract import environment

SECRET_KEY = environment.text("SECRET_KEY")
DEBUG = environment.choice("DEBUG", ("0", "1")) == "1"
ALLOWED_HOSTS = environment.text("DJANGO_ALLOWED_HOSTS").split()
SITE_URL = environment.origin("SITE_URL")
LOG_LEVEL = environment.choice(
    "LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"), default="INFO"
)

ROOT_URLCONF = "coped.urls"
WSGI_APPLICATION = "coped.wsgi.application"
INSTALLED_APPS = ["django.contrib.staticfiles", "projects"]
MIDDLEWARE = [
    # First: probes have the pod's address as their Host, and come without TLS.
    "contract.middleware.health",
    "django.middleware.security.SecurityMiddleware",
    "coped.middleware.content_security_policy",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": ["django.template.context_processors.request"]
        },
    }
]

SQL_ENGINE = environment.choice(
    "SQL_ENGINE",
    ("django.db.backends.postgresql", "django.db.backends.sqlite3"),
    default="django.db.backends.postgresql",
)
DATABASES = {
    "default": {"ENGINE": SQL_ENGINE, "NAME": environment.text("SQL_DATABASE")}
}
if SQL_ENGINE == "django.db.backends.postgresql":
    DATABASES["default"] |= {
        "USER": environment.text("SQL_USER"),
        "PASSWORD": environment.text("SQL_PASSWORD"),
        "HOST": environment.text("SQL_HOST"),
        "PORT": environment.port("SQL_PORT"),
        # One connection a Gunicorn thread, kept between requests; the health check replaces
        # those that a failover broke.
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 3,
            # During a failover the old primary may still answer, as a replica.
            "target_session_attrs": "read-write",
            # A server whose node died is given up after about 10 s, not after the kernel's 2 h.
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            "tcp_user_timeout": 10_000,
        },
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

ELASTIC_CA_FILE = environment.file("ELASTIC_CA_FILE")
ELASTIC_HOSTNAME = environment.text("ELASTIC_HOSTNAME")
ELASTIC_PORT = environment.port("ELASTIC_PORT")
ELASTIC_USER = environment.text("ELASTIC_USER")
ELASTIC_PASSWORD = environment.text("ELASTIC_PASSWORD")

STATIC_URL = "/static/"
STATIC_ROOT = environment.text("STATIC_ROOT", default="/srv/coped/static")
if not DEBUG:
    STORAGES = {
        "staticfiles": {
            "BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
        }
    }

LANGUAGE_CODE = "en-gb"
USE_I18N = False
TIME_ZONE = "UTC"

CSRF_TRUSTED_ORIGINS = [SITE_URL]
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
if SITE_URL.startswith("https:"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    # For an hour after a visit, browsers do not ask without TLS. No longer, as the certificate is replaced by hand and
    # this cannot be taken back: with a year, nobody could pass by a certificate that has expired.
    SECURE_HSTS_SECONDS = 3600
    CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_SECURE = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        # Django's own handlers would mail errors, and log nothing of them when DEBUG is 0.
        "django": {"handlers": [], "level": LOG_LEVEL, "propagate": True},
        # projects.search logs a failure once.
        "elastic_transport": {"level": "ERROR"},
    },
}
