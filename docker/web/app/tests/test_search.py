import socket
import time

import certifi
import pytest

from projects import elastic, search


def test_an_empty_query_asks_for_everything_newest_first():
    body = search.request("", "", 1)
    assert body["query"] == {"match_all": {}}
    assert body["sort"][0] == {"start": "desc"}
    assert "post_filter" not in body


def test_every_word_has_to_match():
    query = search.request("heat pump", "", 1)["query"]["simple_query_string"]
    assert query["query"] == "heat pump"
    assert query["default_operator"] == "and"


def test_the_topic_filter_leaves_the_counts_of_other_topics():
    body = search.request("heat", "solar", 1)
    assert body["post_filter"] == {"term": {"topics": "solar"}}
    assert "solar" not in str(body["query"])


def test_elasticsearch_escapes_what_it_highlights():
    highlight = search.request("heat", "", 1)["highlight"]
    assert highlight["encoder"] == "html"
    assert set(highlight["fields"]) == {"title", "summary"}
    assert highlight["number_of_fragments"] == 0


@pytest.mark.parametrize(("page", "first"), [(1, 0), (2, 20), (500, 9980)])
def test_pages_follow_each_other(page, first):
    body = search.request("", "", page)
    assert (body["from"], body["size"]) == (first, 20)


def test_a_page_before_the_first_is_the_first(indexed_projects):
    assert search.search(page=-3).page == 1


def test_a_page_after_the_last_is_the_last(indexed_projects):
    results = search.search(page=400)
    assert results.page == results.pages == 17
    assert len(results.hits) == 4


def test_no_request_reaches_beyond_the_result_window(indexed_projects):
    indexed_projects.total = 25_000
    results = search.search(page=10**8)
    assert results.pages == 500
    assert results.truncated
    for body in indexed_projects.searches():
        assert body["from"] + body["size"] <= 10_000


def test_a_refusal_makes_search_unavailable(indexed_projects):
    for status in (401, 403, 404, 429, 500, 503):
        indexed_projects.refusal = status
        with pytest.raises(search.Unavailable):
            search.search("heat")


def test_a_closed_port_makes_search_unavailable(no_elasticsearch):
    with pytest.raises(search.Unavailable):
        search.search("heat")


def test_a_server_that_keeps_silent_makes_search_unavailable_soon(settings):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.ELASTIC_PORT = silent.getsockname()[1]
        begin = time.monotonic()
        with pytest.raises(search.Unavailable):
            search.search("heat")
        assert time.monotonic() - begin < 4


def test_a_search_is_not_tried_twice(indexed_projects):
    indexed_projects.refusal = 503
    with pytest.raises(search.Unavailable):
        search.search("heat")
    assert len(indexed_projects.requests) == 1


def test_a_certificate_authority_makes_it_https(settings):
    settings.ELASTIC_CA_FILE = None
    [plain] = elastic.client().transport.node_pool.all()
    assert plain.scheme == "http"

    elastic.client.cache_clear()
    settings.ELASTIC_CA_FILE = certifi.where()
    [verified] = elastic.client().transport.node_pool.all()
    assert verified.scheme == "https"
    assert verified.config.verify_certs
    assert verified.config.ca_certs == settings.ELASTIC_CA_FILE
