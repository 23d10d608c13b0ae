"""A receipt is the desk's or a till's, and what the desk took for it comes back with its goods, by whatever door."""

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from customers.models import Order
from loyalty.desk import acting, coupon_use
from loyalty.desk.bills import Bill
from loyalty.errors import DeskRefused
from loyalty.ledger.checking import differences
from loyalty.models import CouponRedemption, DeskAct, IssuedCoupon, TillTransaction
from tests.factories import make_coupon, make_customer
from tests.loyalty.coupons.holding import give
from tests.loyalty.desk.receipts import bring_order, use_coupon, use_points
from tests.loyalty.till.counter import Counter, said

pytestmark = pytest.mark.django_db


def part(till: Counter, number: str, won: int) -> tuple[int, dict[str, Any]]:
    lines = [{"sku": till.wine.sku, "quantity": 1, "amount": won}]
    return till.ask("returns", till.goods_back(number, lines=lines))


def test_a_return_at_a_till_gives_back_the_share_of_points_that_the_desk_took(till: Counter, cashier: User) -> None:
    use_points(till, cashier)
    bring_order(till)

    _status, first = part(till, "B-1", 25_000)
    _status, rest = till.ask("returns", till.goods_back("B-2"))

    assert [(done["points_used"], done["paid"]) for done in (first, rest)] == [(-500, -24_500), (-500, -24_500)]
    assert (till.account.available, differences()) == (3_000, [])


def test_what_was_cancelled_at_the_desk_does_not_come_back_again(till: Counter, cashier: User) -> None:
    act = use_points(till, cashier)
    acting.cancel(act.pk, store=till.store, key=uuid4(), by=cashier)
    use_points(till, cashier, 600)
    bring_order(till, paid=49_400)

    _status, done = till.ask("returns", till.goods_back())

    assert (done["points_used"], done["paid"], till.account.available) == (-600, -49_400, 3_000)


def test_a_coupon_of_the_desk_comes_back_with_the_goods_at_a_till(till: Counter, cashier: User) -> None:
    first = use_coupon(till, cashier)
    coupon_use.cancel(CouponRedemption.objects.get().pk, store=till.store, by=cashier)
    piece = use_coupon(till, cashier, comes_back=True)
    bring_order(till, paid=45_000)

    _status, done = till.ask("returns", till.goods_back())

    assert (done["discount"], done["paid"]) == (-5_000, -45_000)
    assert set(IssuedCoupon.objects.values_list("pk", "status")) == {(first.pk, "held"), (piece.pk, "held")}


def test_a_coupon_of_somebody_elses_receipt_of_the_same_number_stays_theirs(till: Counter, cashier: User) -> None:
    use_coupon(till, cashier, comes_back=True)
    CouponRedemption.objects.update(customer=make_customer())
    bring_order(till, paid=50_000)

    _status, done = till.ask("returns", till.goods_back())

    assert (done["discount"], done["paid"]) == (0, -50_000)
    assert CouponRedemption.objects.get().status == "used"


def test_the_desk_takes_nothing_for_a_receipt_that_a_till_sold(till: Counter, cashier: User) -> None:
    till.ask("sales", till.sale())
    piece = give(make_coupon(amount=5_000), till.member)

    with pytest.raises(DeskRefused) as of_points:
        use_points(till, cashier)
    with pytest.raises(DeskRefused) as of_coupon:
        coupon_use.use(till.member, [piece.code], bill=Bill(till.store, "R-1", 50_000), by=cashier)

    assert (of_points.value.code, of_coupon.value.code) == ("RECEIPT_AT_TILL", "RECEIPT_AT_TILL")
    assert (DeskAct.objects.count(), CouponRedemption.objects.count()) == (0, 0)


@pytest.mark.parametrize("path", ["sales", "holds"])
def test_a_till_takes_nothing_for_a_receipt_of_which_the_desk_has_points(
    path: str, till: Counter, cashier: User
) -> None:
    use_points(till, cashier)
    held = {"receipt": "R-1", "occurred_at": said(timezone.now()), "points": 500, "bill": 50_000}
    body = till.sale() if path == "sales" else held | {"lookup": till.look_up()}

    status, told = till.ask(path, body)

    assert (status, told["code"]) == (422, "RECEIPT_AT_DESK")
    assert (TillTransaction.objects.count(), Order.objects.count()) == (0, 0)


def test_a_till_does_not_sell_a_receipt_with_a_coupon_of_the_desk_at_the_full_price(
    till: Counter, cashier: User
) -> None:
    use_coupon(till, cashier)

    status, told = till.ask("sales", till.sale())

    assert (status, told["code"], Order.objects.count()) == (422, "RECEIPT_HAS_COUPONS", 0)


def test_a_receipt_whose_number_looks_like_a_second_try_keeps_its_own_coupon(till: Counter, cashier: User) -> None:
    use_coupon(till, cashier, receipt="R")
    coupon_use.cancel(CouponRedemption.objects.get().pk, store=till.store, by=cashier)
    use_coupon(till, cashier, receipt="R")

    use_coupon(till, cashier, receipt="R 2")

    used = CouponRedemption.objects.filter(status="used").order_by("pk")
    assert list(used.values_list("receipt", "external_id")) == [("R", "R~2"), ("R 2", "R 2")]
