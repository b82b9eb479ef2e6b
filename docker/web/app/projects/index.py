"""The search index: its mapping, its documents, and how it is kept equal to Postgres.

The version of a document is the revision of its project (`external_gte`). An older state therefore
never replaces a newer one, in whatever order writes arrive.
"""

import hashlib
import json
from dataclasses import dataclass

from elasticsearch.helpers import streaming_bulk

from projects.elastic import client, patient
from projects.models import Project

# What the site searches, and what single changes are written to.
ALIAS = "coped-projects"
# The index that is being filled, if there is one: changes are written to it as well.
NEXT = "coped-projects-next"

SETTINGS = {
    "number_of_shards": 1,
    "auto_expand_replicas": "0-1",
    # How long a deletion is remembered, so that it wins over an older write that arrives after it.
    "gc_deletes": "1h",
}
ENGLISH = {"type": "text", "analyzer": "english"}
MAPPINGS = {
    # Not strict: during a rollout, pods of the previous version write their own documents.
    "dynamic": False,
    "properties": {
        "title": ENGLISH,
        "slug": {"type": "keyword"},
        "summary": ENGLISH,
        "organisation": ENGLISH,
        "funder": ENGLISH,
        "start": {"type": "date"},
        "end": {"type": "date"},
        "topics": {"type": "keyword"},
    },
}

# Postgres assigns no id twice, so a deletion is newer than any revision.
DELETED = 2**62
BATCH = 500


class Refused(Exception):
    """Elasticsearch accepted a request, but not every document in it."""


def mapping_hash():
    """Eight digits that change when the index has to be rebuilt."""
    content = json.dumps([SETTINGS, MAPPINGS], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:8]


def document(project):
    return {
        "title": project.title,
        "slug": project.slug,
        "summary": project.summary,
        "organisation": project.organisation,
        "funder": project.funder,
        "start": project.start.isoformat(),
        "end": project.end.isoformat(),
        "topics": sorted(topic.slug for topic in project.topics.all()),
    }


@dataclass(frozen=True)
class Indices:
    """The indices that exist, by their purpose."""

    # Behind the alias that the site searches; None before the first rebuild.
    serving: str | None
    # An index, not an alias, with the name that the site searches: a write without require_alias
    # creates one.
    unversioned: bool
    # Being filled, or left by a rebuild that did not finish.
    unfinished: list[str]
    # Served previously.
    former: list[str]

    @property
    def is_current(self):
        """Whether the serving index has the mapping of this version of the site."""
        return self.serving is not None and mapping_hash() in self.serving.split("-")


def indices():
    found = patient().indices.get_alias(index=f"{ALIAS}*")
    with_alias = {
        alias: [name for name, value in found.items() if alias in value["aliases"]]
        for alias in (ALIAS, NEXT)
    }
    return Indices(
        serving=with_alias[ALIAS][0] if with_alias[ALIAS] else None,
        unversioned=ALIAS in found,
        unfinished=with_alias[NEXT],
        former=sorted(found.keys() - {ALIAS, *with_alias[ALIAS], *with_alias[NEXT]}),
    )


def write(ids):
    """Brings the documents of these projects up to date, deleted projects included.

    They are written to the serving index and, in the same request, to one that is being filled.
    No write is missed: a rebuild reads Postgres after it has created the alias NEXT, so it reads
    every change that was committed before, and whoever commits later finds the alias. At the swap
    both names change in one step, so a request sees either the state before it or the state after.

    Raises one of elastic.FAILURES, or Refused.
    """
    ids = sorted(ids)
    for start in range(0, len(ids), BATCH):
        actions = list(actions_for(ids[start : start + BATCH]))
        send(
            client(),
            addressed(actions, ALIAS) + addressed(actions, NEXT),
            optional=NEXT,
        )


def actions_for(ids):
    # The rows before their topics, so that a document is never older than its revision.
    projects = Project.objects.filter(pk__in=ids).prefetch_related("topics")
    present = set()
    for project in projects:
        present.add(project.pk)
        yield upsert(project)
    for key in {int(key) for key in ids} - present:
        yield delete(key)


def upsert(project):
    return {
        "_op_type": "index",
        "_id": str(project.pk),
        "version": project.revision,
        "version_type": "external_gte",
        "_source": document(project),
    }


def delete(key):
    return {
        "_op_type": "delete",
        "_id": str(key),
        "version": DELETED,
        "version_type": "external_gte",
    }


def addressed(actions, alias):
    return [{**action, "_index": alias} for action in actions]


def send(elasticsearch, actions, *, optional=None):
    """Sends documents to the index of the alias that each names; returns how many were accepted.

    Raises Refused when one was not, unless a newer one exists or the optional alias has no index.
    """
    taken = 0
    refused = []
    # A write must not create an index, which would have no mapping. Hence require_alias, which is
    # respected for everything except deletions.
    results = streaming_bulk(
        elasticsearch,
        actions,
        chunk_size=2 * BATCH,
        raise_on_error=False,
        require_alias=True,
    )
    for ok, item in results:
        [outcome] = item.values()
        if ok:
            taken += 1
        elif not is_harmless(outcome, optional):
            error = outcome.get("error", {})
            refused.append(
                f"{outcome['_id']}: {error.get('reason', outcome['status'])}"
            )
    if refused:
        more = f" and {len(refused) - 1} more" if len(refused) > 1 else ""
        raise Refused(f"project {refused[0]}{more}")
    return taken


def is_harmless(outcome, optional):
    if outcome["_index"] == optional and has_no_index(outcome):
        return True
    was_deleted_before = outcome["status"] == 404 and "error" not in outcome
    newer_is_there = outcome["status"] == 409
    return was_deleted_before or newer_is_there


def has_no_index(outcome):
    """Whether no index or alias has the name.

    In spite of require_alias, a deletion with an external version would create it, which the
    site's user may not do.
    """
    reason = outcome.get("error", {}).get("reason", "")
    return outcome["status"] == 404 or "indices:admin/auto_create" in reason


def fill(alias):
    """Writes every project; returns how many were accepted, because newer ones may exist."""
    every = Project.objects.prefetch_related("topics").iterator(chunk_size=BATCH)
    return send(patient(), ({**upsert(project), "_index": alias} for project in every))


def mend(alias, found):
    """Writes what differs, and deletes what has no project."""
    send(patient(), addressed(map(delete, found.extra), alias))
    ids = sorted(found.ids() - found.extra)
    for start in range(0, len(ids), BATCH):
        send(patient(), addressed(actions_for(ids[start : start + BATCH]), alias))
