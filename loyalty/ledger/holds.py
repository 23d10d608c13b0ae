"""Points set aside while a payment is under way: placed, then used in whole or in part, or released."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.models import Store
from loyalty.errors import LedgerRefused
from loyalty.ledger.book import Book, Draft
from loyalty.ledger.opening import head_of, open_book, post_once
from loyalty.ledger.redemptions import refuse_use
from loyalty.ledger.restoring import restore_all
from loyalty.ledger.settling import expire, release
from loyalty.ledger.terms import Posting, Receipt, posting_of
from loyalty.models import Bucket, Hold, Transaction

KIND = Transaction.Kind


def place_hold(
    account_id: int,
    points: int,
    *,
    receipt: Receipt,
    until: datetime,
    bill: int | None = None,
    by: User | None = None,
    store: Store | None = None,
    now: datetime | None = None,
) -> Hold:
    """Set points aside until a moment; the same receipt gets the same hold.

    Raises:
        LedgerRefused: as for a use of points.
    """
    head = head_of(receipt, by_id=by and by.pk, store_id=store and store.pk)

    def place(book: Book) -> Posting:
        refuse_use(book, points, bill=bill)
        draft = Draft(KIND.HOLD, points, head)
        book.take(draft, points)
        book.leg(draft, Bucket.HELD, points)
        book.due(until)
        posting = book.post(draft)
        Hold.objects.create(account=book.account, placement_id=posting.transaction_id, points=points, expires_at=until)
        return posting

    placed = post_once(account_id, KIND.HOLD, points, receipt, place, now=now)
    return Hold.objects.get(placement=placed.transaction_id)


def capture(
    hold_id: int,
    points: int | None = None,
    *,
    occurred_at: datetime | None = None,
    by: User | None = None,
    store: Store | None = None,
    now: datetime | None = None,
) -> Posting:
    """Use what a hold has set aside, all of it or less; the rest goes back to its lots. Once more is a replay.

    Raises:
        LedgerRefused: the hold was released, timed out or used otherwise (`HOLD_RESOLVED`), or holds less.
    """
    hold = Hold.objects.select_related("placement").get(pk=hold_id)
    used = hold.points if points is None else points
    if not 0 < used <= hold.points:
        raise LedgerRefused(
            _("The hold is over %(points)s points; use between 1 and that many.") % {"points": f"{hold.points:,}"},
            code="BAD_AMOUNT",
        )
    placed = hold.placement
    receipt = Receipt(placed.source_system, placed.reference, placed.line)
    head = head_of(receipt, occurred_at=occurred_at, by_id=by and by.pk, store_id=store and store.pk)
    with transaction.atomic():
        book = open_book(hold.account_id, now=now or timezone.now())
        hold.refresh_from_db()
        if hold.state != Hold.State.OPEN:
            return _captured_before(book, hold, used)
        draft = Draft(KIND.CAPTURE, used, head, resolves=hold, resolved_as=Hold.State.CAPTURED)
        book.leg(draft, Bucket.HELD, -hold.points)
        book.leg(draft, Bucket.REDEEMED, used)
        restore_all(book, draft, hold.placement_id, hold.points - used)
        posting = book.post(draft)
        expire(book)
        return posting_of(book.account, posting.transaction_id, used)


def void(hold_id: int, *, by: User | None = None, now: datetime | None = None) -> Posting:
    """Release a hold: its points go back to their lots. Releasing one that was released changes nothing.

    Raises:
        LedgerRefused: its points were used (`HOLD_RESOLVED`).
    """
    with transaction.atomic():
        hold = Hold.objects.get(pk=hold_id)
        book = open_book(hold.account_id, now=now or timezone.now())
        hold.refresh_from_db()
        if hold.state == Hold.State.CAPTURED:
            raise _resolved(hold)
        if hold.state == Hold.State.VOIDED:
            return posting_of(book.account, hold.resolution_id, hold.points, is_replay=True)
        number = release(book, hold, head=head_of(None, by_id=by and by.pk))
        expire(book)
        return posting_of(book.account, number, hold.points)


def _captured_before(book: Book, hold: Hold, used: int) -> Posting:
    if hold.state != Hold.State.CAPTURED or hold.resolution.points != used:
        raise _resolved(hold)
    return posting_of(book.account, hold.resolution_id, used, is_replay=True)


def _resolved(hold: Hold) -> LedgerRefused:
    if hold.state == Hold.State.CAPTURED:
        return LedgerRefused(_("The points of this hold were used already."), code="HOLD_RESOLVED")
    return LedgerRefused(_("This hold was released, or its time was over. Place a new one."), code="HOLD_RESOLVED")
