"""How the search index is built and corrected."""

import io
import json
from datetime import date
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from projects import comparison, index
from projects.models import Project
from projects.rebuild import Failed, rebuild

pytestmark = pytest.mark.usefixtures("clock")


def run(command, *arguments):
    out = io.StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


def names(elasticsearch):
    return sorted(elasticsearch.indices)


def is_whole(elasticsearch):
    """Whether the serving index has every project, in every field."""
    projects = Project.objects.prefetch_related("topics")
    return elasticsearch.documents == {
        str(project.pk): index.document(project) for project in projects
    }


def test_the_first_index_is_made_with_its_mapping(sample_projects, elasticsearch):
    assert "324 projects indexed" in run("rebuild_index")
    [name] = names(elasticsearch)
    assert name == f"coped-projects-{index.mapping_hash()}-{0:014}"
    assert elasticsearch.serving.aliases == {"coped-projects"}
    assert elasticsearch.serving.settings["auto_expand_replicas"] == "0-1"
    properties = elasticsearch.serving.mappings["properties"]
    assert properties["title"] == {"type": "text", "analyzer": "english"}
    assert set(next(iter(elasticsearch.documents.values()))) == set(properties)
    assert is_whole(elasticsearch)


def test_an_index_with_the_same_mapping_stays(indexed_projects):
    before = names(indexed_projects)
    assert "is what Postgres has" in run("rebuild_index")
    assert names(indexed_projects) == before


def test_what_has_changed_without_a_signal_is_mended(indexed_projects):
    before = names(indexed_projects)
    stale, gone = Project.objects.all()[:2]
    Project.objects.filter(pk=stale.pk).update(title="Changed")
    gone.topics.clear()
    Project.objects.filter(pk=gone.pk)._raw_delete(Project.objects.db)
    Project.objects.bulk_create(
        [Project(title="New", slug="new", start="2024-01-01", end="2024-01-02")]
    )
    indexed_projects.put("999999", {"title": "Nobody's"})
    out = run("rebuild_index")
    assert f"1 missing ({Project.objects.get(slug='new').pk})" in out
    assert f"2 extra ({gone.pk}, 999999)" in out
    assert f"1 stale ({stale.pk})" in out
    assert names(indexed_projects) == before
    assert is_whole(indexed_projects)


def test_another_mapping_has_an_index_of_its_own(indexed_projects, another_mapping):
    [old] = names(indexed_projects)
    out = run("rebuild_index")
    assert f"{old} has another mapping" in out
    [_, new] = sorted(
        names(indexed_projects), key=lambda name: name == old, reverse=True
    )
    assert indexed_projects.serving is indexed_projects.indices[new]
    assert indexed_projects.indices[old].aliases == set()
    assert is_whole(indexed_projects)


def test_the_index_before_is_kept_until_the_next_one_is_built(indexed_projects):
    [first] = names(indexed_projects)
    run("rebuild_index", "--force")
    [_, second] = names(indexed_projects)
    run("rebuild_index")
    assert names(indexed_projects) == [first, second]
    run("rebuild_index", "--force")
    assert first not in names(indexed_projects)
    assert len(names(indexed_projects)) == 2


def test_the_index_before_is_not_kept_when_its_copies_are_lost(indexed_projects):
    [old] = names(indexed_projects)
    indexed_projects.lost.add(old)
    assert f"deleting {old}" in run("rebuild_index", "--force")
    assert old not in indexed_projects.indices
    assert is_whole(indexed_projects)


def test_the_index_before_is_kept_when_nobody_knows_how_it_is(indexed_projects):
    [old] = names(indexed_projects)
    indexed_projects.unknown.add(old)
    assert f"{old} is kept" in run("rebuild_index", "--force")
    assert old in indexed_projects.indices
    assert is_whole(indexed_projects)


def test_search_finds_everything_at_each_step_of_a_rebuild(
    indexed_projects, another_mapping
):
    steps = []

    def look(method, path):
        if method != "GET" and path != "/coped-projects/_search":
            steps.append((method, path, len(indexed_projects.serving.searchable)))

    indexed_projects.before = look
    run("rebuild_index")
    assert len(indexed_projects.serving.searchable) == 324
    assert {found for _, _, found in steps} == {324}
    assert [path for _, path, _ in steps].count("/_aliases") == 1


@pytest.mark.django_db(transaction=True)
def test_changes_during_a_rebuild_are_in_the_new_index(indexed_projects, monkeypatch):
    def fill(alias):
        """Postgres is read, then projects change, then what was read is written."""
        changed, gone, *_ = projects = Project.objects.prefetch_related("topics")
        read = list(map(index.upsert, projects))
        days = {"start": date(2024, 1, 1), "end": date(2024, 1, 2)}
        Project.objects.create(title="New", slug="new", **days)
        changed.title = "Changed while it was being filled"
        changed.save()
        gone.delete()
        taken = index.send(index.patient(), index.addressed(read, alias))
        assert taken == len(read) - 2
        return taken

    monkeypatch.setattr(index, "fill", fill)
    assert "mending" not in run("rebuild_index", "--force")
    assert Project.objects.count() == 324
    assert is_whole(indexed_projects)


def test_an_index_without_versions_is_replaced_in_one_request(
    sample_projects, elasticsearch
):
    body = {"settings": {}, "mappings": {}}
    index.patient().indices.create(index="coped-projects", **body)
    assert "is an index without versions" in run("rebuild_index")
    [name] = names(elasticsearch)
    assert name != "coped-projects"
    assert is_whole(elasticsearch)
    [actions] = [
        json.loads(body)["actions"]
        for _, path, body in elasticsearch.requests
        if path == "/_aliases"
    ]
    assert [next(iter(action)) for action in actions] == [
        "remove_index",
        "add",
        "remove",
    ]


def test_what_an_unfinished_rebuild_left_is_removed(indexed_projects):
    index.patient().indices.create(
        index="coped-projects-other-1",
        settings={},
        mappings={},
        aliases={index.NEXT: {}},
    )
    serving = indexed_projects.serving
    out = run("rebuild_index")
    assert "deleting coped-projects-other-1, which a rebuild did not finish" in out
    assert list(indexed_projects.indices.values()) == [serving]


def test_documents_newer_than_postgres_are_built_anew(indexed_projects):
    """As after Postgres was restored to an earlier state."""
    [old] = names(indexed_projects)
    project = Project.objects.first()
    indexed_projects.put(str(project.pk), {"title": "From the future"}, version=9)
    out = run("rebuild_index")
    assert f"{old} cannot be mended (1 ahead ({project.pk}))" in out
    assert indexed_projects.serving is not indexed_projects.indices[old]
    assert is_whole(indexed_projects)


def test_a_document_that_is_refused_leaves_the_old_index(indexed_projects):
    [old] = names(indexed_projects)
    project = Project.objects.last()
    indexed_projects.refused_documents = {str(project.pk): "too large"}
    with pytest.raises(CommandError, match=f"project {project.pk}: too large"):
        run("rebuild_index", "--force")
    assert names(indexed_projects) == [old]
    assert "coped-projects" in indexed_projects.serving.aliases


def test_an_index_that_differs_at_the_end_is_not_put_in_place(
    indexed_projects, monkeypatch
):
    [old] = names(indexed_projects)
    monkeypatch.setattr(index, "mend", lambda alias, found: None)
    monkeypatch.setattr(index, "fill", lambda alias: 0)
    with pytest.raises(CommandError, match="does not become what Postgres has"):
        run("rebuild_index", "--force")
    assert names(indexed_projects) == [old]


def test_projects_that_nobody_indexes_do_not_keep_an_index_from_serving(
    indexed_projects, monkeypatch
):
    """Like those that pods of a version without signals write all the time."""
    days = {"start": date(2024, 1, 1), "end": date(2024, 1, 2)}
    numbers = iter(range(100))
    look = comparison.look

    def look_and_write(name, ids):
        found = look(name, ids)
        slug = f"new-{next(numbers)}"
        Project.objects.bulk_create([Project(title=slug, slug=slug, **days)])
        return found

    [old] = names(indexed_projects)
    monkeypatch.setattr(comparison, "look", look_and_write)
    Project.objects.bulk_create([Project(title="New", slug="new", **days)])
    run("rebuild_index", "--force")
    assert indexed_projects.serving is not indexed_projects.indices[old]
    assert len(indexed_projects.documents) == 325


def test_a_swap_of_which_nobody_knows_removes_nothing(indexed_projects):
    """The answer may be lost although the swap succeeded: then the new index serves."""

    def lose(method, path):
        if path == "/_aliases":
            indexed_projects.refusal = 503

    indexed_projects.before = lose
    with pytest.raises(CommandError):
        run("rebuild_index", "--force")
    indexed_projects.before = lambda *_: None
    indexed_projects.refusal = None
    assert len(names(indexed_projects)) == 2
    run("rebuild_index")
    assert len(names(indexed_projects)) == 1


def test_the_hash_changes_with_mapping_and_settings_only(monkeypatch):
    first = index.mapping_hash()
    assert first == index.mapping_hash()
    assert len(first) == 8
    for name in ("SETTINGS", "MAPPINGS"):
        with monkeypatch.context() as patch:
            patch.setattr(index, name, getattr(index, name) | {"more": 1})
            assert index.mapping_hash() != first


def test_two_rebuilds_do_not_meet(indexed_projects, monkeypatch):
    class Cursor:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def execute(self, query):
            assert "pg_try_advisory_lock" in query

        def fetchone(self):
            return [False]

    postgres = SimpleNamespace(vendor="postgresql", cursor=Cursor)
    monkeypatch.setattr("projects.rebuild.connection", postgres)
    with pytest.raises(Failed, match="another rebuild is running"):
        rebuild(lambda line: None)
