"""Asks for a large adjustment of points, and decides on it: the only writer of `AskedAdjustment`.

Who decides is never who asked, and never who would get the points or lose them.
"""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from loyalty import ledger
from loyalty.errors import LedgerRefused
from loyalty.ledger import corrections
from loyalty.ledger.opening import living
from loyalty.models import Account, AskedAdjustment, Program

Status = AskedAdjustment.Status
LONGEST_NOTE = 300


def ask(account_id: int, points: int, *, reason: str, note: str, by: User) -> AskedAdjustment:
    """Ask that points be given, or (negative) taken; nothing is booked.

    Raises:
        LedgerRefused: reason or note are missing, it is the person's own account (`OWN_ACCOUNT`), no person may book so
            much in a day (`OVER_DAILY_LIMIT`), or one waits for this member already (`ALREADY_WAITING`).
    """
    account = living(Account.objects.select_related("program", "customer", "merged_into").get(pk=account_id))
    corrections.refuse_wordless(points, reason, note)
    corrections.refuse_own(account, by)
    _refuse_too_much(account.program, points)
    try:
        with transaction.atomic():
            return AskedAdjustment.objects.create(
                account=account, points=points, reason=reason, note=note.strip(), asked_by=by, asked_at=timezone.now()
            )
    except IntegrityError as error:
        if "one_adjustment_waits_for_an_account" not in str(error):
            raise
        raise LedgerRefused(
            _("An adjustment waits for this member already. Have it decided or taken back first."),
            code="ALREADY_WAITING",
        ) from error


@transaction.atomic
def agree(asked_id: int, *, by: User, note: str = "", now: datetime | None = None) -> ledger.Posting:
    """Book what was asked for, in the name of who asked and with the second person's agreement.

    Raises:
        LedgerRefused: it is decided already (`ALREADY_DECIDED`), the person may not (`NEEDS_APPROVAL`, `OWN_ACCOUNT`),
            or it cannot be booked any more; it waits on then.
    """
    asked = _waiting(asked_id)
    corrections.refuse_as_second(by, asked_by=asked.asked_by)
    posting = ledger.adjust(
        asked.account_id,
        asked.points,
        reason=asked.reason,
        note=asked.note,
        by=asked.asked_by,
        approved_by=by,
        now=now,
    )
    _decide(asked, Status.AGREED, by=by, note=note, booked_id=posting.transaction_id)
    return posting


@transaction.atomic
def refuse(asked_id: int, *, by: User, note: str) -> None:
    """Refuse what was asked for, with a note that says why.

    Raises:
        LedgerRefused: it is decided already (`ALREADY_DECIDED`), the note is missing (`REASON_MISSING`), or the person
            may not decide on it (`NEEDS_APPROVAL`, `OWN_ACCOUNT`).
    """
    asked = _waiting(asked_id)
    if not note.strip():
        raise LedgerRefused(_("Write in a few words why."), code="REASON_MISSING")
    corrections.refuse_own(asked.account, by)
    corrections.refuse_as_second(by, asked_by=asked.asked_by)
    _decide(asked, Status.REFUSED, by=by, note=note)


@transaction.atomic
def withdraw(asked_id: int, *, by: User) -> None:
    """Take back what one asked for oneself.

    Raises:
        LedgerRefused: it is decided already (`ALREADY_DECIDED`), or somebody else asked (`NOT_YOURS`).
    """
    asked = _waiting(asked_id)
    if asked.asked_by_id != by.pk:
        raise LedgerRefused(_("Only who asked takes it back; refuse it instead."), code="NOT_YOURS")
    _decide(asked, Status.WITHDRAWN, by=by, note="")


def waiting() -> QuerySet[AskedAdjustment]:
    """Return what waits for a second person, the longest first."""
    return AskedAdjustment.objects.filter(status=Status.WAITING).order_by("asked_at", "pk")


def waiting_for(user: User) -> QuerySet[AskedAdjustment]:
    """Return what waits for this person's decision; never what they asked for themselves."""
    if not user.has_perm(corrections.MAY_APPROVE):
        return AskedAdjustment.objects.none()
    return waiting().exclude(asked_by=user.pk)


def _waiting(asked_id: int) -> AskedAdjustment:
    rows = AskedAdjustment.objects.select_for_update(of=("self",), no_key=True)
    asked = rows.select_related("account__customer", "asked_by").get(pk=asked_id)
    if asked.status != Status.WAITING:
        raise LedgerRefused(
            _("This is decided already: %(status)s.") % {"status": asked.get_status_display()}, code="ALREADY_DECIDED"
        )
    return asked


def _decide(asked: AskedAdjustment, status: str, *, by: User, note: str, booked_id: int | None = None) -> None:
    asked.status, asked.decided_by, asked.decided_at = status, by, timezone.now()
    asked.decision_note, asked.booked_id = note.strip()[:LONGEST_NOTE], booked_id
    asked.save(update_fields=["status", "decided_by", "decided_at", "decision_note", "booked"])


def _refuse_too_much(program: Program, points: int) -> None:
    if abs(points) > program.adjust_most_a_day:
        raise LedgerRefused(
            _("At most %(most)s points are adjusted by one person in a day, also with a second one.")
            % {"most": f"{program.adjust_most_a_day:,}"},
            code="OVER_DAILY_LIMIT",
        )
