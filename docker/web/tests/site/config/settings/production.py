from contract import environment

SECRET_KEY = environment.text("SECRET_KEY")
DEBUG = environment.choice("DEBUG", ("0", "1")) == "1"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.serving.site"
INSTALLED_APPS = ["django.contrib.staticfiles", "pages"]
MIDDLEWARE = ["contract.middleware.health", "pages.middleware.nothing"]
TEMPLATES = [
    {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
STATIC_URL = "/static/"
STATIC_ROOT = environment.text("STATIC_ROOT", default="/srv/coped/static")
