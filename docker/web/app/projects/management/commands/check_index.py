import json

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from projects import comparison, index
from projects.elastic import FAILURES, in_one_line
from projects.models import Project

EXAMPLES = 5


class Command(BaseCommand):
    help = (
        "Compares the search index with the database and changes nothing. Ends with 0 when they "
        "are equal, 1 when they differ, 2 when they could not be compared."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--json", action="store_true", help="print one line of JSON instead of text"
        )

    def handle(self, **options):
        try:
            report = check()
        except (*FAILURES, Error) as error:
            raise CommandError(
                f"{index.ALIAS} could not be compared: {in_one_line(error)}",
                returncode=2,
            ) from error
        self.stdout.write(json.dumps(report) if options["json"] else text(report))
        if not report["equal"]:
            raise CommandError(
                f"{index.ALIAS} is not what the database has: rebuild_index mends it"
            )


def check():
    indices = index.indices()
    report = {
        "index": indices.serving,
        "current": indices.is_current,
        "unfinished": indices.unfinished,
        "projects": Project.objects.count(),
    }
    found = comparison.Differences()
    if indices.serving:
        found = comparison.differences(indices.serving)
    report |= {
        kind: {"count": len(ids), "examples": comparison.first(ids, EXAMPLES)}
        for kind, ids in vars(found).items()
    }
    return report | {"equal": indices.is_current and not found.ids()}


def text(report):
    if report["index"] is None:
        return "there is no index that serves"
    lines = [
        f"{report['index']} serves; the database has {report['projects']} projects",
        "its mapping is that of this version"
        if report["current"]
        else "its mapping is that of another version",
    ]
    for name in report["unfinished"]:
        lines.append(f"{name} is being filled, or was left unfinished")
    for kind in vars(comparison.Differences()):
        if report[kind]["count"]:
            examples = ", ".join(report[kind]["examples"])
            lines.append(f"{kind}: {report[kind]['count']} ({examples})")
    return "\n".join(lines)
