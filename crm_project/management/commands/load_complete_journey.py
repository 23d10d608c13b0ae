"""`manage.py load_complete_journey`: a year of a supermarket's customers, orders and campaigns."""

from datetime import date

from django.core.management.base import BaseCommand, CommandError, CommandParser

from crm_project.demo.complete_journey import NOTICE, CompleteJourney
from crm_project.demo.console import Console
from crm_project.demo.load import load, loaded_until, yesterday
from crm_project.demo.points import earn_from_the_first_day
from crm_project.errors import BusinessError


class Command(BaseCommand):
    """Loads the demo's data; a second time changes nothing."""

    help = "Load The Complete Journey, moved to end yesterday. Names, contacts, consents and web visits are made up."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--last-day", type=date.fromisoformat, help="day of the last purchase (yesterday)")

    def handle(self, *args: object, **options: object) -> None:
        console = Console(self.stdout)
        console.say(NOTICE)
        try:
            journey = CompleteJourney()
            written = load(journey, self._last_day(journey, options["last_day"]), console)
        except BusinessError as refusal:
            raise CommandError(str(refusal)) from refusal
        earn_from_the_first_day()
        counts = ", ".join(f"{count:,} {name}" for name, count in journey.counts().items())
        console.say(f"{counts}. {f'{written:,} rows were new or changed' if written else 'Nothing had changed'}.")

    def _last_day(self, journey: CompleteJourney, wanted: object) -> date:
        """Return the day to end on: that of an earlier load, because what happened since refers to its dates.

        Raises:
            CommandError: the data is loaded, and ends on another day than the wanted one.
        """
        loaded = loaded_until(journey)
        if loaded and wanted and loaded != wanted:
            raise CommandError(
                f"The data is loaded and ends on {loaded}. To have it end on {wanted}, use a new database."
            )
        if loaded and loaded != yesterday():
            self.stdout.write(f"The data is loaded already and ends on {loaded}; its dates stay.")
        return loaded or wanted or yesterday()
