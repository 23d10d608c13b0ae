"""What a first purchase gives is given once to a customer, in whatever order the orders come in."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from customers.models import Customer, Order
from loyalty import ledger
from loyalty.earning.calculation import Basket
from loyalty.earning.new_orders import count
from loyalty.earning.orders import earn_changed_orders
from loyalty.models import OrderAward
from tests.factories import begin_earning, make_customer, make_earning_rule, make_order

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 11, 2, 3, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture(autouse=True)
def earning() -> None:
    begin_earning()
    make_earning_rule()
    make_earning_rule(name="첫 구매", kind="first_purchase", reward="fixed", value=1_000)


@pytest.fixture
def customer() -> Customer:
    return make_customer()


def change(order: Order, status: str) -> None:
    """A later copy of the order came in."""
    Order.objects.filter(pk=order.pk).update(status=status, changed_at=timezone.now())


def earned(*orders: Order) -> list[int]:
    """What each order earned once everything that came in is counted."""
    earn_changed_orders()
    points = dict(OrderAward.objects.values_list("order", "points"))
    return [points.get(order.pk, 0) for order in orders]


def at_the_till(customer: Customer, moment: datetime) -> int:
    """What a purchase of 10,000 won would earn, counted alone."""
    counted = count(customer, Basket(paid=10_000), moment, program=ledger.current_program())
    assert counted is not None
    return counted.points


def test_an_earlier_purchase_that_comes_in_later_gets_no_second_bonus(customer: Customer) -> None:
    online = make_order(customer, placed_at=TUESDAY)
    before = earned(online)

    alone = at_the_till(customer, MONDAY)
    store = make_order(customer, placed_at=MONDAY, channel="store")

    assert (before, alone, earned(store, online)) == ([1_100], 100, [100, 1_100])


def test_orders_that_are_paid_backwards_get_one_bonus(customer: Customer) -> None:
    orders = [make_order(customer, placed_at=MONDAY + timedelta(days=day), status="pending") for day in range(3)]
    for order in reversed(orders):
        change(order, "paid")
        earned(order)

    assert earned(*orders) == [100, 100, 1_100]


def test_after_a_cancellation_the_next_purchase_gets_the_bonus(customer: Customer) -> None:
    online = make_order(customer, placed_at=TUESDAY)
    earned(online)
    change(online, "cancelled")
    alone = at_the_till(customer, MONDAY)
    store = make_order(customer, placed_at=MONDAY, channel="store")

    assert (alone, earned(store, online)) == (1_100, [1_100, 0])


def test_neither_the_bonus_of_another_customer_nor_that_of_another_rule_is_in_the_way(customer: Customer) -> None:
    make_earning_rule(name="매장 첫 구매", kind="first_purchase", reward="fixed", value=30, channel="store")
    earned(make_order(customer, placed_at=TUESDAY))

    alone = at_the_till(customer, MONDAY)
    orders = [make_order(each, placed_at=MONDAY, channel="store") for each in (customer, make_customer())]

    assert (alone, earned(*orders)) == (130, [130, 1_130])
