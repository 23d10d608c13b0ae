"""`manage.py check_rollups [--mend]`: compares the kept sums with the facts; exit code 1 on a difference."""

import sys

from django.core.management.base import BaseCommand, CommandParser

from analytics.rollups import campaigns, check, sales


class Command(BaseCommand):
    """Say every kept sum that is not what the facts add up to; with --mend, add all of it up anew first."""

    help = (
        "Compare the sums behind the reports (sales by day, campaigns by hour) with the orders, messages and credits."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the option."""
        parser.add_argument("--mend", action="store_true", help="add everything up anew, then compare")

    def handle(self, *args: object, **options: object) -> None:
        """Compare and report."""
        if options["mend"]:
            campaigns.mend()
            sales.mark_everything()
            sales.refresh_marked()
        found = check.differences()
        for difference in found:
            self.stdout.write(str(difference))
        if found:
            self.stderr.write(f"{len(found)} differences. `manage.py check_rollups --mend` adds everything up anew.")
            sys.exit(1)
        self.stdout.write("Every kept sum equals the facts.")
