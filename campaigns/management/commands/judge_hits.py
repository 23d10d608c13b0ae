"""`manage.py judge_hits`: says anew which hits were machines', after the signs of machines were changed."""

from datetime import date

from django.core.management.base import BaseCommand, CommandError, CommandParser

from campaigns.pipeline import outcome


class Command(BaseCommand):
    """Judge again; what campaigns are said to have achieved follows."""

    help = "Judge the hits of these days anew, person or machine, and add them up on their messages again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--from", dest="first", type=date.fromisoformat, required=True, help="first day, 2026-11-01"
        )
        parser.add_argument("--to", dest="last", type=date.fromisoformat, required=True, help="last day, 2026-11-30")

    def handle(self, *args: object, first: date, last: date, **options: object) -> None:
        if last < first:
            raise CommandError(f"{last} comes before {first}. Give the earlier day as --from.")
        changed = outcome.roll_up_between(first, last)
        self.stdout.write(f"Judged the hits of {first} to {last}; {changed:,} messages changed.")
