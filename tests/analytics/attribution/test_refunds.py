"""Refunds take credits back on their own date."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction

from analytics.attribution.credits import attribute_fresh
from analytics.models import AttributedOrder, CreditRefund
from customers.models import Customer
from tests.factories import change_order, make_customer, make_message, make_order, make_running_campaign

pytestmark = pytest.mark.django_db

PLACED = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
SAID, LATER, LAST = (PLACED + timedelta(days=day) for day in (20, 30, 40))

# Later copies of an order over 30,000 won, 3,000 of them shipping; what its credit and its days of refund say then.
HISTORIES = {
    "a part": ([{"refunded": 10_000}], 10_000, [(LATER, 10_000)]),
    "all, shipping too": ([{"status": "refunded", "refunded": 30_000}], 27_000, [(LATER, 27_000)]),
    "all, but nobody said how much": ([{"status": "refunded"}], 27_000, [(LATER, 27_000)]),
    "cancelled": ([{"status": "cancelled"}], 27_000, [(LATER, 27_000)]),
    "two parts": ([{"refunded": 10_000}, {"refunded": 15_000}], 15_000, [(LATER, 10_000), (LAST, 5_000)]),
    "a part, then cancelled": (
        [{"refunded": 10_000}, {"status": "cancelled"}],
        27_000,
        [(LATER, 10_000), (LAST, 17_000)],
    ),
    "a part, then the shipping as well": ([{"refunded": 27_000}, {"refunded": 30_000}], 27_000, [(LATER, 27_000)]),
    "less than was said first": ([{"refunded": 10_000}, {"refunded": 4_000}], 4_000, [(LATER, 4_000)]),
    "cancelled, then paid after all": ([{"status": "cancelled"}, {"status": "paid"}], 0, []),
    "told with its date": ([{"refunded": 10_000, "refunded_at": SAID}], 10_000, [(SAID, 10_000)]),
}


def sent_twice(customer: Customer) -> None:
    """Two messages of one campaign each, the day before."""
    for _campaign in range(2):
        sent = {"sent_at": PLACED - timedelta(days=1)}
        make_message(make_running_campaign(), customer, **sent)


@pytest.mark.parametrize(("copies", "taken", "days"), HISTORIES.values(), ids=HISTORIES.keys())
def test_a_refund_takes_back_what_was_credited_on_its_own_day(
    copies: list[dict[str, object]], taken: int, days: list[tuple[datetime, int]]
) -> None:
    customer = make_customer()
    sent_twice(customer)
    order = make_order(customer, placed_at=PLACED, paid=30_000, shipping=3_000)
    attribute_fresh()

    for copy, moment in zip(copies, (LATER, LAST), strict=False):
        with time_machine.travel(moment, tick=False):
            change_order(order, **copy)
        attribute_fresh()

    last = AttributedOrder.objects.get(model="last_delivered")
    assert (last.revenue, last.refunded, last.placed_at) == (27_000, taken, PLACED)
    assert list(last.refunds.order_by("refunded_at").values_list("refunded_at", "amount")) == days


def test_shares_are_taken_back_in_proportion_to_the_won() -> None:
    customer = make_customer()
    sent_twice(customer)
    order = make_order(customer, placed_at=PLACED, paid=10_001)
    attribute_fresh()

    change_order(order, refunded=3)
    attribute_fresh()

    shares = AttributedOrder.objects.filter(model="linear").order_by("message_id")
    assert list(shares.values_list("revenue", "refunded")) == [(5_001, 2), (5_000, 1)]


def test_an_order_that_waits_for_its_payment_again_has_neither_credit_nor_refund() -> None:
    customer = make_customer()
    sent_twice(customer)
    order = change_order(make_order(customer, placed_at=PLACED), refunded=1_000)
    attribute_fresh()
    assert CreditRefund.objects.count() == 3  # of the last message, and of two shares
    change_order(order, status="pending", refunded=0)

    done = attribute_fresh()

    assert (done.credited, done.taken_back) == (0, 3)
    assert not AttributedOrder.objects.exists()
    assert not CreditRefund.objects.exists()


def test_the_database_refuses_to_take_back_more_than_was_credited() -> None:
    customer = make_customer()
    sent_twice(customer)
    make_order(customer, placed_at=PLACED)
    attribute_fresh()

    with pytest.raises(IntegrityError), transaction.atomic():
        AttributedOrder.objects.update(refunded=10_001)
