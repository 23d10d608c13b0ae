"""Points set aside while a payment is under way, then used or released. In a store for a quarter of an hour, online
for a day: longer would lock the points of everybody who left a basket.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.http import Http404

from customers.models import Customer
from loyalty import ledger
from loyalty.desk import receipts
from loyalty.desk.limits import needs_confirmation
from loyalty.models import Account, Hold, TillTransaction, Transaction
from loyalty.till import acts, members
from loyalty.till.acts import Doing
from loyalty.till.authentication import Caller
from loyalty.till.refusals import refused

KIND = TillTransaction.Kind
IN_A_STORE, ONLINE = timedelta(minutes=15), timedelta(hours=24)


def place(doing: Doing, customer: Customer, given: dict[str, Any]) -> TillTransaction:
    """Set points aside for a receipt.

    Raises:
        TillRefused: the receipt has a hold that is open or was used, or the customer has to confirm.
        LedgerRefused: the points cannot be used.
    """
    account = members.locked_account(customer)
    line = _line_of_hold(doing, account)
    if receipts.uses_of(doing.caller.store, doing.receipt).exists():
        raise refused("RECEIPT_AT_DESK", receipt=doing.receipt)
    if needs_confirmation(account.program, given["points"]) and not given.get("confirmed"):
        raise refused("CONFIRMATION_NEEDED", points=f"{given['points']:,}")
    hold = ledger.place_hold(
        account.pk,
        given["points"],
        receipt=replace(doing.points_receipt, line=line),
        until=doing.now + (ONLINE if doing.caller.store.is_online else IN_A_STORE),
        bill=given["bill"],
        by=doing.caller.staff,
        store=doing.caller.store,
        now=doing.now,
    )
    return acts.write_down(doing, KIND.HOLD, account, hold=hold)


def _line_of_hold(doing: Doing, account: Account) -> str:
    """Return the line under which the receipt's next hold is booked: after one that was released, "hold 2" and so on.

    All is read at once: of two tills at a time both get the same line, and the ledger books one of them.

    Raises:
        TillRefused: a hold of the receipt is open or was used (`ALREADY_EXISTS`).
    """
    named = {"source_system": doing.caller.source, "reference": doing.receipt, "kind": Transaction.Kind.HOLD}
    placed = Transaction.objects.filter(program=account.program_id, **named)
    known = list(placed.values_list("placed_hold__state", "placed_hold__expires_at"))
    for state, until in known:
        # One whose time is over stays open until its account is settled, which the next booking does.
        if state == Hold.State.CAPTURED or (state == Hold.State.OPEN and until > doing.now):
            raise refused("ALREADY_EXISTS", receipt=doing.receipt)
    return f"hold {len(known) + 1}" if known else ""


def hold_of(caller: Caller, hold_id: int) -> Hold:
    """Return a hold that a till of the caller's store placed.

    Raises:
        Http404: there is none of this number.
    """
    placed = {"placement__source_system": caller.source, "placement__store": caller.store}
    hold = Hold.objects.select_related("placement", "account").filter(pk=hold_id, **placed).first()
    if hold is None:
        raise Http404
    return hold


def doing_with(hold: Hold, caller: Caller, given: dict[str, Any], *, now: datetime) -> Doing:
    """Return who resolves a hold, on its receipt."""
    return acts.begin(caller, given | {"receipt": hold.placement.reference}, now=now)


def capture(hold: Hold, doing: Doing, *, points: int | None) -> tuple[TillTransaction, bool]:
    """Use what was set aside, or less; return the act and whether it is new.

    Raises:
        LedgerRefused: the hold was released or timed out (`HOLD_RESOLVED`), or holds less.
        TillRefused: a sale used it (`HOLD_RESOLVED`).
    """
    signed = {"by": doing.caller.staff, "store": doing.caller.store, "now": doing.now}
    posting = ledger.capture(hold.pk, points, occurred_at=doing.occurred_at, **signed)
    return _resolved(hold, doing, KIND.CAPTURE, posting, points_used=posting.points)


def void(hold: Hold, doing: Doing) -> tuple[TillTransaction, bool]:
    """Give back what was set aside; return the act and whether it is new.

    Raises:
        LedgerRefused: the points were used (`HOLD_RESOLVED`).
    """
    posting = ledger.void(hold.pk, by=doing.caller.staff, now=doing.now)
    return _resolved(hold, doing, KIND.VOID, posting)


def _resolved(
    hold: Hold, doing: Doing, kind: str, posting: ledger.Posting, **what: int
) -> tuple[TillTransaction, bool]:
    known = TillTransaction.objects.filter(hold=hold, kind=kind).first() if posting.is_replay else None
    if known:
        return known, False
    if posting.is_replay and kind == KIND.CAPTURE:
        # A sale used these points. An act of their own could be undone, and they would come back while the sale stands.
        raise refused("HOLD_RESOLVED")
    placed = TillTransaction.objects.filter(hold=hold, kind=KIND.HOLD).first()
    return acts.write_down(doing, kind, hold.account, hold=hold, original=placed, **what), True
