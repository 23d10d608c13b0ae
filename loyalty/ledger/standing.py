"""How an account stands at a moment, without booking anything: what has fallen due counts as if it were booked."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from loyalty.ledger.book import Book
from loyalty.ledger.opening import living, open_lots
from loyalty.ledger.settling import settle
from loyalty.models import Account, Lot


@dataclass(frozen=True)
class Expiry:
    """Points that die together."""

    at: datetime
    points: int


@dataclass(frozen=True)
class Standing:
    """What a member has at a moment, and which points die next."""

    available: int
    pending: int
    held: int
    debt: int
    next_expiry: Expiry | None
    lots: list[Lot]

    def expiring_within(self, days: int, *, now: datetime) -> int:
        """Return how many usable points die within so many days."""
        until = now + timedelta(days=days)
        return sum(lot.remaining for lot in self.lots if lot.expires_at is not None and lot.expires_at <= until)


def standing_of(account_id: int, *, now: datetime) -> Standing:
    """Return how an account stands, so that a till never promises dead points."""
    account = living(Account.objects.select_related("program", "merged_into").get(pk=account_id))
    book = Book(account, open_lots(account), now, write=None)
    if account.due_at is not None and account.due_at <= now:
        settle(book)
    lots = [lot for lot in book.lots if lot.remaining]
    return Standing(account.available, account.pending, account.held, account.debt, _next_expiry(book), lots)


def _next_expiry(book: Book) -> Expiry | None:
    days = [lot.expires_at for lot in book.usable() if lot.expires_at is not None]
    if not days:
        return None
    first = min(days)
    return Expiry(first, sum(lot.remaining for lot in book.usable() if lot.expires_at == first))
