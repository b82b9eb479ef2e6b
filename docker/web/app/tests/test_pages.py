import re

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection

from projects.models import Project
from projects.rebuild import rebuild


def page(client, path="/", status=200, **query):
    response = client.get(path, query)
    assert response.status_code == status
    return response.content.decode()


def test_the_search_page_lists_everything(client, indexed_projects):
    html = page(client)
    assert html.count('<li class="hit">') == 20
    assert '<h2 id="result-count">324 projects</h2>' in html
    assert 'role="search"' in html
    assert 'name="q"' in html
    assert "Page 1 of 17" in html


def test_every_hit_leads_to_its_project(client, indexed_projects):
    html = page(client)
    links = re.findall(r'<h3><a href="(/projects/[^"]+)">', html)
    assert len(links) == 20
    page(client, links[0])


def test_topics_have_counts_and_keep_the_query(client, indexed_projects):
    html = page(client, q="heat", page="2")
    assert html.count("data-topic=") == 12
    assert 'href="/?q=heat&amp;topic=solar" data-topic="solar"' in html
    solar = Project.objects.filter(topics__slug="solar").count()
    assert f'Solar power <span class="count">{solar}</span>' in html


def test_the_chosen_topic_is_marked_and_stays(client, indexed_projects):
    html = page(client, topic="solar")
    assert 'data-topic="solar" aria-current="true"' in html
    assert '<input type="hidden" name="topic" value="solar">' in html
    assert "in Solar power" in html
    assert 'href="/?">All topics' in html


def test_pages_lead_on_and_back(client, indexed_projects):
    html = page(client, q="heat", page="2")
    assert 'href="/?q=heat&amp;page=1" rel="prev"' in html
    assert 'href="/?q=heat&amp;page=3" rel="next"' in html
    assert 'rel="next"' not in page(client, page="17")


@pytest.mark.parametrize(
    ("number", "shown"),
    [("0", 1), ("-1", 1), ("x", 1), ("²", 1), ("", 1), ("99", 17), ("9" * 5000, 17)],
)
def test_a_bad_page_number_shows_a_page(client, indexed_projects, number, shown):
    assert f"Page {shown} of 17" in page(client, page=number)


def test_matches_are_marked(client, indexed_projects):
    indexed_projects.highlight = {"title": ["A <mark>heat</mark> &lt;b&gt; pump"]}
    html = page(client, q="heat")
    assert "A <mark>heat</mark> &lt;b&gt; pump</a>" in html


def test_what_is_not_highlighted_is_escaped(client, indexed_projects):
    for document in indexed_projects.documents.values():
        document["title"] = document["summary"] = "<script>alert(1)</script>"
        document["organisation"] = "<b>"
    html = page(client, q="alert")
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "<b>" not in html


def test_the_query_is_escaped(client, indexed_projects):
    html = page(client, q='"><script>', topic='"><script>')
    assert "<script>" not in html
    assert 'value="&quot;&gt;&lt;script&gt;"' in html


def test_long_queries_are_cut(client, indexed_projects):
    page(client, q="a" * 5000)
    [body] = indexed_projects.searches()
    assert len(body["query"]["simple_query_string"]["query"]) == 200


def test_no_match_says_so_and_shows_a_way_out(client, db, elasticsearch):
    rebuild(say=lambda line: None)
    html = page(client, q="unicorn", topic="solar")
    assert 'id="no-results"' in html
    assert "No project matches “unicorn”" in html
    assert '<a href="/?q=unicorn">' in html
    assert '<a href="/">Show every project</a>' in html
    assert 'class="hit"' not in html


def test_the_site_survives_without_elasticsearch(
    client, sample_projects, no_elasticsearch
):
    html = page(client, q="heat")
    assert 'id="search-down"' in html
    assert 'role="alert"' in html
    assert "Search is unavailable at the moment" in html
    assert 'value="heat"' in html
    page(client, Project.objects.first().get_absolute_url())


def test_a_project_page_shows_the_project(client, sample_projects):
    project = Project.objects.first()
    html = page(client, project.get_absolute_url())
    for text in (project.organisation, project.funder, project.start.strftime("%B %Y")):
        assert text.replace("&", "&amp;") in html
    for topic in project.topics.all():
        assert f'href="/?topic={topic.slug}"' in html


def test_an_unknown_project_is_not_found(client, db, settings):
    settings.DEBUG = False
    html = page(client, "/projects/nothing/", status=404)
    assert "Page not found" in html
    assert 'lang="en-GB"' in html


def test_an_error_shows_the_site_s_own_page(client, settings, monkeypatch):
    settings.DEBUG = False
    client.raise_request_exception = False
    monkeypatch.setattr("projects.search.search", lambda *_: 1 / 0)
    assert "Something went wrong" in page(client, status=500)


def test_only_safe_methods_are_served(client, db):
    assert client.post("/").status_code == 405


def test_answers_carry_security_headers(client, indexed_projects):
    headers = client.get("/").headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Content-Security-Policy"].startswith("default-src 'self';")


def test_pages_need_nothing_that_the_policy_forbids(client, indexed_projects):
    html = page(client)
    assert "<script" not in html
    assert "style=" not in html
    assert "<style" not in html
    assert "//" not in re.sub(r"<!--.*?-->", "", html)


def test_http_is_sent_to_https_save_for_probes(client, db, settings):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_HSTS_SECONDS = 3600
    assert client.get("/nothing/").status_code == 301
    assert client.get("/livez").status_code == 200
    assert client.get("/readyz").status_code == 200
    forwarded = client.get("/nothing/", headers={"X-Forwarded-Proto": "https"})
    assert forwarded.status_code == 404
    assert forwarded.headers["Strict-Transport-Security"] == "max-age=3600"


def test_probes_need_no_allowed_host(client, db):
    assert client.get("/nothing/", headers={"Host": "10.0.0.7"}).status_code == 400
    assert client.get("/readyz", headers={"Host": "10.0.0.7"}).status_code == 200


def test_liveness_asks_nobody(client):
    response = client.get("/livez")
    assert (response.status_code, response.content) == (200, b"ok")


def test_readiness_follows_the_database(client, db, monkeypatch, no_elasticsearch):
    assert client.get("/readyz").status_code == 200

    def down():
        raise OperationalError("connection refused")

    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", down)
        response = client.get("/readyz")
        assert (response.status_code, response.content) == (503, b"database")
        assert client.get("/livez").status_code == 200


def test_static_names_change_with_their_content(client, db, settings, tmp_path):
    settings.STATIC_ROOT = str(tmp_path)
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {
            "BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
        },
    }
    call_command("collectstatic", "--no-input", verbosity=0)
    settings.DEBUG = False
    html = page(client, "/nothing/", status=404)
    [name] = re.findall(r'href="/static/(projects/site\.[0-9a-f]{12}\.css)"', html)
    assert (tmp_path / name).is_file()
