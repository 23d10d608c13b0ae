"""What the desk took for a receipt comes back with its order, once, and only to whom it belongs."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from customers.identity import merging
from customers.models import Customer, Order, Store
from loyalty import ledger
from loyalty.coupons import counters
from loyalty.desk import acting, order_returns
from loyalty.desk.bills import Bill
from loyalty.ledger.checking import differences
from loyalty.models import Coupon, CouponRedemption, CouponReturn, IssuedCoupon
from tests.factories import make_customer
from tests.loyalty.desk.counter import make_cashier
from tests.loyalty.desk.receipts import bring_order, use_coupon, use_points
from tests.loyalty.till.counter import Counter

pytestmark = pytest.mark.django_db


def change(order: Order, **given: Any) -> None:
    """A later copy of the order came in."""
    Order.objects.filter(pk=order.pk).update(changed_at=timezone.now(), **given)


def run_twice() -> tuple[order_returns.GivenBack, order_returns.GivenBack]:
    now = timezone.now()
    return order_returns.give_back(now), order_returns.give_back(now + timedelta(minutes=5))


@pytest.mark.parametrize(
    ("came", "points", "again"),
    [
        ({"status": "cancelled"}, 1_000, 0),
        ({"status": "refunded", "refunded": 49_000}, 1_000, 0),
        ({"refunded": 24_500}, 500, 0),
        ({"refunded": 24_500, "store": None}, 500, 0),
        ({}, 0, 0),
    ],
)
def test_an_order_that_comes_back_by_the_shops_own_file_gives_back_points_of_the_desk(
    came: dict[str, Any], points: int, again: int, till: Counter, cashier: User
) -> None:
    use_points(till, cashier)
    change(bring_order(till), **came)

    _first, later = run_twice()

    assert (till.account.available, later.points, differences()) == (2_000 + points, again, [])


def test_a_second_part_of_the_money_gives_back_the_rest(till: Counter, cashier: User) -> None:
    use_points(till, cashier)
    order = bring_order(till)
    for refunded in (16_333, 49_000):
        change(order, refunded=refunded)
        order_returns.give_back(timezone.now())

    assert (till.account.available, differences()) == (3_000, [])


@pytest.mark.parametrize(("status", "use"), [("cancelled", "cancelled"), ("refunded", "returned")])
def test_an_order_that_comes_back_whole_gives_back_the_coupon_of_the_desk(
    status: str, use: str, till: Counter, cashier: User
) -> None:
    use_coupon(till, cashier, comes_back=True)
    change(bring_order(till, paid=45_000), status=status, refunded=45_000)

    first, later = run_twice()

    assert (CouponRedemption.objects.get().status, IssuedCoupon.objects.get().status) == (use, "held")
    assert (first.coupons, later.coupons) == (1, 0)


@pytest.mark.parametrize("then", ["refunded", "cancelled"])
def test_a_coupon_that_does_not_come_back_is_returned_once(then: str, till: Counter, cashier: User) -> None:
    use_coupon(till, cashier, comes_back=False)
    order = bring_order(till, paid=45_000)
    change(order, status="refunded", refunded=45_000)
    first, again = run_twice()

    change(order, status=then)
    later = order_returns.give_back(timezone.now())

    assert (first.coupons, again.coupons, later.coupons) == (1, 0, 0)
    assert list(CouponReturn.objects.values_list("amount", "discount")) == [(50_000, 5_000)]
    coupon = Coupon.objects.get()
    assert (coupon.used_count, coupon.discount_total, coupon.revenue_total) == (1, 0, 0)
    assert (IssuedCoupon.objects.get().status, counters.differences()) == ("used", [])


def test_an_order_of_which_goods_came_back_at_a_till_gives_the_rest_back_when_it_is_cancelled(
    till: Counter, cashier: User
) -> None:
    use_coupon(till, cashier, comes_back=True)
    order = bring_order(till, paid=45_000)
    lines = [{"sku": till.milk.sku, "quantity": 1, "amount": 20_000}]
    assert till.ask("returns", till.goods_back(lines=lines))[0] == 201

    change(order, status="cancelled")
    first, later = run_twice()

    assert (first.coupons, later.coupons) == (1, 0)
    assert list(CouponReturn.objects.order_by("pk").values_list("amount", "discount")) == [
        (20_000, 2_000),
        (30_000, 3_000),
    ]
    assert (CouponRedemption.objects.get().status, IssuedCoupon.objects.get().status) == ("returned", "held")
    assert counters.differences() == []


def test_what_cannot_be_given_back_keeps_nobody_else_from_theirs(
    till: Counter, cashier: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = use_points(till, cashier).transaction_id
    change(bring_order(till), status="cancelled")
    use_coupon(till, cashier, receipt="R-2", comes_back=True)
    use_points(till, cashier, 600, receipt="R-2")
    change(bring_order(till, external_id="R-2"), status="cancelled")
    give_back = ledger.give_back

    def fail_for_one(used_id: int, *args: Any, **terms: Any) -> ledger.Posting:
        if used_id == broken:
            raise ValueError("broken")
        return give_back(used_id, *args, **terms)

    monkeypatch.setattr(ledger, "give_back", fail_for_one)

    with pytest.raises(ExceptionGroup) as failed:
        order_returns.give_back(timezone.now())

    assert [(str(each), each.__notes__) for each in failed.value.exceptions] == [("broken", [f"use or award {broken}"])]
    assert (till.account.available, IssuedCoupon.objects.get().status) == (2_000, "held")


# Whose the order is and of which store, and whether what the member used in the till's store is given back.
WHOSE = [
    ("member", "same", True),
    ("merged", "same", True),
    ("merged", None, True),
    ("member", None, True),
    ("nobody", "same", True),
    ("nobody", None, False),
    ("member", "other", False),
    ("nobody", "other", False),
    ("stranger", "same", False),
    ("stranger", None, False),
]


def whose(who: str, till: Counter) -> Customer | None:
    """A customer of the order; the merged one turns out to be the member."""
    if who in ("member", "nobody"):
        return till.member if who == "member" else None
    other = make_customer()
    if who == "merged":
        merging.merge(till.member.pk, other.pk, by=None)
    return other


@pytest.mark.parametrize(("who", "where", "is_theirs"), WHOSE)
def test_only_the_receipt_of_the_same_person_and_store_gives_back(
    who: str, where: str | None, is_theirs: bool, till: Counter, cashier: User
) -> None:
    use_coupon(till, cashier, comes_back=True)
    use_points(till, cashier)
    stores = {"same": till.store, "other": Store.objects.create(external_id="S-2", name="서초점"), None: None}
    order = bring_order(till, customer=whose(who, till), store=stores[where], paid=44_000)

    change(order, status="cancelled")
    done = order_returns.give_back(timezone.now())

    assert done == order_returns.GivenBack(int(is_theirs), int(is_theirs), 0)
    assert till.account.available == (3_000 if is_theirs else 2_000)
    assert IssuedCoupon.objects.get().status == ("held" if is_theirs else "used")


def test_points_of_a_member_who_was_merged_into_the_buyer_come_back_to_the_buyer(till: Counter, cashier: User) -> None:
    use_points(till, cashier)
    order = bring_order(till)
    kept = make_customer()
    till.give(100, customer=kept)
    merging.merge(kept.pk, till.member.pk, by=None)

    change(order, status="cancelled")
    order_returns.give_back(timezone.now())

    assert (ledger.account_of(kept.pk).available, differences()) == (3_100, [])


def test_a_number_that_a_member_has_from_two_stores_gives_back_nothing_until_one_is_left(
    till: Counter, cashier: User
) -> None:
    elsewhere = Store.objects.create(external_id="S-2", name="서초점")
    colleague = make_cashier("colleague", elsewhere, is_manager=True)
    first = use_points(till, cashier)
    acting.redeem(till.member, 600, bill=Bill(elsewhere, "R-1", 50_000), key=uuid4(), by=colleague)
    change(bring_order(till, store=None), status="cancelled")

    both = order_returns.give_back(timezone.now())
    acting.cancel(first.pk, store=till.store, key=uuid4(), by=cashier)
    one = order_returns.give_back(timezone.now())

    assert (both.points, one.points, till.account.available) == (0, 1, 3_000)


@pytest.mark.parametrize(
    ("came", "left"),
    [
        ({"status": "cancelled"}, 0),
        ({"status": "refunded", "refunded": 49_000}, 0),
        ({"refunded": 24_500}, 250),
        ({"refunded": 16_333}, 334),
        ({"refunded": 49_000, "store": None}, 0),
        ({}, 500),
    ],
)
def test_a_guests_order_that_comes_back_takes_back_what_the_desk_gave_for_it(
    came: dict[str, Any], left: int, till: Counter, cashier: User
) -> None:
    before = till.account.available
    acting.earn(till.member, bill=Bill(till.store, "R-1", 50_000), key=uuid4(), by=cashier)
    change(bring_order(till, customer=None), **came)

    _first, later = run_twice()

    assert (till.account.available - before, later.earned, differences()) == (left, 0, [])


def test_what_a_guests_order_earned_comes_back_part_by_part_and_not_what_staff_took_back(
    till: Counter, cashier: User
) -> None:
    before = till.account.available
    bill = Bill(till.store, "R-1", 50_000)
    act = acting.earn(till.member, bill=bill, key=uuid4(), by=cashier)
    order = bring_order(till, customer=None)
    left = []
    for refunded in (16_333, 24_500):
        change(order, refunded=refunded)
        order_returns.give_back(timezone.now())
        left.append(till.account.available - before)

    acting.cancel(act.pk, store=till.store, key=uuid4(), by=cashier)
    change(order, refunded=49_000)
    _first, later = run_twice()

    assert (left, till.account.available - before, later.earned) == ([334, 250], 0, 0)
