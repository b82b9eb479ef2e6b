import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from elasticsearch import ApiError, TransportError
from elasticsearch.helpers import BulkIndexError

from projects import search


class Command(BaseCommand):
    help = "Makes the search index hold exactly the projects of the database."

    def add_arguments(self, parser):
        parser.add_argument(
            "--wait",
            type=float,
            default=0,
            metavar="SECONDS",
            help="how long to wait for Elasticsearch to answer (default: not at all)",
        )

    def handle(self, *, wait, **options):
        try:
            self.wait_for_elasticsearch(wait)
            indexed, removed = search.rebuild()
        except (ApiError, TransportError, BulkIndexError) as error:
            reason = " ".join(str(error).split())
            raise CommandError(f"{search.INDEX} was not rebuilt: {reason}") from error
        self.stdout.write(
            f"{search.INDEX}: {indexed} projects indexed, {removed} removed"
        )

    def wait_for_elasticsearch(self, seconds):
        deadline = time.monotonic() + seconds
        while True:
            try:
                search.client().info()
                return
            except (ApiError, TransportError) as error:
                remaining = deadline - time.monotonic()
                if remaining <= 0:
                    raise
                self.stdout.write(
                    f"waiting up to {remaining:.0f} s for Elasticsearch at "
                    f"{settings.ELASTIC_HOSTNAME}:{settings.ELASTIC_PORT} ({type(error).__name__})"
                )
                self.stdout.flush()
                time.sleep(min(2, remaining))
