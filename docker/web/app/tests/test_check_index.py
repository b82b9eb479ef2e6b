"""What differs between the search index and the database."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from projects import index
from projects.models import Project

pytestmark = pytest.mark.usefixtures("clock")


def check():
    out = io.StringIO()
    try:
        call_command("check_index", "--json", stdout=out)
    except CommandError as error:
        return error.returncode, json.loads(out.getvalue() or "null")
    return 0, json.loads(out.getvalue())


def test_a_check_of_what_is_equal(indexed_projects):
    status, report = check()
    assert status == 0
    [name] = indexed_projects.indices
    assert report == {
        "index": name,
        "current": True,
        "unfinished": [],
        "projects": 324,
        "missing": {"count": 0, "examples": []},
        "extra": {"count": 0, "examples": []},
        "stale": {"count": 0, "examples": []},
        "ahead": {"count": 0, "examples": []},
        "equal": True,
    }
    out = io.StringIO()
    call_command("check_index", stdout=out)
    assert "the database has 324 projects" in out.getvalue()


def test_a_check_counts_what_differs_and_changes_nothing(indexed_projects):
    Project.objects.filter(pk__lte=12).update(title="Changed")
    indexed_projects.put("999999", {})
    before = dict(indexed_projects.documents)
    status, report = check()
    assert (status, report["equal"]) == (1, False)
    assert report["stale"] == {"count": 12, "examples": ["1", "2", "3", "4", "5"]}
    assert report["extra"] == {"count": 1, "examples": ["999999"]}
    assert indexed_projects.documents == before
    assert "PUT" not in {method for method, _, _ in indexed_projects.requests}


def test_a_check_sees_another_mapping(indexed_projects, another_mapping):
    status, report = check()
    assert (status, report["current"], report["equal"]) == (1, False, False)


def test_a_check_without_an_index(db, elasticsearch):
    status, report = check()
    assert (status, report["index"]) == (1, None)


def test_a_check_without_elasticsearch_is_no_difference(db, no_elasticsearch):
    assert check() == (2, None)


def test_a_check_waits_for_changes_that_are_on_their_way(indexed_projects, monkeypatch):
    monkeypatch.undo()
    changed = Project.objects.first()
    Project.objects.filter(pk=changed.pk).update(title="Changed")
    document = index.document(Project.objects.get(pk=changed.pk))

    def arrive(method, path):
        if path.endswith("/_mget"):
            indexed_projects.put(str(changed.pk), document)

    indexed_projects.before = arrive
    assert check()[0] == 0
