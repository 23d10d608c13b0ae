"""A sale: points used, the order stored, points earned and coupons used, all of it in one transaction or none.

Locks are taken in one order: the turn of earning (only where the order is known already), the account, the customer,
the coupons; the last are shared by all tills and held the shortest.
"""

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError

from customers.ingest import one_order
from customers.ingest.one_order import SoldLine
from customers.models import Customer, Order
from loyalty import ledger
from loyalty.coupons import redeeming
from loyalty.coupons.refusals import refused as coupon_refused
from loyalty.desk import receipts
from loyalty.desk.limits import needs_confirmation
from loyalty.earning import new_orders, orders
from loyalty.models import Account, Hold, OrderAward, TillTransaction
from loyalty.till import acts, members, purchases, quoting
from loyalty.till.acts import Doing
from loyalty.till.purchases import Purchase, Reckoning
from loyalty.till.refusals import Busy, refused

SALE = TillTransaction.Kind.SALE


def sell(doing: Doing, customer: Customer, given: dict[str, Any]) -> tuple[TillTransaction, list[str]]:
    """Book a sale; return it with the numbers of products that are not known.

    Raises:
        TillRefused: the receipt was booked before, or the till's figures are not ours (`AMOUNT_MISMATCH`).
        LedgerRefused, CouponRefused: points or coupons cannot be used so.
        QuoteChanged: what was quoted holds no longer.
        Busy: the order of this receipt is being stored by somebody else.
    """
    acts.refuse_known(doing, SALE)
    order = _known_order(doing, customer)
    account = members.locked_account(customer)
    acts.refuse_known(doing, SALE)  # again: another till may have sold on this receipt while we waited
    _refuse_booked_at_desk(doing, codes=given["coupons"])
    purchase = purchases.purchase_of(doing.caller, customer, given)
    reckoned = purchases.reckon(purchase)
    _check_quote(doing, given, purchase, reckoned, account)
    _check_figures(given, reckoned, account)
    _use_points(doing, account, reckoned, hold_id=given.get("hold"))
    earned = _earn(doing, purchase, reckoned, account, order or Order())
    if given.get("points_earned", earned) != earned:
        raise refused("AMOUNT_MISMATCH", what="points_earned", ours=earned, theirs=given["points_earned"])
    _use_coupons(doing, purchase, reckoned)
    sale = _write_down(doing, purchase, reckoned, account, earned)
    return sale, sorted({line.sku for line in purchase.basket.lines} - purchase.known.keys())


def _refuse_booked_at_desk(doing: Doing, *, codes: Sequence[str] = ()) -> None:
    """Refuse a receipt for which the desk took points or coupons: what the till reckons would not be what is due.

    Coupons that are named here are looked at where they are used.

    Raises:
        TillRefused: `RECEIPT_AT_DESK`.
        CouponRefused: `RECEIPT_HAS_COUPONS`.
    """
    if receipts.uses_of(doing.caller.store, doing.receipt).exists():
        raise refused("RECEIPT_AT_DESK", receipt=doing.receipt)
    if not codes and redeeming.uses_of_receipt(doing.caller.source, doing.receipt):
        raise coupon_refused("RECEIPT_HAS_COUPONS")


def _known_order(doing: Doing, customer: Customer) -> Order | None:
    """Return the order of this receipt if the shop told of it already, locked.

    Raises:
        TillRefused: it is another customer's, was cancelled, or money of it went back.
    """
    source, receipt = doing.caller.source, doing.receipt
    if not Order.objects.filter(source=source, external_id=receipt).exists():
        return None
    orders.wait_for_turn(ledger.current_program())
    order = one_order.find(source, receipt)
    if order is None or order.refunded or order.status in (Order.Status.CANCELLED, Order.Status.REFUNDED):
        raise refused("ALREADY_EXISTS", receipt=receipt)
    owner = order.customer and (order.customer.merged_into_id or order.customer_id)
    if owner not in (None, customer.pk):
        raise refused("OTHER_CUSTOMER", receipt=receipt)
    return order


def _check_quote(
    doing: Doing, given: dict[str, Any], purchase: Purchase, reckoned: Reckoning, account: Account
) -> None:
    if given.get("quote"):
        earned = purchases.points_to_earn(purchase, reckoned, doing.occurred_at, program=account.program)
        quoting.check(given["quote"], doing.caller, purchase, reckoned, earned)


def _check_figures(given: dict[str, Any], reckoned: Reckoning, account: Account) -> None:
    if given["paid"] != reckoned.paid:
        raise refused("AMOUNT_MISMATCH", what="paid", ours=reckoned.paid, theirs=given["paid"])
    if needs_confirmation(account.program, reckoned.points_used) and not given.get("confirmed"):
        raise refused("CONFIRMATION_NEEDED", points=f"{reckoned.points_used:,}")


def _use_points(doing: Doing, account: Account, reckoned: Reckoning, *, hold_id: int | None) -> None:
    """Use points from the account, or those that were set aside for this receipt."""
    if not reckoned.points_used and hold_id is None:
        return
    signed = {"by": doing.caller.staff, "store": doing.caller.store, "now": doing.now}
    if hold_id is not None:
        _check_hold(doing, account, hold_id)
        # The hold was placed on the bill that the till told then; this one is what is due.
        ledger.refuse_terms(account.program, reckoned.points_used, bill=reckoned.due)
        ledger.capture(hold_id, reckoned.points_used, occurred_at=doing.occurred_at, **signed)
        return
    _refuse_captured(doing)
    posting = ledger.redeem(
        account.pk,
        reckoned.points_used,
        receipt=doing.points_receipt,
        occurred_at=doing.occurred_at,
        bill=reckoned.due,
        **signed,
    )
    if posting.is_replay:
        raise refused("ALREADY_EXISTS", receipt=doing.receipt)


def _check_hold(doing: Doing, account: Account, hold_id: int) -> None:
    placed = {"placement__source_system": doing.caller.source, "placement__reference": doing.receipt}
    hold = Hold.objects.filter(pk=hold_id, account=account, **placed).first()
    if hold is None:
        raise refused("HOLD_UNKNOWN")
    if hold.state != Hold.State.OPEN:
        raise refused("HOLD_RESOLVED")


def _refuse_captured(doing: Doing) -> None:
    """Refuse to use points a second time for a receipt that was paid from a hold."""
    kind = TillTransaction.Kind
    paid = TillTransaction.objects.filter(source=doing.caller.source, receipt=doing.receipt, kind=kind.CAPTURE)
    if paid.exclude(undone_by__kind=kind.REVERSAL).exists():
        raise refused("HOLD_RESOLVED")


def _earn(doing: Doing, purchase: Purchase, reckoned: Reckoning, account: Account, order: Order) -> int:
    """Store the order and book what it earns; return the points."""
    is_new = order.pk is None
    _fill(order, doing, purchase, reckoned)
    lines = [SoldLine(line.sku, line.quantity, line.amount) for line in purchase.basket.lines]
    try:
        one_order.store(order, lines, purchase.known)
    except IntegrityError as error:
        if "order_once_per_source" not in str(error):
            raise
        raise Busy from error
    if is_new:
        basket = purchases.earning_basket(purchase, reckoned)
        terms = {"account_id": account.pk, "program": account.program}
        return new_orders.earn_new_order(order, purchase.customer, basket, **terms)
    orders.earn_orders([order.pk])
    award = OrderAward.objects.filter(order=order).first()
    return award.points if award else 0


def _fill(order: Order, doing: Doing, purchase: Purchase, reckoned: Reckoning) -> None:
    order.source, order.external_id = doing.caller.source, doing.receipt
    order.customer, order.store = purchase.customer, doing.caller.store
    order.placed_at, order.channel = doing.occurred_at, doing.caller.channel
    order.status = Order.Status.PAID
    order.items_amount, order.discount = reckoned.goods, reckoned.discount
    order.points_used, order.shipping, order.paid = reckoned.points_used, reckoned.shipping, reckoned.paid


def _use_coupons(doing: Doing, purchase: Purchase, reckoned: Reckoning) -> None:
    if not purchase.codes:
        return
    used = redeeming.redeem(
        purchase.codes,
        purchase.basket,
        source=doing.caller.source,
        reference=doing.receipt,
        receipt=doing.receipt,
        by=doing.caller.staff,
    )
    off = reckoned.goods + purchase.basket.shipping - reckoned.due
    if used.is_replay or used.discount != off:
        raise refused("ALREADY_EXISTS", receipt=doing.receipt)


def _write_down(
    doing: Doing, purchase: Purchase, reckoned: Reckoning, account: Account, earned: int
) -> TillTransaction:
    order = Order.objects.get(source=doing.caller.source, external_id=doing.receipt)
    return acts.write_down(
        doing,
        SALE,
        account,
        order=order,
        points_used=reckoned.points_used,
        points_earned=earned,
        goods=reckoned.goods,
        discount=reckoned.goods + purchase.basket.shipping - reckoned.due,
        paid=reckoned.paid,
    )
