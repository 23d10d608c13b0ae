"""`manage.py ledger_check`: replay the points ledger and name every row that differs. Exit code 1: there is one."""

import sys

from django.core.management.base import BaseCommand

from loyalty.ledger import checking


class Command(BaseCommand):
    """Checks, keeps the result for the admin, prints every difference."""

    help = "Replay the points ledger: entries, lots, holds and the numbers of every account. Changes nothing booked."

    def handle(self, *args: object, **options: object) -> None:
        done = checking.check()
        seconds = (done.ended_at - done.started_at).total_seconds()
        for finding in done.findings:
            self.stdout.write(str(checking.Finding(**finding)))
        self.stdout.write(
            f"{done.accounts:,} accounts and {done.entries:,} entries checked in {seconds:.1f} s:"
            f" {done.differences:,} differences."
        )
        if done.differences:
            sys.exit(1)
