"""Goods come back: what they cost after coupons is given back, in points as far as points had paid, else in money.

Everything is worked out for the sum of all returns of a sale so far, and what was given back before is taken off, so
that ten partial returns come to what one full return does (F11). First the used points come back, then the award is
taken back by the rules it was earned under; the turn of earning is waited for before the account is locked, as runs do.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Q, Sum

from customers.ingest import one_order
from customers.ingest.one_order import SoldLine
from customers.models import Order, Store
from loyalty import ledger
from loyalty.coupons import redeeming, taking_back
from loyalty.coupons.baskets import BasketLine
from loyalty.earning import orders
from loyalty.ledger.awards import already_back
from loyalty.ledger.corrections import REVERSAL
from loyalty.models import Account, CouponRedemption, DeskAct, OrderAward, TillTransaction, Transaction
from loyalty.till import acts, members, purchases
from loyalty.till.acts import Doing
from loyalty.till.refusals import refused

RETURN = TillTransaction.Kind.RETURN
USES = (Transaction.Kind.REDEEM, Transaction.Kind.CAPTURE)


@dataclass(frozen=True, slots=True)
class Share:
    """What goes with the goods of one return: won of discount, points and won of money."""

    goods: int
    discount: int
    points: int
    is_all: bool

    @property
    def refund(self) -> int:
        """Return the won to pay back."""
        return self.goods - self.discount - self.points


def take_back(doing: Doing, given: dict[str, Any]) -> TillTransaction:
    """Book a return of goods of a receipt.

    Raises:
        TillRefused: the return was booked before, the sale is not known or was undone, more would come back than was
            bought, or it is another store's and no manager signed (`MANAGER_NEEDED`).
    """
    order, account = locked_sale(doing.caller.source, given["original_receipt"])
    if order.store_id not in (None, doing.caller.store.pk) and not doing.caller.is_manager:
        raise refused("MANAGER_NEEDED")
    acts.refuse_known(doing, RETURN)
    if order.status in (Order.Status.CANCELLED, Order.Status.REFUNDED):
        raise refused("ALREADY_REVERSED")
    lines = _lines(order, given)
    uses = points_uses(order, account)
    share = _share(doing, order, lines, uses)
    before = earned_by(order)
    _give_points_back(doing, uses, share.points)
    sold = [SoldLine(line.sku, -line.quantity, -line.amount) for line in lines if line.amount]
    one_order.take_back(order, sold, refund=share.refund, points=share.points, is_all=share.is_all)
    orders.earn_orders([order.pk])
    return acts.write_down(
        doing,
        RETURN,
        account,
        order=order,
        original=_sale_of(order),
        points_used=-share.points,
        points_earned=earned_by(order) - before,
        goods=-share.goods,
        discount=-share.discount,
        paid=-share.refund,
    )


def locked_sale(source: str, receipt: str) -> tuple[Order, Account]:
    """Return the order of a receipt and its member's account, both locked, in the turn of earning.

    Raises:
        TillRefused: there is no order of a member under this receipt (`RECEIPT_UNKNOWN`).
    """
    orders.wait_for_turn(ledger.current_program())
    order = one_order.find(source, receipt)
    if order is None or order.customer is None:
        raise refused("RECEIPT_UNKNOWN", receipt=receipt)
    return order, members.locked_account(order.customer.merged_into or order.customer)


def points_uses(order: Order, account: Account) -> list[Transaction]:
    """Return the uses of points that paid for an order: the till's, or those of the store's desk for its receipt.

    A use that was taken back as a whole, as that of a hold before the sale, paid for nothing.
    """
    uses = Transaction.objects.filter(program=account.program_id, kind__in=USES).order_by("-pk")
    uses = uses.exclude(reversals__source_system=REVERSAL)
    # The second hold of a receipt has a line of its own, and so has what was used from it.
    booked = Q(line="") | Q(kind=Transaction.Kind.CAPTURE)
    at_till = uses.filter(booked, source_system=order.source, reference=order.external_id)
    own = Q(account=account) | Q(account__merged_into=account)
    stores = Store.objects.filter(source=order.source, **({"pk": order.store_id} if order.store_id else {}))
    at_desk = uses.filter(own, desk_act__receipt=order.external_id, desk_act__store__in=stores)
    return [*at_till, *at_desk.exclude(reversals__desk_act__kind=DeskAct.Kind.CANCEL)]


def earned_by(order: Order) -> int:
    """Return what an order has earned as it stands."""
    award = OrderAward.objects.filter(order=order).first()
    return award.points if award else 0


def coupons_of(order: Order) -> list[CouponRedemption]:
    """Return the uses of coupons for an order that were not cancelled, at a till or at the desk."""
    uses = redeeming.uses_of_act(order.source, order.external_id)
    standing = [use for use in uses if use.status != CouponRedemption.Status.CANCELLED and _is_for(use, order)]
    # A desk that used coupons for the receipt once more told that act apart from the one that was cancelled.
    of_receipt = redeeming.uses_of_receipt(order.source, order.external_id)
    return standing or [use for use in of_receipt if _is_for(use, order)]


def _is_for(use: CouponRedemption, order: Order) -> bool:
    """Tell whether store and buyer are the order's, where they are named: desks may have its number as well."""
    stores = {use.store_id, order.store_id} - {None}
    buyers = {who.merged_into_id or who.pk for who in (use.customer, order.customer) if who}
    return len(stores) < 2 and len(buyers) < 2


def _lines(order: Order, given: dict[str, Any]) -> list[BasketLine]:
    """Return the goods that come back, with their categories.

    Raises:
        TillRefused: more of a product than is left (`RETURN_TOO_MUCH`), or nothing at all.
    """
    left = one_order.bought(order)
    # What was sold under numbers that are no products here has no lines; all of that together may come back.
    unlisted = order.items_amount - sum(left.values()) - _returned(order)["goods"]
    if given.get("all"):
        rest = [{"sku": sku, "quantity": 1, "amount": won} for sku, won in left.items() if won > 0]
        told = rest + ([{"sku": "", "quantity": 1, "amount": unlisted}] if unlisted > 0 else [])
    else:
        told = given.get("lines", [])
    if not sum(line["amount"] for line in told):
        raise refused("NOTHING_TO_RETURN")
    for line in told:
        room = left.get(line["sku"], unlisted)
        if line["amount"] > room:
            raise refused("RETURN_TOO_MUCH", left=f"{room:,}", sku=line["sku"])
        if line["sku"] in left:
            left[line["sku"]] -= line["amount"]
        else:
            unlisted -= line["amount"]
    known = one_order.products(order.source, [line["sku"] for line in told])
    return purchases.basket_lines(told, known)


def _share(doing: Doing, order: Order, lines: list[BasketLine], uses: Sequence[Transaction]) -> Share:
    before = _returned(order)
    goods, room = sum(line.amount for line in lines), order.items_amount - before["goods"]
    # The lines do not tell: the shop's own copy of the order may have come since, with all of them again.
    if order.items_amount and goods > room:
        raise refused("RETURN_TOO_MUCH", left=f"{room:,}", sku=order.external_id)
    is_all = goods == room
    discount = _discount(doing, order, lines, goods=before["goods"] + goods, before=before["discount"])
    returned = before["goods"] + goods - before["discount"] - discount
    points = min(_points(order, uses, returned, is_all=is_all) - before["points"], _points_left(uses))
    share = Share(goods, discount, max(0, points), is_all)
    left = order.paid - order.refunded
    if share.refund > left:
        raise refused("RETURN_TOO_MUCH", left=f"{left:,}", sku=order.external_id)
    return share


def _discount(doing: Doing, order: Order, lines: list[BasketLine], *, goods: int, before: int) -> int:
    """Return the discount that goes with the goods (won): as the coupons say, else its share of all discount."""
    if coupons := coupons_of(order):
        told = {"return_reference": doing.receipt, "is_capped": _sale_of(order) is None}
        return taking_back.return_goods(order.source, coupons[0].external_id, lines, **told).taken_back
    return order.discount * goods // order.items_amount - before if order.items_amount else 0


def _points(order: Order, uses: Sequence[Transaction], returned: int, *, is_all: bool) -> int:
    """Return how many points have come back once so many won (after discount) are returned."""
    worth = order.items_amount - order.discount
    used = sum(use.points for use in uses)
    if worth <= 0:
        return 0
    return min(used if is_all else used * returned // worth, returned)


def _points_left(uses: Sequence[Transaction]) -> int:
    return sum(use.points - already_back(use) for use in uses)


def _returned(order: Order) -> dict[str, int]:
    """Return what came back of an order by now: goods and discount (won), and points."""
    rows = TillTransaction.objects.filter(order=order, kind=RETURN)
    sums = rows.aggregate(goods=Sum("goods"), discount=Sum("discount"), points=Sum("points_used"))
    return {name: -(value or 0) for name, value in sums.items()}


def _give_points_back(doing: Doing, uses: Sequence[Transaction], points: int) -> None:
    """Give points back to the uses they were of, the newest first."""
    signed = {"by": doing.caller.staff, "store": doing.caller.store, "now": doing.now}
    for number, use in enumerate(uses):
        part = min(points, use.points - already_back(use))
        if part:
            receipt = replace(doing.points_receipt, line=f"{number + 1}" if number else "")
            ledger.give_back(use.pk, part, receipt=receipt, occurred_at=doing.occurred_at, **signed)
            points -= part


def _sale_of(order: Order) -> TillTransaction | None:
    return TillTransaction.objects.filter(order=order, kind=TillTransaction.Kind.SALE).first()
