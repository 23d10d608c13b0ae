"""An act is undone as if it had not been: by who did it within ten minutes, later by who manages the store."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from customers.ingest import one_order
from customers.models import Order
from loyalty import ledger
from loyalty.coupons import taking_back
from loyalty.earning import orders
from loyalty.ledger.awards import already_back
from loyalty.models import Account, TillTransaction, Transaction
from loyalty.till import acts, returning
from loyalty.till.acts import Doing
from loyalty.till.authentication import Caller
from loyalty.till.refusals import refused

KIND = TillTransaction.Kind
UNDONE_ALONE_WITHIN = timedelta(minutes=10)


def acts_of(caller: Caller) -> QuerySet[TillTransaction]:
    """Return what the tills of the caller's store did."""
    return TillTransaction.objects.filter(store=caller.store, source=caller.source).select_related("account")


def undo(act: TillTransaction, caller: Caller, *, reason: str, now: datetime) -> TillTransaction:
    """Undo a sale, or a use of points from a hold, with a new act.

    Raises:
        TillRefused: it was undone before, has returns, is of a kind that is not undone, or takes a manager.
    """
    acts.refuse_unsigned(caller)
    if act.kind not in (KIND.SALE, KIND.CAPTURE):
        raise refused("NOT_REVERSIBLE")
    _refuse_unless_own(act, caller, now)
    doing = Doing(caller, act.receipt, now, now)
    if act.kind == KIND.CAPTURE:
        return _undo_capture(act, doing, reason)
    order, account = returning.locked_sale(act.source, act.receipt)
    _refuse_undone(act)
    if _has_returns(order):
        raise refused("HAS_RETURNS")
    return _undo_sale(act, doing, order, account, reason)


def _refuse_unless_own(act: TillTransaction, caller: Caller, now: datetime) -> None:
    is_own = act.terminal_id == caller.terminal.pk and act.staff_id == (caller.staff and caller.staff.pk)
    if not (is_own and now - act.recorded_at <= UNDONE_ALONE_WITHIN) and not caller.is_manager:
        raise refused("MANAGER_NEEDED")


def _refuse_undone(act: TillTransaction) -> None:
    if TillTransaction.objects.filter(original=act, kind=KIND.REVERSAL).exists():
        raise refused("ALREADY_REVERSED")


def _has_returns(order: Order) -> bool:
    """Tell whether goods came back at a till, or the shop paid a part of the money back."""
    is_partly_refunded = order.refunded > 0 and order.status in Order.PURCHASED
    return is_partly_refunded or TillTransaction.objects.filter(order=order, kind=KIND.RETURN).exists()


def _undo_capture(act: TillTransaction, doing: Doing, reason: str) -> TillTransaction:
    Account.objects.select_for_update(no_key=True).get(pk=act.account_id)
    _refuse_undone(act)
    ledger.reverse(act.hold.resolution_id, reason=reason, by=doing.caller.staff, now=doing.now)
    return _write_down(act, doing, act.account)


def _undo_sale(act: TillTransaction, doing: Doing, order: Order, account: Account, reason: str) -> TillTransaction:
    if coupons := returning.coupons_of(order):
        why = str(Transaction.Reason(reason).label)
        taking_back.cancel(order.source, coupons[0].external_id, reason=why, by=doing.caller.staff)
    for use in returning.points_uses(order, account):
        if use.points > already_back(use):
            ledger.reverse(use.pk, reason=reason, by=doing.caller.staff, now=doing.now)
    one_order.cancel(order)
    orders.earn_orders([order.pk])
    return _write_down(act, doing, account, order=order)


def _write_down(act: TillTransaction, doing: Doing, account: Account, *, order: Order | None = None) -> TillTransaction:
    return acts.write_down(
        doing,
        KIND.REVERSAL,
        account,
        order=order,
        original=act,
        points_used=-act.points_used,
        points_earned=-act.points_earned,
        goods=-act.goods,
        discount=-act.discount,
        paid=-act.paid,
    )
