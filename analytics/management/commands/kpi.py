"""`manage.py kpi NAME`: a KPI with what went into it."""

import json

from django.core.management.base import BaseCommand, CommandError, CommandParser

from analytics import kpis
from crm_project.errors import BusinessError
from crm_project.templatetags.formats import number_text, percent_text, won_text

WRITE = {"won": won_text, "share": percent_text}


class Command(BaseCommand):
    """Says what the KPI is, its value and its inputs."""

    help = "Show a KPI (clv, cac, crr, rpr, pcr) with its inputs. Days are those of Korea, both ends included."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help=", ".join(kpis.KPIS.names()))
        parser.add_argument(
            "--from", dest="first", metavar="DATE", help="first day (that of the first purchase; for crr 30 days)"
        )
        parser.add_argument("--to", dest="last", metavar="DATE", help="last day (today)")
        parser.add_argument("--json", action="store_true", help="one line of JSON")

    def handle(self, *args: object, **options: object) -> None:
        try:
            found = kpis.find(str(options["name"]))
            period = found.usual_period(first=options["first"], last=options["last"])
        except BusinessError as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(kpis.as_json(found, period)))
        else:
            self._explain(found, found.read(period), str(period))

    def _explain(self, found: kpis.Kpi, reading: kpis.Reading, period: str) -> None:
        self.stdout.write(f"{found.label}  {period}")
        self.stdout.write(f"  {WRITE[found.unit](reading.value)}  =  {found.formula}")
        for each in reading.inputs:
            value = (
                won_text(each.value)
                if each.unit == "won"
                else number_text(each.value, 1 if each.unit == "times" else 0)
            )
            self.stdout.write(f"  {each.label}: {value}")
