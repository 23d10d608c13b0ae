"""`manage.py read_bounces`: take in what came back, from a mail server's pipe or from the mailboxes of the accounts."""

import sys

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from campaigns.bounces import intake, mailbox


class Command(BaseCommand):
    """Reads one mail from standard input, as a mail server pipes it, or all mailboxes with `--mailboxes`."""

    help = "Take in a bounced mail from standard input, or those in the accounts' mailboxes (--mailboxes)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--mailboxes", action="store_true", help="read the mailboxes that the accounts name")

    def handle(self, *args: object, **options: object) -> None:
        now = timezone.now()
        kept = mailbox.read_all(now) if options["mailboxes"] else intake.take_in(sys.stdin.buffer.read(), at=now)
        if int(str(options["verbosity"])) > 0:
            self.stdout.write(f"{kept} reports kept.")
