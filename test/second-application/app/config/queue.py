"""The task queue: Celery over Redis, and the files by which Kubernetes sees that its processes live."""

import os
from pathlib import Path

from celery import Celery, signals
from celery.beat import PersistentScheduler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("config")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["stations"])


@signals.heartbeat_sent.connect
def touch_worker(**_):
    Path("/tmp/worker-heartbeat").touch()


class Scheduler(PersistentScheduler):
    """Celery beat's own scheduler, which touches a file each time that it looks for what is due."""

    def tick(self, *arguments, **options):
        Path("/tmp/scheduler-heartbeat").touch()
        return super().tick(*arguments, **options)
