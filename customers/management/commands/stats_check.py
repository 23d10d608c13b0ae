"""`manage.py stats_check`: compares statistics, cycles and RFM with a recomputation; exit code 1 on a difference."""

import sys

from django.core.management.base import BaseCommand

from customers import stored_numbers


class Command(BaseCommand):
    """Say every stored number that is not what the facts add up to. Changes nothing."""

    help = "Compare the stored statistics, purchase cycles and RFM cut points with a recomputation from the facts."

    def handle(self, *args: object, **options: object) -> None:
        check = stored_numbers.check()
        for name in check.older_than_the_facts:
            self.stdout.write(f"{name}: not compared, orders came in since. They are renewed every night.")
        for finding in check.findings:
            self.stdout.write(str(finding))
        if check.findings:
            self.stderr.write(f"{len(check.findings)} differences. `manage.py stats_rebuild` mends them.")
            sys.exit(1)
        self.stdout.write("Everything stored equals a recomputation.")
