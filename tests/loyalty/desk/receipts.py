"""A receipt of 50,000 won at a desk, beside a till: what is used for it, and the shop's own copy of it as an order."""

from typing import Any
from uuid import uuid4

from django.contrib.auth.models import User
from django.utils import timezone

from customers.models import Order
from loyalty.desk import acting, coupon_use
from loyalty.desk.bills import Bill
from loyalty.models import DeskAct, IssuedCoupon
from tests.factories import make_coupon, make_order
from tests.loyalty.coupons.holding import give
from tests.loyalty.till.counter import Counter


def use_points(till: Counter, by: User, points: int = 1_000, *, receipt: str = "R-1") -> DeskAct:
    """Use points at the desk of the till's store for a bill of 50,000 won."""
    return acting.redeem(till.member, points, bill=Bill(till.store, receipt, 50_000), key=uuid4(), by=by)


def use_coupon(till: Counter, by: User, *, receipt: str = "R-1", **terms: Any) -> IssuedCoupon:
    """Use a coupon of 5,000 won at the desk of the till's store for a bill of 50,000 won."""
    piece = give(make_coupon(amount=5_000, **terms), till.member)
    coupon_use.use(till.member, [piece.code], bill=Bill(till.store, receipt, 50_000), by=by)
    return piece


def bring_order(till: Counter, *, paid: int = 49_000, **given: Any) -> Order:
    """The shop's own copy of the bill, after which its goods are known."""
    known = {"customer": till.member, "store": till.store}
    terms = {"external_id": "R-1", "channel": "store", "items_amount": 50_000} | known | given
    order = make_order(terms.pop("customer"), placed_at=timezone.now(), paid=paid, **terms)
    order.lines.create(position=1, product=till.wine, quantity=1, amount=30_000)
    order.lines.create(position=2, product=till.milk, quantity=1, amount=20_000)
    return order
