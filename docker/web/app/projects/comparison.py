"""Finds where the search index differs from Postgres."""

import hashlib
import json
import time
from dataclasses import dataclass, field

from elasticsearch.helpers import scan

from projects.elastic import patient
from projects.index import BATCH, document
from projects.models import Project


@dataclass
class Differences:
    """Ids of the projects whose documents differ from Postgres."""

    missing: set[str] = field(default_factory=set)
    # Documents without a project.
    extra: set[str] = field(default_factory=set)
    # Documents with different content.
    stale: set[str] = field(default_factory=set)
    # Documents newer than their project, as after a restore of Postgres: no write replaces them.
    ahead: set[str] = field(default_factory=set)

    def ids(self):
        return self.missing | self.extra | self.stale | self.ahead

    def __str__(self):
        parts = [
            f"{len(ids)} {kind} ({', '.join(first(ids))})"
            for kind, ids in vars(self).items()
            if ids
        ]
        return ", ".join(parts) or "none"


def first(ids, most=5):
    return sorted(map(str, ids), key=lambda key: (len(key), key))[:most]


def differences(index, ids=None, *, settle_seconds=5):
    """Compares every field of every document, or of those with the ids, with Postgres.

    A change may be committed and not yet indexed. What differs is therefore compared again until it
    is equal, or until the time is over.
    """
    deadline = time.monotonic() + settle_seconds
    found = look(index, ids)
    while found.ids() and time.monotonic() < deadline:
        time.sleep(0.2)
        found = look(index, found.ids())
    return found


def look(index, ids):
    # The documents first: whatever is in the index is in Postgres a moment later.
    if ids is None:
        return compare(all_documents(index), projects())
    return compare(documents(index, sorted(ids)), projects(ids))


def compare(documents, projects):
    result = Differences(extra=set(documents))
    for key, (revision, content) in projects:
        result.extra.discard(key)
        if key not in documents:
            result.missing.add(key)
            continue
        version, indexed = documents[key]
        if version > revision:
            result.ahead.add(key)
        elif indexed != content:
            result.stale.add(key)
    return result


def projects(ids=None):
    chosen = (
        Project.objects.all() if ids is None else Project.objects.filter(pk__in=ids)
    )
    for project in chosen.prefetch_related("topics").iterator(chunk_size=BATCH):
        yield str(project.pk), (project.revision, digest(document(project)))


def all_documents(index):
    hits = scan(patient(), index=index, query={"version": True}, size=2 * BATCH)
    return {hit["_id"]: (hit["_version"], digest(hit["_source"])) for hit in hits}


def documents(index, ids):
    found = {}
    for start in range(0, len(ids), BATCH):
        answer = patient().mget(index=index, ids=ids[start : start + BATCH])
        found |= {
            item["_id"]: (item["_version"], digest(item["_source"]))
            for item in answer["docs"]
            if item.get("found")
        }
    return found


def digest(content):
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).digest()
