"""Refunds get dates of their own, whichever way they are told."""

from datetime import UTC, datetime, timedelta

import pytest

from customers.ingest import ingest_orders
from customers.ingest.one_order import cancel, take_back
from customers.models import Order, Refund
from tests.factories import make_customer, make_order

pytestmark = pytest.mark.django_db

PLACED = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)
DAYS = [PLACED + timedelta(days=day) for day in (5, 9, 14)]
SAID = PLACED + timedelta(days=3)

# Copies of an order of 30,000 won as they are told on DAYS, and what is booked in the end.
HISTORIES = {
    "nothing refunded": ([{}], []),
    "refunded when first heard of": ([{"refunded": 5_000}], [(PLACED, 5_000)]),
    "refunded later": ([{}, {"refunded": 5_000}], [(DAYS[1], 5_000)]),
    "in two parts": ([{}, {"refunded": 5_000}, {"refunded": 8_000}], [(DAYS[1], 5_000), (DAYS[2], 3_000)]),
    "told twice": ([{}, {"refunded": 5_000}, {"refunded": 5_000}], [(DAYS[1], 5_000)]),
    "told by a sender without that column in between": (
        [{"refunded": 5_000}, {}, {"status": "shipped"}],
        [(PLACED, 5_000)],
    ),
    "with its date": ([{}, {"refunded": 5_000, "refunded_at": SAID}], [(SAID, 5_000)]),
    "first heard of with its date": ([{"refunded": 5_000, "refunded_at": SAID}], [(SAID, 5_000)]),
    "with its date a day later": (
        [{}, {"refunded": 5_000}, {"refunded": 5_000, "refunded_at": SAID}],
        [(SAID, 5_000)],
    ),
    "with a date before the order": (
        [{}, {"refunded": 5_000, "refunded_at": PLACED - timedelta(days=1)}],
        [(PLACED, 5_000)],
    ),
    "with a date to come": (
        [{}, {"refunded": 5_000, "refunded_at": datetime(2199, 1, 1, tzinfo=UTC)}],
        [(DAYS[1], 5_000)],
    ),
    "more, without a date this time": (
        [{"refunded": 5_000, "refunded_at": SAID}, {"refunded": 8_000}],
        [(SAID, 5_000), (DAYS[1], 3_000)],
    ),
    "less than was said": ([{}, {"refunded": 5_000}, {"refunded": 2_000}], [(DAYS[1], 2_000)]),
    "nothing after all": ([{}, {"refunded": 5_000}, {"refunded": 0}], []),
    "all of it": ([{}, {"status": "refunded", "refunded": 30_000}], [(DAYS[1], 30_000)]),
    "all of it, without an amount": ([{}, {"status": "refunded"}], [(DAYS[1], 30_000)]),
    "cancelled after it was paid": ([{}, {"status": "cancelled"}], [(DAYS[1], 30_000)]),
    "cancelled after a part": (
        [{"refunded": 5_000, "refunded_at": SAID}, {"status": "cancelled"}],
        [(SAID, 5_000), (DAYS[1], 25_000)],
    ),
    "cancelled twice": ([{}, {"status": "cancelled"}, {"status": "cancelled"}], [(DAYS[1], 30_000)]),
    "cancelled before it was paid": ([{"status": "pending"}, {"status": "cancelled"}], []),
    "cancelled when first heard of": ([{"status": "cancelled"}], []),
    "cancelled and paid back when first heard of": (
        [{"status": "cancelled", "refunded": 30_000, "refunded_at": SAID}],
        [(SAID, 30_000)],
    ),
    "cancelled, then paid after all": ([{}, {"status": "cancelled"}, {"status": "paid"}], []),
}


def booked() -> list[tuple[datetime, int]]:
    return list(Refund.objects.order_by("refunded_at").values_list("refunded_at", "amount"))


@pytest.mark.parametrize(("copies", "expected"), HISTORIES.values(), ids=HISTORIES.keys())
def test_what_is_told_of_an_order_dates_its_refunds(
    copies: list[dict[str, object]], expected: list[tuple[datetime, int]]
) -> None:
    for copy, day in zip(copies, DAYS, strict=False):
        ingest_orders([{"order_id": "1", "placed_at": PLACED, "paid": 30_000} | copy])
        Order.objects.filter(changed_at__gt=DAYS[-1]).update(changed_at=day)
        # PostgreSQL dates what it writes by its own clock; here, by the day of the story.
        Refund.objects.filter(refunded_at__gt=DAYS[-1]).update(refunded_at=day)

    assert booked() == expected


def test_one_batch_books_each_of_its_orders() -> None:
    head = {"placed_at": PLACED, "paid": 10_000}

    ingest_orders([{"order_id": str(number), "refunded": number * 1_000} | head for number in range(3)])

    assert [amount for _day, amount in booked()] == [1_000, 2_000]


def test_what_a_till_takes_back_is_booked_when_it_did() -> None:
    order = make_order(make_customer(), placed_at=PLACED, paid=30_000)

    take_back(order, [], refund=4_000, points=0, is_all=False)
    cancel(order)

    moments, amounts = zip(*booked(), strict=True)
    assert amounts == (4_000, 26_000)
    assert moments[-1] == order.changed_at
