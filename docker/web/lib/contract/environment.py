"""Reads settings from environment variables, or from the files that they name."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured


def text(name, default=None):
    """Value of variable NAME, or content of the file that NAME_FILE names, or the default.

    A setting without a default is required and must not be empty. Errors name the setting and,
    as it may be a secret, never its value.
    """
    file = os.environ.get(f"{name}_FILE")
    if file is None:
        value = os.environ.get(name)
    elif name in os.environ:
        raise ImproperlyConfigured(
            f"{name} and {name}_FILE are both set, expected one of them"
        )
    else:
        try:
            value = Path(file).read_text().rstrip("\n")
        except OSError as error:
            raise ImproperlyConfigured(
                f"{name}_FILE is {file!r}, expected a readable file: {error.strerror}"
            ) from error
        except ValueError:
            # Its message would quote the secret's bytes.
            raise ImproperlyConfigured(
                f"{name}_FILE is {file!r}, expected a file of UTF-8 text"
            ) from None

    if value is None and default is not None:
        return default
    if value is None:
        raise ImproperlyConfigured(f"{name} is not set, expected {name} or {name}_FILE")
    if value == "" and default != "":
        raise ImproperlyConfigured(f"{name} is empty, expected a value")
    return value


def choice(name, allowed, default=None):
    value = text(name, default)
    if value not in allowed:
        raise ImproperlyConfigured(
            f"{name} is {value!r}, expected one of {', '.join(allowed)}"
        )
    return value


def port(name, default=None):
    value = text(name, default)
    if not (value.isascii() and value.isdigit() and 0 < int(value) < 65536):
        raise ImproperlyConfigured(f"{name} is {value!r}, expected 1 to 65535")
    return int(value)


def origin(name):
    value = text(name)
    try:
        url = urlsplit(value)
        valid = (
            url.scheme in ("http", "https")
            and url.hostname
            and value == f"{url.scheme}://{url.netloc}"
        )
    except ValueError:
        valid = False
    if not valid:
        raise ImproperlyConfigured(
            f"{name} is {value!r}, expected http:// or https:// and a host, without a path"
        )
    return value


def file(name):
    """Path of a readable file, or None when the setting is absent."""
    value = os.environ.get(name)
    if value is not None and not os.access(value, os.R_OK):
        raise ImproperlyConfigured(f"{name} is {value!r}, expected a readable file")
    return value
