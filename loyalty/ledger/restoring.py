"""Gives points back to the lots they were taken from, each with the day it dies on.

What was taken last comes back first, and what the account owes is paid off by those that would die first. Where a
return has meanwhile taken points of another lot instead of these, that one gets them: in whatever order a use is
cancelled, a purchase returned and a lot dies, the account ends with the same points.
"""

from datetime import datetime, timedelta

from django.db.models import Sum

from loyalty.ledger.book import Book, Draft, NewLot
from loyalty.ledger.terms import ZONE, LotTerms, start_of
from loyalty.models import Bucket, Hold, Lot, LotMove, Transaction


def restore_all(book: Book, draft: Draft, taken_by: int, points: int, *, already: int = 0, grace_days: int = 0) -> None:
    """Put so many of the points that a transaction took back to their lots, or into what the account owes.

    Args:
        already: how many of them came back before.
        grace_days: how long those live at least that come back.
    """
    left = book.pay_debt(draft, points)
    if left:
        book.leg(draft, Bucket.AVAILABLE, left)
    for lot_id, amount in _slice(reversed(taken_from(taken_by)), already, left):
        _restore(book, draft, lot_of(book, lot_id), amount, grace_days=grace_days)


def taken_from(transaction_id: int) -> list[tuple[int, int]]:
    """Return from which lots a transaction took how many points, as it took them; of a capture, what its hold took."""
    hold = Hold.objects.filter(resolution=transaction_id, state=Hold.State.CAPTURED).first()
    moves = LotMove.objects.filter(transaction=hold.placement_id if hold else transaction_id, amount__lt=0)
    taken = [(lot_id, -amount) for lot_id, amount in moves.order_by("pk").values_list("lot", "amount")]
    if hold is None:
        return taken
    captured = Transaction.objects.values_list("points", flat=True).get(pk=transaction_id)
    return _slice(taken, 0, captured)


def lot_of(book: Book, lot_id: int) -> Lot:
    """Return a lot, the one object the book has of it."""
    found = next((lot for lot in book.lots if lot.pk == lot_id), None)
    if found is None:
        found = Lot.objects.get(pk=lot_id)
        book.lots.append(found)
    return found


def _restore(book: Book, draft: Draft, lot: Lot, amount: int, *, grace_days: int) -> None:
    for other_id, displaced in _taken_instead_of(lot):
        part = min(amount, displaced)
        if part:
            _put(book, draft, lot_of(book, other_id), part, until=None, instead_of=lot)
            amount -= part
    until = start_of(book.now.astimezone(ZONE).date() + timedelta(days=grace_days + 1)) if grace_days else None
    if amount:
        _put(book, draft, lot, amount, until=until)


def _put(
    book: Book, draft: Draft, lot: Lot, amount: int, *, until: datetime | None, instead_of: Lot | None = None
) -> None:
    """Put points into a lot, or into a new one that goes on where one of another account or near its end cannot."""
    if lot.account_id == book.account.pk and not _dies_before(lot, until):
        book.move(draft, lot, amount, instead_of=instead_of)
        return
    expires_at = until if _dies_before(lot, until) else lot.expires_at
    starts_at = min(lot.activates_at, book.now)
    terms = LotTerms(starts_at, expires_at, lot.kind)
    draft.new_lots.append(NewLot(amount, amount, Lot.State.ACTIVE, terms, lot.award_id, lot.pk))
    book.due(expires_at)


def _dies_before(lot: Lot, until: datetime | None) -> bool:
    return until is not None and lot.expires_at is not None and lot.expires_at < until


def _taken_instead_of(lot: Lot) -> list[tuple[int, int]]:
    """Return of which other lots a return took points that lay in this one, and have not come back yet."""
    moves = LotMove.objects.filter(instead_of=lot).values_list("lot").annotate(moved=Sum("amount"))
    return [(other, -moved) for other, moved in moves.order_by("lot") if moved < 0]


def _slice(parts: object, skipped: int, wanted: int) -> list[tuple[int, int]]:
    """Return `wanted` points of the parts in their order, after the first `skipped`."""
    found = []
    for lot_id, amount in parts:
        passed = min(skipped, amount)
        skipped -= passed
        part = min(amount - passed, wanted)
        wanted -= part
        if part:
            found.append((lot_id, part))
    return found
