"""The arithmetic of a purchase at a till: goods less coupons less points is what is paid, and what that earns.

A quote shows it, a sale books it, and both get it from here; a till's own figures are only compared with these.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from customers.ingest import one_order
from customers.models import Customer, Product
from loyalty.coupons import quoting
from loyalty.coupons.baskets import Basket, BasketLine
from loyalty.coupons.discounts import Discount
from loyalty.earning import calculation, new_orders
from loyalty.models import Coupon, Program
from loyalty.till.authentication import Caller
from loyalty.till.refusals import refused


@dataclass(frozen=True, slots=True)
class Purchase:
    """What somebody buys, where, with which coupons and points. Won."""

    customer: Customer
    basket: Basket
    codes: tuple[str, ...]
    points: int
    store_id: int
    known: dict[str, Product]


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What a purchase comes to: `discount` is off the goods, `shipping` what is left of it, `due` before points."""

    goods: int
    discount: int
    shipping: int
    points_used: int

    @property
    def due(self) -> int:
        """Return the won to be paid in money or points."""
        return self.goods - self.discount + self.shipping

    @property
    def paid(self) -> int:
        """Return the won to be paid in money."""
        return self.due - self.points_used


def purchase_of(caller: Caller, customer: Customer, given: dict[str, Any]) -> Purchase:
    """Return what a request's lines, coupons and points are as a purchase of a customer at this till."""
    known = products_of(caller, given)
    basket = basket_of(caller, customer, given, known)
    return Purchase(customer, basket, tuple(given["coupons"]), given["points"], caller.store.pk, known)


def basket_of(
    caller: Caller, customer: Customer | None, given: dict[str, Any], known: dict[str, Product] | None = None
) -> Basket:
    """Return a request's lines as coupons look at them; without a customer they are a guest's."""
    return Basket(
        basket_lines(given["lines"], products_of(caller, given) if known is None else known),
        shipping=given["shipping"],
        sales_channel=caller.channel,
        store=caller.store,
        customer_id=customer.pk if customer else None,
    )


def products_of(caller: Caller, given: dict[str, Any]) -> dict[str, Product]:
    """Return the products of a request's lines, by number; those that are not known are left out."""
    return one_order.products(caller.source, [line["sku"] for line in given["lines"]])


def basket_lines(lines: Iterable[dict[str, Any]], known: dict[str, Product]) -> list[BasketLine]:
    """Return a request's lines with the categories of their products; none where a product is not known."""
    category = {sku: product.category for sku, product in known.items()}
    return [BasketLine(line["sku"], line["amount"], category.get(line["sku"], ""), line["quantity"]) for line in lines]


def reckon(purchase: Purchase) -> Reckoning:
    """Return what a purchase comes to; nothing is written.

    Raises:
        CouponRefused: a coupon is of no use here.
        TillRefused: more points than there is to pay (`AMOUNT_MISMATCH`).
    """
    given = quoting.quote_codes(purchase.codes, purchase.basket) if purchase.codes else []
    off, off_shipping = off_goods(given), sum(each.off for each in given) - off_goods(given)
    basket = purchase.basket
    reckoned = Reckoning(basket.amount, off, basket.shipping - off_shipping, purchase.points)
    if reckoned.paid < 0:
        raise refused("AMOUNT_MISMATCH", what="points", ours=reckoned.due, theirs=purchase.points)
    return reckoned


def off_goods(given: Sequence[Discount]) -> int:
    """Return what coupons take off the goods (won)."""
    return sum(each.off for each in given if each.coupon.kind != Coupon.Kind.FREE_SHIPPING)


def earning_basket(purchase: Purchase, reckoned: Reckoning) -> calculation.Basket:
    """Return the purchase as the rules of earning look at it: as its order will be stored, known products alone."""
    stored = [line for line in purchase.basket.lines if line.sku in purchase.known]
    return calculation.Basket(
        paid=reckoned.paid,
        lines=tuple(calculation.Line(line.category, line.amount) for line in stored),
        shipping=reckoned.shipping,
        points_used=reckoned.points_used,
        channel=purchase.basket.sales_channel,
        store=purchase.store_id,
    )


def points_to_earn(purchase: Purchase, reckoned: Reckoning, at: datetime, *, program: Program) -> int:
    """Return what the purchase would earn at a moment."""
    counted = new_orders.count(purchase.customer, earning_basket(purchase, reckoned), at, program=program)
    return counted.points if counted else 0
