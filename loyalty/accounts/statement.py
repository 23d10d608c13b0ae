"""An account as its statement tells it: what was booked, the balance over time, lots by their last day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _

from crm_project.charts import Chart, Series
from loyalty.ledger.terms import ZONE, last_day_before
from loyalty.models import Account, Bucket, Entry, Lot, LotPostponement, Transaction

KIND = Transaction.Kind
# How each kind of booking looks: its icon, and its tone where points came or went for good.
LOOKS = {
    KIND.EARN: ("plus", "good"),
    KIND.ACTIVATE: ("check", "good"),
    KIND.REDEEM: ("shopping-cart", "busy"),
    KIND.HOLD: ("clock", "wait"),
    KIND.CAPTURE: ("shopping-cart", "busy"),
    KIND.VOID: ("undo-2", "quiet"),
    KIND.GIVE_BACK: ("undo-2", "good"),
    KIND.CLAW_BACK: ("undo-2", "bad"),
    KIND.ADJUST: ("pencil", "wait"),
    KIND.EXPIRE: ("clock", "quiet"),
    KIND.TRANSFER: ("users", "quiet"),
}
MOST_POINTS_OF_A_CHART = 90
MONTHS_SHOWN = 48


@dataclass(frozen=True)
class Line:
    """A transaction on the statement: how the usable points changed, and what else moved."""

    booked: Transaction
    change: int
    others: list[tuple[str, int]]
    balance: int | None

    @property
    def look(self) -> tuple[str, str]:
        """Return the icon and the tone."""
        return LOOKS[self.booked.kind]


def transactions(account: Account) -> QuerySet[Transaction]:
    """Return what was booked on an account, the newest first."""
    rows = Transaction.objects.filter(account=account).select_related("store", "by", "approved_by")
    return rows.prefetch_related("entries").order_by("-pk")


def lines(booked: Iterable[Transaction]) -> list[Line]:
    """Return transactions as lines of a statement."""
    return [_line(each) for each in booked]


def balance_chart(account: Account, now: datetime) -> Chart | None:
    """Return the usable points at the end of each day, or of each stretch of days; None before the first booking."""
    changes = dict(_changes_by_day(account))
    if not changes:
        return None
    first, last = min(changes), now.astimezone(ZONE).date()
    stretch = max(1, -(-(last - first).days // MOST_POINTS_OF_A_CHART))
    days, balances, balance = [], [], 0
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        balance += changes.get(day, 0)
        if (last - day).days % stretch == 0:
            days.append(f"{day:%y-%m-%d}")
            balances.append(balance)
    series = [Series(_("Usable points"), balances)]
    return Chart(title="", labels=days, series=series, x=_("Day"), y=_("Points"), axis_way="number_short", height=180)


def expiry_chart(lots: Iterable[Lot], now: datetime) -> Chart | None:
    """Return how many usable points die in each of the coming months; None where none does."""
    by_month: dict[str, int] = {}
    for lot in lots:
        if lot.expires_at is not None:
            month = f"{last_day_before(lot.expires_at):%Y-%m}"
            by_month[month] = by_month.get(month, 0) + lot.remaining
    if not by_month:
        return None
    months = _months(now.astimezone(ZONE).date(), max(by_month))
    values = [by_month.get(month, 0) for month in months]
    series = [Series(_("Points"), values, "second")]
    return Chart(title="", labels=months, series=series, x=_("Month of expiry"), y=_("Points"), height=150)


def last_valid(lot: Lot) -> date | None:
    """Return the last day on which a lot can be used; None where it never dies."""
    return None if lot.expires_at is None else last_day_before(lot.expires_at)


def with_last_days(lots: Sequence[Lot]) -> list[tuple[Lot, date | None, bool]]:
    """Return lots with their last day (None where they never die), and whether that was put off."""
    put_off = set(LotPostponement.objects.filter(lot__in=lots).values_list("lot", flat=True))
    return [(lot, last_valid(lot), lot.pk in put_off) for lot in lots]


def _line(booked: Transaction) -> Line:
    own = [entry for entry in booked.entries.all() if entry.account_id == booked.account_id]
    usable = next((entry for entry in own if entry.bucket == Bucket.AVAILABLE), None)
    others = [(Bucket(entry.bucket).label, entry.amount) for entry in own if entry.bucket != Bucket.AVAILABLE]
    return Line(booked, usable.amount if usable else 0, others, usable.balance_after if usable else None)


def _changes_by_day(account: Account) -> Iterable[tuple[date, int]]:
    entries = Entry.objects.filter(account=account, bucket=Bucket.AVAILABLE)
    day = TruncDate("transaction__posted_at", tzinfo=ZONE)
    return entries.annotate(day=day).values_list("day").annotate(change=Sum("amount")).order_by("day")


def _months(first: date, last: str) -> list[str]:
    """Return the months from the first on, at least a quarter of them, up to the last."""
    months, day = [], first.replace(day=1)
    while len(months) < 3 or (f"{day:%Y-%m}" <= last and len(months) < MONTHS_SHOWN):
        months.append(f"{day:%Y-%m}")
        day = (day + timedelta(days=32)).replace(day=1)
    return months
