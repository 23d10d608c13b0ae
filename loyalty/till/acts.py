"""What all acts of a till share: when and by whom they were done, the row that ties them to a receipt, the answer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from crm_project.templatetags.formats import number_text
from loyalty import ledger, tiers
from loyalty.ledger.terms import ZONE, last_day_before
from loyalty.models import Account, TillTransaction
from loyalty.tiers.standings import day_words
from loyalty.till.authentication import Caller
from loyalty.till.refusals import refused

CLOCK_MAY_BE_OFF, CLOCK_IS_WRONG = timedelta(minutes=5), timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Doing:
    """Who does something now: the till and the person at it, on which receipt, and when by the till's own clock."""

    caller: Caller
    receipt: str
    occurred_at: datetime
    now: datetime

    @property
    def is_clock_off(self) -> bool:
        """Tell whether the till's clock differs from ours by more than five minutes."""
        return abs(self.now - self.occurred_at) > CLOCK_MAY_BE_OFF

    @property
    def points_receipt(self) -> ledger.Receipt:
        """Return the receipt under which the ledger books."""
        return ledger.Receipt(self.caller.source, self.receipt)


def begin(caller: Caller, given: dict[str, Any], *, now: datetime) -> Doing:
    """Return who does what a request asks for.

    Raises:
        TillRefused: nobody signed though the till asks for it (`STAFF_NEEDED`), or it is said to have happened more
            than a day ago and no manager signed, or more than a day ahead (`CLOCK_OFF`).
    """
    doing = Doing(caller, given["receipt"], given["occurred_at"], now)
    refuse_unsigned(caller)
    is_old, is_ahead = now - doing.occurred_at > CLOCK_IS_WRONG, doing.occurred_at - now > CLOCK_IS_WRONG
    if is_ahead or (is_old and not caller.is_manager):
        raise refused("CLOCK_OFF")
    return doing


def refuse_unsigned(caller: Caller) -> None:
    """Refuse a booking that nobody signed, at a till that asks for it.

    Raises:
        TillRefused: `STAFF_NEEDED`.
    """
    if caller.terminal.asks_for_staff and caller.staff is None:
        raise refused("STAFF_NEEDED")


def refuse_known(doing: Doing, kind: str) -> None:
    """Refuse a receipt that was booked before with another key (I9).

    Raises:
        TillRefused: `ALREADY_EXISTS`.
    """
    if TillTransaction.objects.filter(source=doing.caller.source, receipt=doing.receipt, kind=kind).exists():
        raise refused("ALREADY_EXISTS", receipt=doing.receipt)


def write_down(doing: Doing, kind: str, account: Account, **what: Any) -> TillTransaction:
    """Write the act down."""
    caller = doing.caller
    return TillTransaction.objects.create(
        kind=kind,
        terminal=caller.terminal,
        store=caller.store,
        staff=caller.staff,
        account=account,
        source=caller.source,
        receipt=doing.receipt,
        occurred_at=doing.occurred_at,
        recorded_at=doing.now,
        is_clock_off=doing.is_clock_off,
        **what,
    )


def answer(act: TillTransaction, *, now: datetime, **more: Any) -> dict[str, Any]:
    """Return what a till is told of an act, and how the member stands after it."""
    standing = ledger.standing_of(act.account_id, now=now)
    tier = tiers.standing_of(act.account.customer_id)
    return told(act) | {
        "balance_after": standing.available,
        "pending_after": standing.pending,
        "held_after": standing.held,
        "debt_after": standing.debt,
        "expiring_next": expiring_next(standing),
        "tier": tier.tier.name if tier else "",
        "receipt_text": "\n".join(_receipt_lines(act, standing)),
        **more,
    }


def told(act: TillTransaction) -> dict[str, Any]:
    """Return what stands written of an act."""
    return {
        "txn_id": act.pk,
        "kind": act.kind,
        "receipt": act.receipt,
        "occurred_at": act.occurred_at.astimezone(ZONE).isoformat(),
        "recorded_at": act.recorded_at.astimezone(ZONE).isoformat(),
        "clock_off": act.is_clock_off,
        "points_used": act.points_used,
        "points_earned": act.points_earned,
        "goods": act.goods,
        "discount": act.discount,
        "paid": act.paid,
        "original_txn_id": act.original_id,
        "hold_id": act.hold_id,
    }


def expiring_next(standing: ledger.Standing) -> dict[str, Any] | None:
    """Return the points that die next, and the last day on which they can be used."""
    if standing.next_expiry is None:
        return None
    last_day = last_day_before(standing.next_expiry.at)
    return {"points": standing.next_expiry.points, "last_day": last_day.isoformat()}


def _receipt_lines(act: TillTransaction, standing: ledger.Standing) -> list[str]:
    """Return what is printed on the customer's receipt."""
    lines = []
    if act.points_used:
        lines.append(_("Points used: %(points)s") % {"points": number_text(act.points_used)})
    if act.points_earned:
        lines.append(_("Points earned: %(points)s") % {"points": number_text(act.points_earned)})
    lines.append(_("Points balance: %(points)s") % {"points": number_text(standing.available)})
    next_to_die = standing.next_expiry
    if next_to_die:
        words = _("%(points)s of them can be used until %(day)s")
        day = day_words(last_day_before(next_to_die.at))
        lines.append(words % {"points": number_text(next_to_die.points), "day": day})
    return lines
