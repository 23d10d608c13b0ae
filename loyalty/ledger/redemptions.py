"""Points are used, and come back when the use is cancelled."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.models import Store
from loyalty.errors import LedgerRefused
from loyalty.ledger.awards import already_back, refuse_beyond, refuse_closed
from loyalty.ledger.book import Book, Draft
from loyalty.ledger.opening import head_of, open_lots, post_once
from loyalty.ledger.restoring import restore_all
from loyalty.ledger.settling import expire
from loyalty.ledger.terms import Posting, Receipt
from loyalty.ledger.touching import touch_owners
from loyalty.models import Account, Bucket, Program, Transaction

KIND = Transaction.Kind
AT_ONCE = (
    "SELECT booked, available, pending, held"
    " FROM loyalty_redeem(%s, %s, %s, %s, %s, %s, %s, %s, %s::bigint, %s::bigint)"
)


def redeem(
    account_id: int,
    points: int,
    *,
    receipt: Receipt,
    occurred_at: datetime,
    bill: int | None = None,
    by: User | None = None,
    store: Store | None = None,
    now: datetime | None = None,
) -> Posting:
    """Use points, earliest expiry first.

    Args:
        bill: the won of the bill, where the program limits the share of it that points may pay.

    Raises:
        LedgerRefused: `INSUFFICIENT_POINTS`, `BELOW_MINIMUM`, `NOT_STEP`, `OVER_SHARE`, `ACCOUNT_FROZEN` …
    """
    now = now or timezone.now()
    head = head_of(receipt, occurred_at=occurred_at, by_id=by and by.pk, store_id=store and store.pk)

    def use(book: Book) -> Posting:
        refuse_use(book, points, bill=bill)
        draft = Draft(KIND.REDEEM, points, head)
        book.leg(draft, Bucket.REDEEMED, points)
        book.take(draft, points)
        return book.post(draft)

    posting = use_at_once(account_id, points, bill=bill, head=head, now=now)
    return posting or post_once(account_id, KIND.REDEEM, points, receipt, use, now=now)


def use_at_once(
    account_id: int, points: int, *, bill: int | None, head: dict[str, Any], now: datetime
) -> Posting | None:
    """Use points in one call of the database where nothing stands in the way; else change nothing and return None.

    `loyalty_redeem` (migration 0002) knows when that is so and the order of use, and no refusal: who gets None goes
    the long way, which books the same.
    """
    told = [head["source_system"], head["reference"], head["line"], head["occurred_at"]]
    by_whom = [head.get("store_id"), head.get("by_id")]
    with connection.cursor() as cursor:
        cursor.execute(AT_ONCE, [account_id, points, bill, now, *told, *by_whom])
        number, available, pending, held = cursor.fetchone()
    if number is None:
        return None
    touch_owners("%s", [account_id])
    return Posting(number, points, available, pending, held, debt=0)


def give_back(
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
    """Give back points of a use that was cancelled, to their lots; those keep the day they die on.

    Points of a lot that died meanwhile expire at once, unless the program grants days of grace.

    Raises:
        LedgerRefused: more would come back than was used (`ALREADY_REVERSED`).
    """
    used = Transaction.objects.select_related("program").get(pk=transaction_id)
    head = head_of(receipt, occurred_at=occurred_at, by_id=by and by.pk, store_id=store and store.pk)
    head |= {"reverses_id": used.pk, "reason": reason, "note": note}

    def give(book: Book) -> Posting:
        refuse_beyond(used, points)
        draft = Draft(KIND.GIVE_BACK, points, head)
        book.leg(draft, Bucket.ADJUSTED if used.kind == KIND.ADJUST else Bucket.REDEEMED, -points)
        restore_all(book, draft, used.pk, points, already=already_back(used), grace_days=used.program.grace_days)
        posting = book.post(draft)
        return _without_the_dead(book, posting)

    return post_once(used.account_id, KIND.GIVE_BACK, points, receipt, give, now=now)


def refuse_use(book: Book, points: int, *, bill: int | None = None) -> None:
    """Refuse a use that the program's terms or the account do not allow."""
    refuse_closed(book)
    account, program = book.account, book.account.program
    if account.status == Account.Status.FROZEN:
        raise LedgerRefused(
            _("This points account is frozen: points can be earned but not used."), code="ACCOUNT_FROZEN"
        )
    refuse_terms(program, points, bill=bill)
    if account.debt:
        raise LedgerRefused(
            _("A return adjustment of %(points)s points is still open; points can be used again when it is paid off.")
            % {"points": f"{account.debt:,}"},
            code="INSUFFICIENT_POINTS",
        )
    if account.available < points:
        raise LedgerRefused(
            _("%(wanted)s points are wanted, %(available)s can be used.")
            % {"wanted": f"{points:,}", "available": f"{account.available:,}"},
            code="INSUFFICIENT_POINTS",
        )


def refuse_terms(program: Program, points: int, *, bill: int | None) -> None:
    """Refuse a number of points that the program's terms do not allow, whoever's they are.

    Args:
        bill: the won of the bill; None leaves the program's share of a bill aside.

    Raises:
        LedgerRefused: `BELOW_MINIMUM`, `NOT_STEP`, `OVER_SHARE`.
    """
    if points < program.least_points:
        raise LedgerRefused(
            _("At least %(points)s points are used at a time.") % {"points": f"{program.least_points:,}"},
            code="BELOW_MINIMUM",
        )
    if points % program.step:
        raise LedgerRefused(
            _("Points are used in steps of %(points)s.") % {"points": f"{program.step:,}"}, code="NOT_STEP"
        )
    if bill is not None and points * 100 > bill * program.most_percent:
        raise LedgerRefused(
            _("Points pay at most %(percent)d %% of a bill: here %(points)s.")
            % {"percent": program.most_percent, "points": f"{bill * program.most_percent // 100:,}"},
            code="OVER_SHARE",
        )


def _without_the_dead(book: Book, posting: Posting) -> Posting:
    """Let what came back to dead lots expire, and return how the account stands then."""
    book.lots = open_lots(book.account)
    expire(book)
    account = book.account
    return Posting(
        posting.transaction_id, posting.points, account.available, account.pending, account.held, account.debt
    )
