"""Nothing is used, given back or paid out twice, in whatever order a till and the shop tell of a receipt."""

from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from customers import ingest
from customers.models import Order, Store
from loyalty.desk import acting
from loyalty.desk.bills import Bill
from loyalty.models import IssuedCoupon, TillTransaction
from tests.factories import make_coupon, make_order, make_user
from tests.loyalty.coupons.holding import give
from tests.loyalty.till.counter import Counter, line, said

pytestmark = pytest.mark.django_db


def _hold(till: Counter, lookup: int) -> int:
    at = said(timezone.now())
    held = {"receipt": "R-1", "occurred_at": at, "lookup": lookup, "points": 1_000, "bill": 50_000}
    return till.ask("holds", held)[1]["hold_id"]


def _use_of_a_coupon(till: Counter) -> dict[str, Any]:
    code = give(make_coupon(amount=5_000), till.member).code
    basket = {"lookup": till.look_up(), "coupons": [code], "lines": till.basket()}
    return basket | {"receipt": "W-1", "occurred_at": said(timezone.now())}


def test_points_that_a_sale_took_from_a_hold_come_back_with_the_sale_alone() -> None:
    till = Counter()
    lookup = till.look_up()
    hold = _hold(till, lookup)
    till.ask("sales", till.sale(lookup=lookup, points=1_000, hold=hold))

    status, answer = till.ask(f"holds/{hold}/capture", {"occurred_at": said(timezone.now())})

    assert (status, answer["code"]) == (422, "HOLD_RESOLVED")
    assert not TillTransaction.objects.filter(kind="capture").exists()
    assert till.account.available == 3_000 - 1_000 + 490


def test_half_of_a_purchase_gives_back_half_its_points_though_a_use_before_it_was_undone() -> None:
    till = Counter()
    lookup = till.look_up()
    _status, used = till.ask(f"holds/{_hold(till, lookup)}/capture", {"occurred_at": said(timezone.now())})
    till.ask(f"txns/{used['txn_id']}/reverse", {})
    till.ask("sales", till.sale(lookup=lookup, points=1_000, lines=till.basket(wine=5_000, milk=5_000)))

    status, done = till.ask("returns", till.goods_back(lines=[line(till.milk, 5_000)]))

    assert (status, done["points_used"], done["paid"]) == (201, -500, -4_500)


def test_a_receipt_that_was_paid_from_a_hold_takes_no_more_points() -> None:
    till = Counter()
    lookup = till.look_up()
    till.ask(f"holds/{_hold(till, lookup)}/capture", {"occurred_at": said(timezone.now())})

    status, answer = till.ask("sales", till.sale(lookup=lookup, points=500))

    assert (status, answer["code"]) == (422, "HOLD_RESOLVED")
    assert (till.account.available, Order.objects.exists()) == (2_000, False)


def test_the_coupon_of_a_sale_that_stands_is_not_cancelled_by_itself() -> None:
    till = Counter()
    piece = give(make_coupon(amount=5_000), till.member)
    till.ask("sales", till.sale(coupons=[piece.code], paid=45_000))

    status, answer = till.ask("coupons/cancel", {"receipt": "R-1", "occurred_at": said(timezone.now())})

    assert (status, answer["code"]) == (422, "NOT_REVERSIBLE")
    assert IssuedCoupon.objects.get().status == "used"


def test_a_coupon_that_was_used_in_another_store_is_not_cancelled_here() -> None:
    till = Counter(is_online=True)
    use = _use_of_a_coupon(till)
    till.ask("coupons/redeem", use)
    elsewhere = till.other_till(store=Store.objects.create(external_id="elsewhere", name="역삼점"))

    status, answer = elsewhere.ask("coupons/cancel", {name: use[name] for name in ("receipt", "occurred_at")})

    assert (status, answer["code"]) == (422, "NO_SUCH_USE")
    assert IssuedCoupon.objects.get().status == "used"


def test_a_use_of_a_coupon_that_was_cancelled_takes_nothing_off_again() -> None:
    till = Counter(is_online=True)
    use = _use_of_a_coupon(till)
    till.ask("coupons/redeem", use)
    till.ask("coupons/cancel", {name: use[name] for name in ("receipt", "occurred_at")})

    status, answer = till.ask("coupons/redeem", use)

    assert (status, answer["code"]) == (422, "ALREADY_CANCELLED")
    assert IssuedCoupon.objects.get().status == "held"


def test_goods_come_back_once_though_the_shop_sends_all_lines_again() -> None:
    till = Counter(points=0)
    till.ask("sales", till.sale())
    till.ask("returns", till.goods_back("B-1", lines=[line(till.wine, 30_000)]))
    copy = {"order_id": "R-1", "customer_id": till.member.external_id, "placed_at": said(timezone.now())}
    copy |= {"channel": "store", "items_amount": "50000", "paid": "50000", "refunded": "0"}
    lines = [(till.wine.sku, "30000"), (till.milk.sku, "20000")]
    ingest.ingest_orders([copy | {"sku": sku, "line_amount": won} for sku, won in lines], source="shop")

    status, answer = till.ask("returns", till.goods_back("B-2", lines=[line(till.wine, 30_000)]))

    assert (status, answer["code"]) == (422, "RETURN_TOO_MUCH")
    assert (Order.objects.get().refunded, TillTransaction.objects.filter(kind="return").count()) == (0, 1)


def test_an_order_of_which_the_shop_paid_money_back_is_not_sold_again() -> None:
    till = Counter()
    now = timezone.now()
    make_order(till.member, external_id="R-1", placed_at=now, items_amount=60_000, paid=60_000, refunded=55_000)

    status, answer = till.ask("sales", till.sale(points=1_000))

    assert (status, answer["code"]) == (422, "ALREADY_EXISTS")
    assert (till.account.available, Order.objects.get().paid) == (3_000, 60_000)


def test_a_sale_of_which_the_shop_paid_money_back_is_not_undone_whole() -> None:
    till = Counter()
    _status, sold = till.ask("sales", till.sale(points=1_000))
    Order.objects.update(refunded=20_000)

    status, answer = till.ask(f"txns/{sold['txn_id']}/reverse", {})

    assert (status, answer["code"]) == (422, "HAS_RETURNS")
    assert (till.account.available, Order.objects.get().status) == (2_490, "paid")


def test_a_sale_whose_receipt_earned_at_the_desk_comes_in_and_earns_nothing_again() -> None:
    till = Counter(points=0)
    acting.earn(till.member, bill=Bill(till.store, "R-1", 40_000), key=uuid4(), by=make_user("cashier"))

    status, _done = till.ask("sales", till.sale())

    assert (status, till.account.available, Order.objects.get().paid) == (201, 400, 50_000)


def test_a_sale_whose_receipt_was_cancelled_at_the_desk_earns_as_any_other() -> None:
    till, cashier = Counter(points=0), make_user("cashier")
    act = acting.earn(till.member, bill=Bill(till.store, "R-1", 40_000), key=uuid4(), by=cashier)
    acting.cancel(act.pk, store=till.store, key=uuid4(), by=cashier)

    status, _done = till.ask("sales", till.sale())

    assert (status, till.account.available) == (201, 500)
