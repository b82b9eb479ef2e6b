"""Django and Celery find the task queue here."""

from config.queue import app as celery

__all__ = ["celery"]
