"""What staff put right: whole transactions taken back, and points given or taken with a reason.

Within limits: so many points a person a day, and above so many a second person agrees. Nobody adjusts their own.
"""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from loyalty.errors import LedgerRefused
from loyalty.ledger.awards import already_back, claw_back, refuse_closed
from loyalty.ledger.book import Book, Draft
from loyalty.ledger.opening import head_of, open_book, post_once
from loyalty.ledger.redemptions import give_back
from loyalty.ledger.terms import ZONE, Posting, Receipt, start_of, terms_of
from loyalty.models import Account, Bucket, LotKind, Program, Transaction
from loyalty.staff_members import is_own

KIND = Transaction.Kind
# The source of what takes a whole transaction back; a part of a use that comes back with goods has its return's.
REVERSAL = "reversal"
MAY_APPROVE = "loyalty.approve_adjustment"


def reverse(
    transaction_id: int, *, reason: str, by: User | None, note: str = "", now: datetime | None = None
) -> Posting:
    """Take back what is left of a transaction: an award is clawed back, a use is given back. Once more is refused.

    Raises:
        LedgerRefused: nothing of it is left (`ALREADY_REVERSED`), or its kind has no reversal (`NOT_REVERSIBLE`).
    """
    now = now or timezone.now()
    with transaction.atomic():
        original = Transaction.objects.get(pk=transaction_id)
        Account.objects.select_for_update(no_key=True).get(pk=original.account_id)
        left = original.points - already_back(original)
        if not left:
            raise LedgerRefused(_("This was taken back already."), code="ALREADY_REVERSED")
        act = give_back if _took_points(original) else claw_back
        receipt = Receipt(REVERSAL, f"{original.pk}", str(original.points - left))
        return act(original.pk, left, receipt=receipt, occurred_at=now, reason=reason, note=note, by=by, now=now)


def adjust(
    account_id: int,
    points: int,
    *,
    reason: str,
    note: str,
    by: User,
    approved_by: User | None = None,
    receipt: Receipt | None = None,
    now: datetime | None = None,
) -> Posting:
    """Give points, or (negative) take usable ones, with a reason from the list and a note; once per receipt.

    Raises:
        LedgerRefused: reason or note are missing, a limit needs a second person (`NEEDS_APPROVAL`) or is reached
            (`OVER_DAILY_LIMIT`), it is the person's own account (`OWN_ACCOUNT`), too few points can be used, or the
            receipt was booked otherwise (`ALREADY_EXISTS`).
    """
    now = now or timezone.now()
    refuse_wordless(points, reason, note)

    def act(book: Book) -> Posting:
        refuse_closed(book)
        refuse_own(book.account, by, approved_by)
        _refuse_alone(book.account, points, by=by, approved_by=approved_by, now=now)
        _refuse_too_much_today(book.account.program, points, by=by, now=now)
        head = head_of(receipt) | _head(reason, note, by=by, approved_by=approved_by)
        draft = Draft(KIND.ADJUST, abs(points), head)
        book.leg(draft, Bucket.ADJUSTED, -points)
        if points > 0:
            book.award(draft, points, terms_of(book.account.program, now, kind=LotKind.COMPENSATION))
        else:
            _take(book, draft)
        return book.post(draft)

    with transaction.atomic():
        # One adjustment at a time for each person, so that two at once cannot pass the day's limit together.
        User.objects.select_for_update(no_key=True).get(pk=by.pk)
        if receipt is None:
            return act(open_book(account_id, now=now))
        return post_once(account_id, KIND.ADJUST, abs(points), receipt, act, now=now)


def _took_points(original: Transaction) -> bool:
    """Tell whether a transaction took points from the member.

    Raises:
        LedgerRefused: its kind is not taken back.
    """
    if original.kind in (KIND.REDEEM, KIND.CAPTURE, KIND.ADJUST, KIND.EARN):
        gave = original.kind == KIND.EARN or original.lots.filter(made_by=original).exists()
        return not gave
    raise LedgerRefused(
        _("“%(kind)s” is not taken back; adjust the points instead.") % {"kind": original.get_kind_display()},
        code="NOT_REVERSIBLE",
    )


def _take(book: Book, draft: Draft) -> None:
    if book.account.available < draft.points:
        raise LedgerRefused(
            _("Only %(points)s points can be taken; an adjustment never makes a debt.")
            % {"points": f"{book.account.available:,}"},
            code="INSUFFICIENT_POINTS",
        )
    book.take(draft, draft.points)


def _head(reason: str, note: str, *, by: User, approved_by: User | None) -> dict[str, object]:
    return {"reason": reason, "note": note.strip(), "by_id": by.pk, "approved_by_id": approved_by and approved_by.pk}


def refuse_wordless(points: int, reason: str, note: str) -> None:
    """Refuse an adjustment of nothing, or one that does not say why.

    Raises:
        LedgerRefused
    """
    if not points:
        raise LedgerRefused(_("The number of points must not be zero."), code="BAD_AMOUNT")
    if reason not in Transaction.Reason.values:
        raise LedgerRefused(_("Choose a reason from the list."), code="REASON_MISSING")
    if not note.strip():
        raise LedgerRefused(_("Write in a few words why."), code="REASON_MISSING")


def refuse_own(account: Account, *people: User | None) -> None:
    """Refuse that any of these people has a hand in their own points.

    Raises:
        LedgerRefused
    """
    if any(person and is_own(account.customer, person) for person in people):
        raise LedgerRefused(_("Nobody adjusts their own points. Ask a colleague."), code="OWN_ACCOUNT")


def refuse_as_second(second: User | None, *, asked_by: User) -> None:
    """Refuse a second person who is the first one, or who may not agree to adjustments.

    Raises:
        LedgerRefused
    """
    if second is None or second == asked_by or not second.has_perm(MAY_APPROVE):
        raise LedgerRefused(
            _("A second person who may approve adjustments has to decide on this."), code="NEEDS_APPROVAL"
        )


def _refuse_alone(account: Account, points: int, *, by: User, approved_by: User | None, now: datetime) -> None:
    """Refuse one person alone more than the limit for a member in a day, however it is split."""
    program = account.program
    alone = _adjusted_today(now, by=by, account=account, approved_by=None)
    if alone + abs(points) <= program.adjust_alone_up_to:
        return
    if approved_by is not None:
        refuse_as_second(approved_by, asked_by=by)
        return
    raise LedgerRefused(
        _("Above %(points)s points a second person who may approve adjustments has to agree.")
        % {"points": f"{program.adjust_alone_up_to:,}"},
        code="NEEDS_APPROVAL",
    )


def _refuse_too_much_today(program: Program, points: int, *, by: User, now: datetime) -> None:
    before = _adjusted_today(now, by=by, program=program)
    if before + abs(points) > program.adjust_most_a_day:
        raise LedgerRefused(
            _("You adjusted %(before)s points today; at most %(most)s a day. Ask a colleague.")
            % {"before": f"{before:,}", "most": f"{program.adjust_most_a_day:,}"},
            code="OVER_DAILY_LIMIT",
        )


def _adjusted_today(now: datetime, **of: Any) -> int:
    """Return the points of the adjustments of the day (KST), given and taken added up."""
    today = start_of(now.astimezone(ZONE).date())
    adjusted = Transaction.objects.filter(kind=KIND.ADJUST, posted_at__gte=today, **of)
    return adjusted.aggregate(sum=Sum("points"))["sum"] or 0
