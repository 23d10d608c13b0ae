"""`manage.py evaluate_recommendations`: the recommendations against four weeks that they do not know."""

import re
from datetime import date, datetime
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from crm_project.errors import BusinessError
from customers.recommendations import evaluation, library
from customers.recommendations.report_words import markdown

# Between these lines of a document the table is replaced.
TABLE = re.compile(r"(?<=<!-- table of the evaluation -->\n).*?(?=\n<!-- end of the table -->)", re.DOTALL)


class Command(BaseCommand):
    """Evaluates, keeps the report for the admin, prints its table."""

    help = (
        "Make lists as of a day, compare them with what people bought in the four weeks after it, and with other"
        " recommenders. Nothing else is changed; later orders are locked meanwhile."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--as-of",
            type=date.fromisoformat,
            metavar="DATE",
            help="first day held out (four weeks before the last order)",
        )
        parser.add_argument("--write", type=Path, metavar="FILE", help="put the table into this document as well")

    def handle(self, *args: object, **options: object) -> None:
        rivals = library.rivals()
        if not rivals:
            self.stderr.write("Without the library's recommenders: pip install -r requirements-evaluation.txt")
        try:
            report = evaluation.evaluate(self._cut(options["as_of"]), rivals=rivals)
        except BusinessError as refusal:
            raise CommandError(str(refusal)) from refusal
        table = markdown(report)
        day = timezone.localtime(report.as_of, timezone.get_default_timezone()).date()
        self.stdout.write(f"{report.customers:,} customers bought in the {report.days} days from {day} on.\n\n{table}")
        if isinstance(options["write"], Path):
            self._write(options["write"], table)

    def _cut(self, day: object) -> datetime:
        if not isinstance(day, date):
            return evaluation.default_cut()
        return datetime.combine(day, datetime.min.time(), timezone.get_default_timezone())

    def _write(self, file: Path, table: str) -> None:
        text = file.read_text("utf-8")
        if not TABLE.search(text):
            raise CommandError(f"{file} has no place for the table: <!-- table of the evaluation -->")
        file.write_text(TABLE.sub(lambda _match: table, text), "utf-8")
        self.stdout.write(f"Written into {file}.")
