"""A ledger of any size: the lives of a few members, booked by the ledger itself, and copied as often as asked for.

Every copy keeps all that the check asks about. Rows are numbered as if the copies had lived side by side, so that those
of an account lie scattered, as they do in a shop.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from random import Random

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Field, Max, Min, Model
from django.utils import timezone

from customers.models import Customer
from loyalty import ledger
from loyalty.errors import LedgerRefused
from loyalty.ledger import LotTerms, Receipt
from loyalty.models import Account, Entry, Hold, Lot, LotMove, Transaction

LIVES, ENTRIES_A_LIFE = 20, 10
COPIED = (Customer, Account, Transaction, Lot, LotMove, Hold, Entry)
UNIQUE_TEXTS = ("external_id", "reference")
DAY = timedelta(days=1)


def fill(accounts: int) -> None:
    """Fill empty tables with so many accounts, rounded up to whole sets of lives; some ten entries each.

    Copying passes by triggers and foreign keys, for which the role has to be a superuser.
    """
    live_lives()
    copies = -(-accounts // LIVES) - 1
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        spans = {model: model.objects.aggregate(first=Min("pk"), last=Max("pk")) for model in COPIED}
        for model in COPIED:
            columns = [field.column for field in model._meta.concrete_fields]
            copied = [_copied(field, spans, copies) for field in model._meta.concrete_fields]
            table = model._meta.db_table
            cursor.execute(
                f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(copied)}"
                f" FROM (SELECT * FROM {table} ORDER BY id) lived CROSS JOIN generate_series(1, {copies}) number"
            )
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")
        cursor.execute("SET LOCAL session_replication_role = origin")
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(model._meta.db_table for model in COPIED)}")


def _copied(field: Field, spans: dict[type[Model], dict[str, int]], copies: int) -> str:
    """Return what a column of a copy is: numbers go on behind those of the lives, texts that are unique get more."""
    of = field.model if field.primary_key else field.related_model
    if of in spans:
        first, last = spans[of]["first"], spans[of]["last"]
        return f"{last} + ({field.column} - {first}) * {copies}::bigint + number"
    if field.column in UNIQUE_TEXTS:
        return f"CASE {field.column} WHEN '' THEN '' ELSE {field.column} || '-' || number END"
    return field.column


def live_lives() -> None:
    """Have a few members live through every kind of booking, over half a year up to now."""
    numbers, chance = count(1), Random(2)  # noqa: S311 (chance, repeatable)
    now = timezone.now()
    for number in range(LIVES):
        customer = Customer.objects.create(source="lives", external_id=f"L{number}", joined_at=now)
        life = _Life(customer, chance, numbers, now - 180 * DAY)
        life.earn()
        life.acts[number % len(life.acts)]()
        while Entry.objects.filter(transaction__account=life.account).count() < ENTRIES_A_LIFE - 2:
            life.go_on()
    ledger.expire_due(now)


class _Life:
    """What becomes of one member's points."""

    def __init__(self, customer: Customer, chance: Random, numbers: count, begins: datetime) -> None:
        self.account = ledger.account_of(customer.pk).pk
        self.chance, self.numbers, self.now = chance, numbers, begins
        self.has_points = False
        self.clerk = User.objects.get_or_create(username="lives")[0]
        self.acts: tuple[Callable[[], object], ...] = (
            self.use, self.cancel, self.give_back, self.set_aside, self.adjust, self.earn
        )  # fmt: skip

    def go_on(self) -> None:
        """Do something, a few days later; or find that it is refused."""
        self.now += self.chance.randint(1, 9) * DAY
        try:
            self.chance.choice(self.acts)()
        except LedgerRefused:
            self.earn()

    def earn(self) -> None:
        usable = self.now + self.chance.choice((0, 0, 0, 7, 400) if self.has_points else (0,)) * DAY
        self.has_points = True
        terms = LotTerms(usable, usable + self.chance.choice((5, 90, 1_000)) * DAY)
        ledger.earn(self.account, self.points(), terms=terms, **self.paper())

    def use(self) -> None:
        ledger.redeem(self.account, self.points() // 10, **self.paper())

    def cancel(self) -> None:
        self.use()
        used = Transaction.objects.filter(account=self.account, kind="redeem").latest("pk")
        ledger.give_back(used.pk, used.points, **self.paper())

    def give_back(self) -> None:
        award = Transaction.objects.filter(account=self.account, kind="earn").latest("pk")
        ledger.claw_back(award.pk, max(1, award.points // 3), **self.paper())

    def set_aside(self) -> None:
        paper = self.paper()
        del paper["occurred_at"]
        hold = ledger.place_hold(self.account, self.points() // 10, until=self.now + 400 * DAY, **paper)
        outcome = self.chance.choice(("captured", "voided", "open"))
        if outcome == "captured":
            ledger.capture(hold.pk, max(1, hold.points // 2), now=self.now)
        elif outcome == "voided":
            ledger.void(hold.pk, now=self.now)

    def adjust(self) -> None:
        ledger.adjust(
            self.account, self.chance.randint(-9, 9) or 1, reason="goodwill", note="x", by=self.clerk, now=self.now
        )

    def points(self) -> int:
        return self.chance.randint(50, 500)

    def paper(self) -> dict[str, object]:
        return {"receipt": Receipt("lives", f"{next(self.numbers)}"), "occurred_at": self.now, "now": self.now}
