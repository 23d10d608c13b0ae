"""Bookings in few words: what a test does not name does not matter to it."""

import os
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.contrib.auth.models import User

from customers.models import Customer
from loyalty import ledger
from loyalty.ledger import LotTerms, Posting, Receipt
from loyalty.ledger.terms import ZONE
from loyalty.models import Account, Hold, Lot, Transaction
from tests.factories import make_customer

# `make ledger-tests` runs the numbers of docs/loyalty.md, every other run small ones.
IS_FULL = os.environ.get("LEDGER") == "full"
NOW = datetime(2026, 11, 2, 12, 0, tzinfo=ZONE)
DAY = timedelta(days=1)

_numbers = count(1)


def receipt(reference: str = "") -> Receipt:
    """A receipt of its own, or that of this number."""
    return Receipt("till", reference or f"R{next(_numbers)}")


def account(customer: Customer | None = None, **program: object) -> Account:
    """A new member's account; `program` are terms that are not the usual ones."""
    opened = ledger.account_of((customer or make_customer()).pk)
    if program:
        type(opened.program).objects.filter(pk=opened.program_id).update(**program)
    return Account.objects.select_related("program").get(pk=opened.pk)


def earn(
    owner: Account,
    points: int,
    *,
    days: int | None = 100,
    pending: int = 0,
    kind: str = "base",
    at: datetime = NOW,
    of: Receipt | None = None,
) -> Posting:
    """Award points that die so many days later (None: never), usable after `pending` days."""
    terms = LotTerms(at + pending * DAY, None if days is None else at + days * DAY, kind)
    return ledger.earn(owner.pk, points, receipt=of or receipt(), occurred_at=at, terms=terms, now=at)


def redeem(
    owner: Account, points: int, *, at: datetime = NOW, of: Receipt | None = None, bill: int | None = None
) -> Posting:
    """Use points."""
    return ledger.redeem(owner.pk, points, receipt=of or receipt(), occurred_at=at, bill=bill, now=at)


def hold(owner: Account, points: int, *, at: datetime = NOW, minutes: int = 15, of: Receipt | None = None) -> Hold:
    """Set points aside."""
    until = at + timedelta(minutes=minutes)
    return ledger.place_hold(owner.pk, points, receipt=of or receipt(), until=until, now=at)


def give_back(used: Posting, points: int, *, at: datetime = NOW, of: Receipt | None = None) -> Posting:
    """Cancel so much of a use."""
    return ledger.give_back(used.transaction_id, points, receipt=of or receipt(), occurred_at=at, now=at)


def claw_back(award: Posting, points: int, *, at: datetime = NOW, of: Receipt | None = None) -> Posting:
    """Take so much of an award back."""
    return ledger.claw_back(award.transaction_id, points, receipt=of or receipt(), occurred_at=at, now=at)


def adjust(owner: Account, points: int, *, by: User, at: datetime = NOW, **given: Any) -> Posting:
    """Give or take points by hand."""
    return ledger.adjust(owner.pk, points, reason="goodwill", note="late delivery", by=by, now=at, **given)


def numbers(owner: Account) -> tuple[int, int, int, int]:
    """The account's available, pending and held points and its debt, as stored."""
    owner.refresh_from_db()
    return owner.available, owner.pending, owner.held, owner.debt


def left_in_lots(owner: Account) -> list[int]:
    """What is left in each lot, in the order in which they came."""
    return list(Lot.objects.filter(account=owner).order_by("pk").values_list("remaining", flat=True))


def kinds(owner: Account) -> list[str]:
    """The kinds of what was booked, in order."""
    return list(Transaction.objects.filter(account=owner).order_by("pk").values_list("kind", flat=True))
