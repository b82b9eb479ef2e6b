import json
from pathlib import Path

from django.core.management.base import BaseCommand
from django.db import transaction

from projects.models import Project, Topic

DATA = Path(__file__).parents[2] / "data" / "projects.json"


class Command(BaseCommand):
    help = "Loads made-up projects into an empty catalogue; changes nothing in one that has projects."

    def handle(self, **options):
        with transaction.atomic():
            existing = Project.objects.count()
            if existing:
                self.stdout.write(
                    f"nothing loaded: the catalogue has {existing} projects already"
                )
                return
            loaded = load()
        self.stdout.write(f"loaded {loaded} sample projects")


def load():
    data = json.loads(DATA.read_text())
    topics = {
        slug: Topic.objects.get_or_create(slug=slug, defaults={"name": name})[0]
        for slug, name in data["topics"].items()
    }
    topics_of = [fields.pop("topics") for fields in data["projects"]]
    # In bulk, which sends no signals: rebuild_index, which comes after, indexes all of them.
    projects = Project.objects.bulk_create(
        Project(**fields) for fields in data["projects"]
    )
    Project.topics.through.objects.bulk_create(
        Project.topics.through(project=project, topic=topics[slug])
        for project, slugs in zip(projects, topics_of, strict=True)
        for slug in slugs
    )
    return len(projects)
