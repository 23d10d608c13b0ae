"""Points of one account go over to another, lot by lot with their days, when two customers turn out to be one."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from loyalty.ledger.book import PENDING, Book, Draft
from loyalty.ledger.freezing import freeze
from loyalty.ledger.opening import open_book
from loyalty.ledger.restoring import lot_of
from loyalty.ledger.settling import open_holds, release
from loyalty.ledger.terms import LotTerms
from loyalty.models import Account, Bucket, Lot, Transaction

KIND = Transaction.Kind


@transaction.atomic
def transfer(from_id: int, to_id: int, *, by: User | None = None, now: datetime | None = None) -> None:
    """Move all points and debts of an account to another, and close it: from then on it stands for the other.

    Holds that are open on it are released first. Where it was frozen, the other one is from then on.
    """
    giving, taking = _open_both(from_id, to_id, now=now or timezone.now())
    if giving.account == taking.account:  # one of them went into the other before
        return
    for hold in open_holds(giving):
        release(giving, hold)
    points = giving.account.available + giving.account.pending + giving.account.debt
    if points:
        lots, debt = _give_all(giving, points, to_id, by)
        _take_over(taking, points, lots, debt, from_id, by)
    if giving.account.status == Account.Status.FROZEN:
        freeze(taking.account.pk)
    Account.objects.filter(pk=from_id).update(merged_into=to_id, status=Account.Status.CLOSED, due_at=None)


@transaction.atomic
def transfer_back(account_id: int, *, by: User | None = None, now: datetime | None = None) -> None:
    """Open a merged account again and move back what is left of the lots that it brought; debts stay.

    It is frozen where the other one still is: of a merge with a frozen account both are, until staff thaws them.
    """
    account = Account.objects.select_for_update(no_key=True).get(pk=account_id)
    kept_id = account.merged_into_id
    Account.objects.filter(pk=account_id).update(merged_into=None, status=Account.Status.OPEN)
    giving, taking = _open_both(kept_id, account_id, now=now or timezone.now())
    if giving.account.status == Account.Status.FROZEN:
        freeze(account_id)
    brought = set(Lot.objects.filter(account=kept_id, origin__account=account_id).values_list("pk", flat=True))
    lots = [lot for lot in giving.lots if lot.remaining and lot.pk in brought]
    if not lots:
        return
    draft = _draft(sum(lot.remaining for lot in lots), account_id, by)
    parts = [(lot.origin_id, lot.state, lot.remaining) for lot in lots]
    book_out(giving, draft, lots)
    giving.post(draft)
    draft = _draft(draft.points, kept_id, by)
    for origin_id, state, points in parts:
        origin = lot_of(taking, origin_id)
        origin.state = state
        left = points if state == PENDING else taking.pay_debt(draft, points)
        taking.leg(draft, Bucket.PENDING if state == PENDING else Bucket.AVAILABLE, left)
        taking.leg(draft, Bucket.TRANSFERRED, -points)
        taking.move(draft, origin, left)
        taking.due(origin.activates_at if state == PENDING else origin.expires_at)
    taking.post(draft)


def book_out(book: Book, draft: Draft, lots: list[Lot]) -> None:
    """Take all that is left of these lots out of an account."""
    for lot in lots:
        book.leg(draft, Bucket.TRANSFERRED, lot.remaining)
        book.take(draft, lot.remaining, lots=[lot])


def _open_both(one_id: int, other_id: int, *, now: datetime) -> tuple[Book, Book]:
    """Lock and open two accounts, the lower number first, so that two moves at once do not wait for each other."""
    books = {account_id: open_book(account_id, now=now) for account_id in sorted([one_id, other_id])}
    return books[one_id], books[other_id]


def _give_all(book: Book, points: int, to_id: int, by: User | None) -> tuple[list[tuple[Lot, int]], int]:
    """Empty an account; return its lots with what was in each, and its debt."""
    draft = _draft(points, to_id, by)
    lots = [(lot, lot.remaining) for lot in book.lots if lot.remaining]
    book_out(book, draft, [lot for lot, _remaining in lots])
    debt = book.account.debt
    if debt:
        book.leg(draft, Bucket.DEBT, debt)
        book.leg(draft, Bucket.TRANSFERRED, -debt)
    book.post(draft)
    return lots, debt


def _take_over(book: Book, points: int, lots: list[tuple[Lot, int]], debt: int, from_id: int, by: User | None) -> None:
    draft = _draft(points, from_id, by)
    for lot, remaining in lots:
        book.leg(draft, Bucket.TRANSFERRED, -remaining)
        book.award(draft, remaining, LotTerms(lot.activates_at, lot.expires_at, lot.kind), origin=lot)
    if debt:
        book.leg(draft, Bucket.TRANSFERRED, debt)
        # Who owes has no usable points, so that none of the lots taken over is asked here.
        book.leg(draft, Bucket.DEBT, book.take(draft, debt) - debt)
    book.post(draft)


def _draft(points: int, other_id: int, by: User | None) -> Draft:
    return Draft(KIND.TRANSFER, points, {"details": {"other_account": other_id}, "by_id": by and by.pk})
