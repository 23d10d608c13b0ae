"""`manage.py generate`: a made-up shop of any size, the same for the same seed, with the truth beside it."""

from datetime import date
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction

from crm_project.demo.console import Console
from crm_project.demo.generated import browsing, catalogue, chance, database, files, past_campaigns, people, purchases
from crm_project.demo.generated import truth as true_values
from crm_project.demo.generated.size import Size
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
            size = _size(options)
            if not options["csv"]:
                database.refuse_unless_empty()
            path = generate(size, console, folder=options["csv"])
        except BusinessError as refusal:
            raise CommandError(str(refusal)) from refusal
        console.say(f"The truth behind it: {path}")


def generate(size: Size, console: Console, *, folder: Path | None = None) -> Path:
    """Generate into the database, or into files of `folder`; return where the truth was written."""
    draws = chance.Chance(size.seed)
    with transaction.atomic(), connection.cursor() as cursor:
        _make_room(cursor)
        with console.step(f"{size.customers:,} customers, {size.orders:,} orders, {size.events:,} events: drawing"):
            catalogue.make_tables(cursor, size)
            people.make_tables(cursor, size, draws)
            past_campaigns.make_table(cursor, size, draws)
            purchases.make_tables(cursor, size, draws)
            browsing.make_views(cursor, size, draws)
        if folder:
            files.write(cursor, size, folder, console)
        else:
            database.store(cursor, size, console)
        path = true_values.write(cursor, size, folder or settings.VAR_DIR / "generated")
        cursor.execute("DROP SCHEMA IF EXISTS pg_temp CASCADE")
    return path


def _make_room(cursor: object) -> None:
    """Let this transaction sort and build indexes in memory; nothing is lost if the machine stops before its end."""
    for setting in ("work_mem = '256MB'", "maintenance_work_mem = '512MB'", "synchronous_commit = off", "jit = off"):
        cursor.execute(f"SET LOCAL {setting}")


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
