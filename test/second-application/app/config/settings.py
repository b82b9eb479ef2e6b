"""Settings of a project that reads plain variables, as most do that come from Docker Compose."""

import os
import ssl

SECRET_KEY = os.environ["SECRET_KEY"]
DEBUG = os.environ["DEBUG"] == "1"
ALLOWED_HOSTS = os.environ["DJANGO_ALLOWED_HOSTS"].split()
SITE_URL = os.environ["SITE_URL"]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
INSTALLED_APPS = [
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "stations",
]
MIDDLEWARE = [
    "contract.middleware.health",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.contrib.messages.context_processors.messages"
            ]
        },
    }
]
SESSION_ENGINE = "django.contrib.sessions.backends.cache"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
    }
}

DATABASES = {
    "default": {
        "ENGINE": os.environ.get("SQL_ENGINE", "django.db.backends.postgresql"),
        "NAME": os.environ["SQL_DATABASE"],
        "USER": os.environ["SQL_USER"],
        "PASSWORD": os.environ["SQL_PASSWORD"],
        "HOST": os.environ["SQL_HOST"],
        "PORT": os.environ["SQL_PORT"],
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 3,
        "target_session_attrs": "read-write",
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,
    }

# The second database is on the same server, with the same roles.
DATABASES["measurements"] = {**DATABASES["default"], "NAME": "measurements"}
DATABASE_ROUTERS = ["stations.routers.Measurements"]

STATIC_URL = "/static/"
STATIC_ROOT = os.environ.get("STATIC_ROOT", "/srv/coped/static")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    },
}
# Uploads are in a bucket or on a volume: the application's file and the cluster decide.
if "AWS_STORAGE_BUCKET_NAME" in os.environ:
    STORAGES["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": os.environ["AWS_STORAGE_BUCKET_NAME"],
            "endpoint_url": os.environ["AWS_S3_ENDPOINT_URL"],
            "region_name": os.environ["AWS_S3_REGION_NAME"],
            "addressing_style": os.environ["AWS_S3_ADDRESSING_STYLE"],
            "verify": os.environ.get("AWS_S3_VERIFY"),
            "access_key": os.environ["AWS_S3_ACCESS_KEY_ID"],
            "secret_key": os.environ["AWS_S3_SECRET_ACCESS_KEY"],
            "signature_version": "s3v4",
            "file_overwrite": False,
        },
    }
else:
    MEDIA_ROOT = os.environ["MEDIA_ROOT"]
    MEDIA_URL = os.environ["MEDIA_URL"]

CSRF_TRUSTED_ORIGINS = [SITE_URL]
if SITE_URL.startswith("https:"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_SECURE = True

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
}

CELERY_BROKER_URL = "rediss://:{}@{}:{}/0".format(
    os.environ["REDIS_PASSWORD"],
    os.environ["REDIS_HOST"],
    os.environ["REDIS_PORT"],
)
CELERY_BROKER_USE_SSL = {
    "ssl_cert_reqs": ssl.CERT_REQUIRED,
    "ssl_ca_certs": os.environ["REDIS_CA_FILE"],
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A task counts as done when it has ended: one whose worker dies is done once more, after this time at the latest.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 60}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# An order must not hang in a page whose Redis is gone.
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 2}
CELERY_BEAT_SCHEDULER = "config.queue:Scheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 30
CELERY_BEAT_SCHEDULE = {
    "measure": {"task": "stations.tasks.measure", "schedule": 10.0},
}

EMAIL_HOST = os.environ["EMAIL_HOST"]
EMAIL_PORT = int(os.environ["EMAIL_PORT"])
EMAIL_USE_TLS = os.environ["EMAIL_USE_TLS"] == "1"
EMAIL_USE_SSL = os.environ["EMAIL_USE_SSL"] == "1"
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_TIMEOUT = int(os.environ["EMAIL_TIMEOUT"])
DEFAULT_FROM_EMAIL = os.environ["DEFAULT_FROM_EMAIL"]

FORECAST_URL = os.environ.get("FORECAST_URL", "")
