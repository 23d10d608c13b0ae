"""`manage.py cluster NAME`: one queue cluster whose processes end together."""

import os
import sys

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from crm_project import processes, queue


class Command(BaseCommand):
    """Runs django-q's cluster with two holes closed: its name is known in time, and no process outlives another."""

    help = "Run one queue cluster. `manage.py serve` runs all of them, and restarts those that hang."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", choices=queue.SECONDS_TO_DRAIN, nargs="?", default="default")

    def handle(self, *args: object, **options: object) -> None:
        name = str(options["name"])
        if os.environ.get("Q_CLUSTER_NAME", "default") != name:
            # django-q reads the name once, when it is imported; by now that is long past.
            environment = os.environ | {"Q_CLUSTER_NAME": name}
            os.execve(sys.executable, [sys.executable, *sys.argv], environment)
        processes.let_children_die_with_us()
        call_command("qcluster")
