import io
import json
import time

import pytest
from django.core.management import CommandError, call_command

from projects.management.commands import load_sample_projects
from projects.models import Project, Topic


def run(command, *arguments):
    out = io.StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


def test_sample_projects_load_once(db):
    assert run("load_sample_projects") == "loaded 324 sample projects\n"
    assert "324 projects already" in run("load_sample_projects")
    assert Project.objects.count() == 324
    assert Topic.objects.count() == 12


def test_a_catalogue_with_a_project_of_its_own_is_left_alone(db):
    Project.objects.create(
        title="Ours",
        slug="ours",
        summary="",
        organisation="",
        funder="",
        start="2024-01-01",
        end="2024-01-02",
    )
    assert "nothing loaded" in run("load_sample_projects")
    assert [project.slug for project in Project.objects.all()] == ["ours"]


def test_a_failed_load_leaves_nothing(db, monkeypatch, tmp_path):
    data = json.loads(load_sample_projects.DATA.read_text())
    data["projects"][-1]["topics"] = ["no-such-topic"]
    broken = tmp_path / "projects.json"
    broken.write_text(json.dumps(data))
    monkeypatch.setattr(load_sample_projects, "DATA", broken)
    with pytest.raises(KeyError):
        run("load_sample_projects")
    assert not Project.objects.exists()
    assert not Topic.objects.exists()


def test_sample_projects_are_whole(sample_projects):
    for project in Project.objects.prefetch_related("topics"):
        assert len(project.summary) > 100
        assert project.topics.all()


def test_rebuilding_fails_in_one_line_without_elasticsearch(db, no_elasticsearch):
    with pytest.raises(CommandError) as error:
        run("rebuild_index")
    assert "\n" not in str(error.value)
    assert str(error.value).startswith("coped-projects was not rebuilt: ")


def test_rebuilding_waits_as_long_as_told(db, no_elasticsearch):
    out = io.StringIO()
    begin = time.monotonic()
    with pytest.raises(CommandError):
        call_command("rebuild_index", "--wait", "0.5", stdout=out)
    assert 0.5 <= time.monotonic() - begin < 3
    assert "for Elasticsearch at 127.0.0.1:" in out.getvalue()
