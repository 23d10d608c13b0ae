"""`manage.py generate`: a made-up shop of any size, the same for the same seed, with the truth beside it."""

from datetime import date
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from crm_project.demo.console import Console
from crm_project.demo.generated.size import Size
from crm_project.demo.generated.writing import generate
from crm_project.demo.load import yesterday
from crm_project.errors import BusinessError

ORDERS_A_CUSTOMER, EVENTS_AN_ORDER = 10, 3


class Command(BaseCommand):
    """Writes into the database, or into CSV files with `--csv`."""

    help = "Generate a shop: customers, consents, orders, visits, past campaigns. Nobody in it can be reached."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--customers", type=int, required=True)
        parser.add_argument("--orders", type=int, help=f"default: {ORDERS_A_CUSTOMER} a customer")
        parser.add_argument("--events", type=int, help=f"default: {EVENTS_AN_ORDER} an order")
        parser.add_argument("--days", type=int, default=730, help="how long the shop has been open (730)")
        parser.add_argument("--last-day", type=date.fromisoformat, help="day of the last purchase (yesterday)")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--campaigns", type=int, default=6)
        where = parser.add_mutually_exclusive_group()
        where.add_argument("--into-database", action="store_true", help="write rows; this is the default")
        where.add_argument("--csv", type=Path, metavar="DIR", help="write the importer's files into this folder")

    def handle(self, *args: object, **options: object) -> None:
        console = Console(self.stdout)
        try:
            path = generate(_size(options), console, folder=options["csv"])
        except BusinessError as refusal:
            raise CommandError(str(refusal)) from refusal
        console.say(f"The truth behind it: {path}")


def _size(options: dict) -> Size:
    orders = options["orders"] if options["orders"] is not None else ORDERS_A_CUSTOMER * options["customers"]
    events = options["events"] if options["events"] is not None else EVENTS_AN_ORDER * orders
    return Size(
        customers=options["customers"],
        orders=orders,
        events=events,
        last_day=options["last_day"] or yesterday(),
        days=options["days"],
        seed=options["seed"],
        campaigns=options["campaigns"],
    )
