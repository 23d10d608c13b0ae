"""`manage.py attribute`: credit campaigns with their orders anew."""

from django.core.management.base import BaseCommand, CommandError, CommandParser

from analytics.attribution import check, credits
from analytics.models import AttributedOrder
from analytics.periods import period_between
from crm_project.errors import BusinessError

Model = AttributedOrder.Model


class Command(BaseCommand):
    """Computes the credits of a period's orders, or of all, and says what changed."""

    help = "Credit the orders of a period (of ever) to campaigns anew. Days are those of Korea, both ends included."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", dest="first", metavar="DATE", help="first day (otherwise: all orders)")
        parser.add_argument("--to", dest="last", metavar="DATE", help="last day (today)")
        parser.add_argument("--model", choices=Model.values, action="append", help="this model only; may be repeated")

    def handle(self, *args: object, **options: object) -> None:
        models = options["model"] or Model.values
        try:
            if options["first"] or options["last"]:
                period = period_between(options["first"], options["last"])  # type: ignore[arg-type]
                done = credits.attribute_period(period, models)
            else:
                done = credits.attribute_everything(models)
            check.refuse_wrong_credits()
        except BusinessError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{done.credited:,} credits written, {done.taken_back:,} taken back.")
