"""A booking at the desk of which only a part came back with goods stands until the rest of it is cancelled."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from customers.models import Order
from loyalty import ledger
from loyalty.desk import acting, giving, order_returns, quoting
from loyalty.desk.bills import Bill
from loyalty.desk.pages.today import Booked, booked_today
from loyalty.errors import CouponRefused, DeskRefused
from loyalty.ledger import Receipt
from loyalty.ledger.checking import differences
from loyalty.models import DeskAct
from tests.loyalty.desk.receipts import bring_order, use_coupon, use_points
from tests.loyalty.till.counter import Counter, said

pytestmark = pytest.mark.django_db


@pytest.fixture
def use(till: Counter, cashier: User) -> DeskAct:
    """1,000 points used for a receipt, of which 500 came back with half of the money."""
    act = use_points(till, cashier)
    order = bring_order(till)
    Order.objects.filter(pk=order.pk).update(changed_at=timezone.now(), refunded=24_500)
    order_returns.give_back(timezone.now())
    assert till.account.available == 2_500
    return act


def shown(till: Counter, by: User) -> list[tuple[str, bool, bool]]:
    """The lines of today: kind, whether cancelled, whether it may be."""
    lines: list[Booked] = booked_today(by, till.store, timezone.now(), is_manager=True)
    return [(line.figure, line.is_cancelled, line.may_cancel) for line in lines]


def refusal_of(act: Callable[[], object]) -> str:
    with pytest.raises((DeskRefused, CouponRefused)) as refusal:
        act()
    return refusal.value.code


@pytest.mark.usefixtures("use")
def test_a_use_of_which_a_part_came_back_keeps_its_receipt(till: Counter, cashier: User) -> None:
    held = {"receipt": "R-1", "occurred_at": said(timezone.now()), "points": 500, "bill": 50_000}

    again = refusal_of(lambda: use_points(till, cashier, 600))
    coupon = refusal_of(lambda: use_coupon(till, cashier))
    _status, at_till = till.ask("holds", held | {"lookup": till.look_up()})

    assert (again, coupon, at_till["code"]) == ("RECEIPT_HAS_POINTS", "COUPONS_FIRST", "RECEIPT_AT_DESK")
    assert quoting.points_used(Bill(till.store, "R-1", 50_000)) == 1_000


def test_a_use_of_which_a_part_came_back_is_cancelled_for_the_rest_by_one_tap_or_two(
    till: Counter, cashier: User, use: DeskAct
) -> None:
    before, key = shown(till, cashier), uuid4()

    taps = [acting.cancel(use.pk, store=till.store, key=key, by=cashier) for _tap in range(2)]

    assert before == [("−1,000P", False, True)]
    assert shown(till, cashier) == [("500P", False, False), ("−1,000P", True, False)]
    assert (taps[0].points, taps[0].pk) == (500, taps[1].pk)
    assert (till.account.available, differences()) == (3_000, [])
    assert quoting.points_used(Bill(till.store, "R-1", 50_000)) == 0


def test_the_key_of_a_cancel_is_good_for_no_other_act_of_the_receipt(till: Counter, cashier: User) -> None:
    key = uuid4()
    acting.cancel(use_points(till, cashier).pk, store=till.store, key=key, by=cashier)
    other = use_points(till, cashier)

    code = refusal_of(lambda: acting.cancel(other.pk, store=till.store, key=key, by=cashier))

    assert (code, till.account.available) == ("KEY_REUSED", 2_000)


def test_points_given_of_which_a_part_was_taken_back_count_towards_the_day(till: Counter, cashier: User) -> None:
    act = acting.earn(till.member, bill=Bill(till.store, "R-1", 50_000), key=uuid4(), by=cashier)
    now = timezone.now()
    taken = {"occurred_at": now, "now": now}

    ledger.claw_back(act.transaction_id, 200, receipt=Receipt("file", "B-1"), **taken)
    of_a_part = giving.given_today(cashier, now=now + timedelta(seconds=1))
    ledger.claw_back(act.transaction_id, 300, receipt=Receipt("file", "B-2"), **taken)

    assert (act.points, of_a_part, giving.given_today(cashier, now=now)) == (500, 500, 0)
