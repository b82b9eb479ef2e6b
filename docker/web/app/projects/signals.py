"""Brings the search index up to date when a change of projects has been committed.

Changes that send no signals (`update`, `bulk_create`, SQL) are not noticed; `rebuild_index`
corrects the index.
"""

import logging
import threading

from django.db import Error, transaction
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete
from django.dispatch import receiver

from projects import index
from projects.comparison import first
from projects.elastic import FAILURES, in_one_line
from projects.models import Project, Topic

logger = logging.getLogger(__name__)


class Pending(threading.local):
    """Ids of the projects that this thread's transaction has changed.

    The ids of a transaction or savepoint that was rolled back are written with the next one. This
    does no harm, because a write makes a document equal to Postgres.
    """

    def __init__(self):
        self.ids = set()


pending = Pending()


def changed(ids):
    pending.ids.update(ids)
    transaction.on_commit(write_pending)


def write_pending():
    """Writes the projects of a transaction in one request; the calls for its other changes find none.

    The change is saved whatever happens here.
    """
    ids, pending.ids = pending.ids, set()
    if not ids:
        return
    try:
        index.write(ids)
    except (*FAILURES, index.Refused, Error) as error:
        logger.warning(
            "changes of %d projects (%s) may be missing from the search index until "
            "rebuild_index runs: %s",
            len(ids),
            ", ".join(first(ids)),
            in_one_line(error),
        )


@receiver(post_save, sender=Project)
@receiver(post_delete, sender=Project)
def project_changed(instance, **_):
    changed([instance.pk])


@receiver(m2m_changed, sender=Project.topics.through)
def topics_changed(instance, action, reverse, pk_set, **_):
    # Before all are cleared: afterwards nothing says which projects a topic had.
    if action not in ("post_add", "post_remove", "pre_clear"):
        return
    if not reverse:
        ids = [instance.pk]
    elif action == "pre_clear":
        ids = list(instance.projects.values_list("pk", flat=True))
    else:
        ids = pk_set or []
    revise(ids)


@receiver(post_save, sender=Topic)
def topic_saved(instance, created, **_):
    if not created:
        revise(instance.projects.values_list("pk", flat=True))


@receiver(pre_delete, sender=Topic)
def topic_deleted(instance, **_):
    revise(instance.projects.values_list("pk", flat=True))


def revise(ids):
    """Counts a change that is not in the projects' own rows."""
    ids = list(ids)
    if ids:
        Project.objects.filter(pk__in=ids).revise()
        changed(ids)
