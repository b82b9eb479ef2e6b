import sys

from django.core.management.base import BaseCommand

from stations.models import Order


class Command(BaseCommand):
    help = "Says on its last line whether a task has failed; the exit code is 1 if one has."

    def handle(self, *args, **options):
        failed = Order.objects.exclude(error="").order_by("-pk")
        newest = failed.first()
        if newest is None:
            print("no task has failed")
            return
        print(
            f"{failed.count()} failed, the newest is order {newest.pk}: {newest.error}"
        )
        sys.exit(1)
