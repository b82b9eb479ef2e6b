"""How single changes of projects reach the search index."""

import logging
from datetime import date

import pytest
from django.db import DatabaseError, transaction

from projects import index
from projects.models import Project, Topic

DAYS = {"start": date(2024, 1, 1), "end": date(2024, 12, 31)}
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def serving(elasticsearch):
    return create(elasticsearch, "coped-projects-a-1", index.ALIAS)


def create(elasticsearch, name, alias):
    body = {"settings": {}, "mappings": {}, "aliases": {alias: {}}}
    index.patient().indices.create(index=name, **body)
    return elasticsearch.indices[name].written


def project(slug="tidal"):
    return Project.objects.create(title=slug.title(), slug=slug, **DAYS)


def bulks(elasticsearch):
    return [path for _, path, _ in elasticsearch.requests if path == "/_bulk"]


def test_a_project_is_indexed_when_it_is_saved(serving):
    tidal = project()
    version, source = serving[str(tidal.pk)]
    assert (version, source["title"]) == (1, "Tidal")
    assert set(source) == set(index.MAPPINGS["properties"])

    tidal.title = "Tidal power"
    tidal.save()
    version, source = serving[str(tidal.pk)]
    assert (version, source["title"]) == (2, "Tidal power")


def test_the_revision_grows_whichever_copy_is_saved(serving):
    project()
    first, second = Project.objects.get(), Project.objects.get()
    first.save()
    second.save(update_fields=["title"])
    assert Project.objects.get().revision == second.revision == 3


def test_a_project_that_is_gone_is_not_saved_again(serving):
    tidal = project()
    Project.objects.all().delete()
    with pytest.raises(DatabaseError):
        tidal.save()


def test_a_deleted_project_is_deleted(serving, caplog):
    tidal = project()
    key = str(tidal.pk)
    tidal.delete()
    assert serving[key] == (index.DELETED, None)
    assert warnings(caplog) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda project, topic: project.topics.add(topic),
        lambda project, topic: topic.projects.add(project),
        lambda project, topic: project.topics.set([topic]),
    ],
)
def test_topics_of_a_project_are_indexed(serving, change):
    tidal, sea = project(), Topic.objects.create(slug="sea", name="Sea")
    change(tidal, sea)
    version, source = serving[str(tidal.pk)]
    assert (version > 1, source["topics"]) == (True, ["sea"])


@pytest.mark.parametrize(
    "change",
    [
        lambda project, topic: project.topics.remove(topic),
        lambda project, topic: topic.projects.remove(project),
        lambda project, topic: project.topics.clear(),
        lambda project, topic: topic.projects.clear(),
        lambda project, topic: topic.delete(),
        lambda project, topic: Topic.objects.all().delete(),
    ],
)
def test_a_topic_that_a_project_has_no_more_is_taken_out(serving, change):
    tidal, sea = project(), Topic.objects.create(slug="sea", name="Sea")
    tidal.topics.add(sea)
    change(tidal, sea)
    version, source = serving[str(tidal.pk)]
    assert (version, source["topics"]) == (3, [])


def test_a_topic_with_another_slug_is_indexed_with_its_projects(serving):
    tidal, sea = project(), Topic.objects.create(slug="sea", name="Sea")
    tidal.topics.add(sea)
    sea.slug = "ocean"
    sea.save()
    assert serving[str(tidal.pk)][1]["topics"] == ["ocean"]


def test_a_transaction_is_written_in_one_request_after_its_commit(
    serving, elasticsearch
):
    with transaction.atomic():
        tidal = project()
        tidal.topics.add(Topic.objects.create(slug="sea", name="Sea"))
        project("wind")
        assert bulks(elasticsearch) == []
    assert bulks(elasticsearch) == ["/_bulk"]
    assert len(serving) == 2
    assert serving[str(tidal.pk)][1]["topics"] == ["sea"]


def test_what_is_rolled_back_is_not_indexed(serving, elasticsearch):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        project()
        raise ZeroDivisionError
    assert bulks(elasticsearch) == []
    with transaction.atomic():
        wind = project("wind")
    found = [key for key, (_, source) in serving.items() if source]
    assert found == [str(wind.pk)]


def test_an_index_that_is_being_filled_is_written_too(serving, elasticsearch):
    filling = create(elasticsearch, "coped-projects-b-1", index.NEXT)
    tidal = project()
    assert serving == filling
    tidal.delete()
    assert serving == filling
    assert bulks(elasticsearch) == ["/_bulk", "/_bulk"]


def test_an_older_state_never_replaces_a_newer_one(serving):
    tidal = project()
    old = index.upsert(tidal)
    tidal.title = "Newer"
    tidal.save()
    assert index.send(index.client(), index.addressed([old], index.ALIAS)) == 0
    assert serving[str(tidal.pk)][1]["title"] == "Newer"

    newer = index.upsert(tidal)
    key = str(tidal.pk)
    tidal.delete()
    assert index.send(index.client(), index.addressed([newer], index.ALIAS)) == 0
    assert serving[key][1] is None


def warnings(caplog):
    return [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]


def test_a_change_is_saved_without_elasticsearch(no_elasticsearch, caplog):
    tidal = project()
    assert Project.objects.get() == tidal
    [line] = warnings(caplog)
    assert line.startswith(f"changes of 1 projects ({tidal.pk}) may be missing")
    assert "\n" not in line


@pytest.mark.parametrize("status", [401, 403, 429, 503])
def test_a_change_is_saved_when_elasticsearch_refuses(
    serving, elasticsearch, caplog, status
):
    elasticsearch.refusal = status
    project()
    assert Project.objects.count() == 1
    assert len(warnings(caplog)) == 1


def test_a_change_is_saved_when_elasticsearch_refuses_a_document(
    serving, elasticsearch, caplog
):
    first, second = project(), project("wind")
    elasticsearch.refused_documents = {str(first.pk): "too large"}
    with transaction.atomic():
        first.save()
        second.save()
    [line] = warnings(caplog)
    assert line.endswith(f"project {first.pk}: too large")
    assert serving[str(second.pk)][0] == 2


def test_without_an_index_none_is_made(elasticsearch, caplog):
    project()
    assert elasticsearch.indices == {}
    assert "no such index [coped-projects]" in warnings(caplog)[0]

    Project.objects.get().delete()
    assert elasticsearch.indices == {}
    assert "unauthorized on [coped-projects]" in warnings(caplog)[1]


def test_a_write_that_is_refused_beside_a_rebuild_is_told(
    serving, elasticsearch, caplog
):
    create(elasticsearch, "coped-projects-a-2", index.NEXT)
    elasticsearch.refused_documents["1"] = "not your index"
    Project.objects.create(pk=1, title="Tidal", slug="tidal", **DAYS)
    assert "not your index" in warnings(caplog)[0]


def test_many_changes_are_written_in_several_requests(
    serving, elasticsearch, monkeypatch
):
    monkeypatch.setattr(index, "BATCH", 2)
    with transaction.atomic():
        for number in range(5):
            project(f"project-{number}")
    assert len(serving) == 5
    assert len(bulks(elasticsearch)) == 3
