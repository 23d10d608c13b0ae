"""`manage.py kpi NAME`: a KPI with what went into it."""

import json

from django.core.management.base import BaseCommand, CommandError, CommandParser

from analytics import kpis
from analytics.kpis.wording import as_text
from crm_project.errors import BusinessError


class Command(BaseCommand):
    """Says what the KPI is, its value and its inputs."""

    help = "Show a KPI with its inputs, of everybody or of a part of the shop. Days are those of Korea, both included."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help=", ".join(kpis.KPIS.names()))
        parser.add_argument(
            "--from",
            dest="first",
            metavar="DATE",
            help="first day (that of the first purchase; 30 days for crr, churn, dormant and lost)",
        )
        parser.add_argument("--to", dest="last", metavar="DATE", help="last day (today)")
        parser.add_argument("--segment", metavar="NAME", help="members of a segment, by its name or number")
        parser.add_argument("--store", metavar="NUMBER", help="purchases made in a store")
        parser.add_argument("--source", help="customers from an acquisition source")
        parser.add_argument("--cohort", metavar="MONTH", help="customers who bought first in a month: 2026-11")
        parser.add_argument("--json", action="store_true", help="one line of JSON")

    def handle(self, *args: object, **options: object) -> None:
        try:
            found = kpis.find(str(options["name"]))
            period = found.usual_period(first=options["first"], last=options["last"])
            within = kpis.asked_for(options)
        except BusinessError as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(kpis.as_json(found, period, within)))
        else:
            about = ", ".join([str(period), *within.words])
            self._explain(found, found.read(period, within), about)

    def _explain(self, found: kpis.Kpi, reading: kpis.Reading, about: str) -> None:
        self.stdout.write(f"{found.label}  {about}")
        self.stdout.write(f"  {as_text(reading.value, found.unit)}  =  {found.formula}")
        for each in reading.inputs:
            self.stdout.write(f"  {each.label}: {as_text(each.value, each.unit)}")
