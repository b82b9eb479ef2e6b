"""The one query that the site makes of its search index."""

import logging
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.safestring import mark_safe

from projects.elastic import FAILURES, client, in_one_line
from projects.index import ALIAS

logger = logging.getLogger(__name__)

PAGE_SIZE = 20
# Elasticsearch refuses pages that reach beyond its index.max_result_window, by default 10,000 hits.
LAST_PAGE = 10_000 // PAGE_SIZE


class Unavailable(Exception):
    """Elasticsearch does not answer, or refuses."""


@dataclass(frozen=True)
class Hit:
    title: str
    url: str
    summary: str
    organisation: str
    start: date
    end: date
    topics: list[str]


@dataclass(frozen=True)
class Results:
    hits: list[Hit]
    total: int
    page: int
    pages: int
    topic_counts: dict[str, int]

    @property
    def previous(self):
        return self.page - 1 if self.page > 1 else None

    @property
    def next(self):
        return self.page + 1 if self.page < self.pages else None

    @property
    def truncated(self):
        """Whether there are more hits than pages can show."""
        return self.total > LAST_PAGE * PAGE_SIZE


def request(q, topic, page):
    """Body of the search for a page (from 1) of the projects that match q and have the topic.

    Empty q matches every project, empty topic is any topic.
    """
    body = {
        "query": {"match_all": {}},
        "sort": [{"start": "desc"}, {"slug": "asc"}],
        "from": (page - 1) * PAGE_SIZE,
        "size": PAGE_SIZE,
        "track_total_hits": True,
        "aggs": {"topics": {"terms": {"field": "topics", "size": 100}}},
    }
    if q:
        body |= {
            "query": {
                "simple_query_string": {
                    "query": q,
                    "fields": ["title^3", "summary", "organisation", "funder"],
                    "default_operator": "and",
                    "flags": "PHRASE|WHITESPACE",
                }
            },
            "sort": ["_score", {"slug": "asc"}],
            "highlight": {
                "encoder": "html",
                "pre_tags": ["<mark>"],
                "post_tags": ["</mark>"],
                "number_of_fragments": 0,
                "fields": {"title": {}, "summary": {}},
            },
        }
    if topic:
        # After the aggregation, so that the other topics keep their counts.
        body["post_filter"] = {"term": {"topics": topic}}
    return body


def search(q="", topic="", page=1):
    """Results of a search; a page out of range becomes the nearest one. Raises Unavailable."""
    page = min(max(page, 1), LAST_PAGE)
    response = ask(request(q, topic, page))
    total = response["hits"]["total"]["value"]
    pages = min(max(-(-total // PAGE_SIZE), 1), LAST_PAGE)
    if page > pages:
        page = pages
        response = ask(request(q, topic, page))
    return Results(
        hits=[hit(document) for document in response["hits"]["hits"]],
        total=total,
        page=page,
        pages=pages,
        topic_counts={
            bucket["key"]: bucket["doc_count"]
            for bucket in response["aggregations"]["topics"]["buckets"]
        },
    )


def ask(body):
    try:
        return client().search(
            index=ALIAS, body=body, allow_partial_search_results=False
        )
    except FAILURES as error:
        logger.warning("search is unavailable: %s", in_one_line(error))
        raise Unavailable from error


def hit(document):
    source = document["_source"]
    highlight = document.get("highlight", {})

    def text(field):
        # The highlighter's html encoder has escaped everything but its own <mark>.
        return mark_safe(highlight[field][0]) if field in highlight else source[field]

    return Hit(
        title=text("title"),
        url=reverse("project", args=[source["slug"]]),
        summary=text("summary"),
        organisation=source["organisation"],
        start=date.fromisoformat(source["start"]),
        end=date.fromisoformat(source["end"]),
        topics=source["topics"],
    )
