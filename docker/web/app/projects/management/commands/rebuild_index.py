import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import Error
from elasticsearch import ApiError, TransportError

from projects import index
from projects.elastic import FAILURES, client, in_one_line
from projects.rebuild import Failed, rebuild


class Command(BaseCommand):
    help = (
        "Makes the search index equal to the database: mends the one that serves, or builds "
        "another one when the mapping has changed, and puts it in its place."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--wait",
            type=float,
            default=0,
            metavar="SECONDS",
            help="how long to wait for Elasticsearch to answer, and for another rebuild to end "
            "(default: not at all)",
        )
        parser.add_argument(
            "--force",
            action="store_true",
            help="build another index even when the one that serves could be mended",
        )

    def handle(self, *, wait, force, **options):
        try:
            self.wait_for_elasticsearch(wait)
            rebuild(self.say, force=force, wait_seconds=wait)
        except (*FAILURES, index.Refused, Failed, Error) as error:
            raise CommandError(
                f"{index.ALIAS} was not rebuilt: {in_one_line(error)}"
            ) from error

    def say(self, line):
        self.stdout.write(line)
        self.stdout.flush()

    def wait_for_elasticsearch(self, seconds):
        deadline = time.monotonic() + seconds
        while True:
            try:
                client().info()
                return
            except (ApiError, TransportError) as error:
                remaining = deadline - time.monotonic()
                if remaining <= 0:
                    raise
                self.say(
                    f"waiting up to {remaining:.0f} s for Elasticsearch at "
                    f"{settings.ELASTIC_HOSTNAME}:{settings.ELASTIC_PORT} ({type(error).__name__})"
                )
                time.sleep(min(2, remaining))
