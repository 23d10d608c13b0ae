"""Points come in, and a return takes them back: from the award's own lot, then from others, then as a debt."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Sum
from django.utils.translation import gettext as _

from customers.models import Store
from loyalty.errors import LedgerRefused
from loyalty.ledger.book import Book, Draft
from loyalty.ledger.opening import head_of, post_once
from loyalty.ledger.terms import LotTerms, Posting, Receipt
from loyalty.models import Account, Bucket, Entry, Lot, LotMove, RuleVersion, Transaction

KIND = Transaction.Kind


def earn(
    account_id: int,
    points: int,
    *,
    receipt: Receipt,
    occurred_at: datetime,
    terms: LotTerms,
    rule_version: RuleVersion | None = None,
    details: dict[str, Any] | None = None,
    by: User | None = None,
    store: Store | None = None,
    now: datetime | None = None,
) -> Posting:
    """Award points as a lot with these terms; what the account owes is paid off first.

    Args:
        details: what the points were computed from, kept with the award.

    Raises:
        LedgerRefused: the account is closed (`ACCOUNT_CLOSED`), or the receipt was booked otherwise.
    """
    head = head_of(receipt, occurred_at=occurred_at, rule_version_id=rule_version and rule_version.pk, details=details)
    head |= head_of(None, by_id=by and by.pk, store_id=store and store.pk)

    def award(book: Book) -> Posting:
        refuse_closed(book)
        draft = Draft(KIND.EARN, points, head, earned=points)
        book.leg(draft, Bucket.ISSUED, -points)
        book.award(draft, points, terms)
        return book.post(draft)

    return post_once(account_id, KIND.EARN, points, receipt, award, now=now, needs_lots=False)


def claw_back(
    transaction_id: int,
    points: int,
    *,
    receipt: Receipt,
    occurred_at: datetime,
    reason: str = "",
    note: str = "",
    by: User | None = None,
    store: Store | None = None,
    now: datetime | None = None,
) -> Posting:
    """Take back points of an award whose purchase came back: from its own lot, then earliest expiry first, then debt.

    What of the award has expired unused counts as taken back.

    Raises:
        LedgerRefused: more would be taken back than is left of the award (`ALREADY_REVERSED`).
    """
    award = Transaction.objects.get(pk=transaction_id)
    head = head_of(receipt, occurred_at=occurred_at, by_id=by and by.pk, store_id=store and store.pk)
    head |= {"reverses_id": award.pk, "reason": reason, "note": note}

    def take_back(book: Book) -> Posting:
        refuse_beyond(award, points)
        draft = Draft(KIND.CLAW_BACK, points, head)
        book.leg(draft, Bucket.REVERSED, points)
        _take_back(book, draft, award)
        return book.post(draft)

    return post_once(award.account_id, KIND.CLAW_BACK, points, receipt, take_back, now=now)


def refuse_closed(book: Book) -> None:
    """Refuse to book on an account that was closed."""
    if book.account.status == Account.Status.CLOSED:
        raise LedgerRefused(_("This points account is closed."), code="ACCOUNT_CLOSED")


def refuse_beyond(original: Transaction, points: int) -> None:
    """Refuse to take back more of a transaction than is left of it (I6); under the account's lock."""
    left = original.points - already_back(original)
    if points > left:
        raise LedgerRefused(
            _("Only %(left)s of its %(points)s points can still be taken back.")
            % {"left": f"{left:,}", "points": f"{original.points:,}"},
            code="ALREADY_REVERSED",
        )


def already_back(original: Transaction) -> int:
    """Return how many points of a transaction were taken or given back before."""
    return Transaction.objects.filter(reverses=original).aggregate(sum=Sum("points"))["sum"] or 0


def _take_back(book: Book, draft: Draft, award: Transaction) -> None:
    own = [lot for lot in book.lots if lot.award_id == award.pk]
    left = draft.points - book.take(draft, draft.points, lots=own)
    died = min(left, _died_of(award))
    if died:
        book.leg(draft, Bucket.EXPIRED, -died)
        left -= died
    if left:
        first = Lot.objects.filter(award=award).order_by("pk").first()
        left -= book.take(draft, left, instead_of=first)
    if left:
        book.leg(draft, Bucket.DEBT, -left)


def _died_of(award: Transaction) -> int:
    """Return how many points of an award have expired and were not counted as taken back before."""
    dead = LotMove.objects.filter(lot__award=award, transaction__kind=KIND.EXPIRE).aggregate(sum=Sum("amount"))["sum"]
    counted = Entry.objects.filter(transaction__reverses=award, bucket=Bucket.EXPIRED).aggregate(sum=Sum("amount"))[
        "sum"
    ]
    return -(dead or 0) + (counted or 0)
