from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from projects import search as index
from projects.models import Project, Topic

LONGEST_QUERY = 200


@require_safe
def search(request):
    q = request.GET.get("q", "").strip()[:LONGEST_QUERY]
    topic = request.GET.get("topic", "")
    context = {"q": q, "topic": topic, "longest_query": LONGEST_QUERY}
    try:
        results = index.search(q, topic, page_number(request))
    except index.Unavailable:
        return render(request, "projects/search_down.html", context)

    names = dict(Topic.objects.values_list("slug", "name"))
    context |= {
        "results": results,
        "hits": [
            {"project": hit, "topics": [names.get(slug, slug) for slug in hit.topics]}
            for hit in results.hits
        ],
        "topic_name": names.get(topic, topic),
        "topics": [
            {"slug": slug, "name": name, "count": results.topic_counts.get(slug, 0)}
            for slug, name in names.items()
        ],
    }
    return render(request, "projects/search.html", context)


def page_number(request):
    # Longer numbers are past the last page anyway, and slow to parse.
    page = request.GET.get("page", "")[:9]
    return int(page) if page.isascii() and page.isdigit() else 1


@require_safe
def project(request, slug):
    found = get_object_or_404(Project.objects.prefetch_related("topics"), slug=slug)
    return render(request, "projects/project.html", {"project": found})
