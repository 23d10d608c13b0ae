"""Conditions on due days, risk, channels and places, each at its edges."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from customers import stats
from customers.models import CustomerStats, Order
from customers.segments import preview
from customers.segments.clock import Moment
from tests.factories import make_customer, make_order

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)  # that began the 21st in Seoul

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_noon() -> None:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.mark.parametrize(
    ("due_in", "op", "value", "fits"),
    [
        (0, "within_next_days", 0, True),
        (1, "within_next_days", 0, False),
        (7, "within_next_days", 7, True),
        (8, "within_next_days", 7, False),
        (-1, "within_next_days", 7, False),
        (-1, "overdue_by", 1, True),
        (0, "overdue_by", 1, False),
        (-7, "overdue_by", 7, True),
        (-6, "overdue_by", 7, False),
        (None, "overdue_by", 1, False),
        (None, "within_next_days", 365, False),
    ],
)
def test_due_turns_over_at_midnight(due_in: int | None, op: str, value: int, fits: bool) -> None:
    due_at = None if due_in is None else MIDNIGHT + timedelta(days=due_in)
    CustomerStats.objects.create(customer=make_customer(), due_at=due_at)

    assert preview.count({"is": "due", "op": op, "value": value}) == int(fits)


@pytest.mark.parametrize(
    ("days", "gaps", "op", "value", "fits"),
    [
        (10, 3, "at_least", 10, True),
        (10, 3, "at_most", 10, True),
        (10, 3, "at_least", 11, False),
        (10, 2, "at_least", 10, False),  # too few pauses to call it a cycle
        (None, 0, "at_most", 100, False),
    ],
)
def test_the_length_of_an_own_cycle(days: int | None, gaps: int, op: str, value: int, fits: bool) -> None:
    CustomerStats.objects.create(customer=make_customer(), cycle_days=days, cycle_gaps=gaps)

    assert preview.count({"is": "cycle_length", "op": op, "value": value}) == int(fits)


def test_repurchase_risk() -> None:
    for risk in (None, 0, 89, 90, 100):
        CustomerStats.objects.create(customer=make_customer(), risk=risk)

    assert preview.count({"is": "repurchase_risk", "op": "at_least", "value": 90}) == 2
    assert preview.count({"is": "repurchase_risk", "op": "at_most", "value": 89}) == 2


def bought(*channels: str) -> None:
    customer = make_customer()
    for channel in channels:
        make_order(customer, placed_at=NOW - timedelta(days=5), channel=channel)
    stats.refresh([customer.pk])


@pytest.mark.parametrize("moment", [None, Moment(NOW - timedelta(days=1), is_past=True)])
@pytest.mark.parametrize(
    ("kinds", "op", "count"),
    [
        (["online_only"], "in", 1),
        (["store_only"], "in", 2),
        (["both"], "in", 1),
        (["online_only", "store_only"], "in", 3),
        (["both"], "not_in", 4),  # those who never bought among them
    ],
)
def test_who_buys_where(kinds: list[str], op: str, count: int, moment: Moment | None) -> None:
    bought("online")
    bought("store")
    bought("store", "store")
    bought("online", "store")
    bought()

    assert preview.count({"is": "buys_where", "op": op, "value": kinds}, moment=moment or Moment(NOW)) == count


def test_orders_that_were_taken_back_are_no_channel() -> None:
    customer = make_customer()
    make_order(customer, placed_at=NOW - timedelta(days=2), channel="online", status=Order.Status.CANCELLED)
    make_order(customer, placed_at=NOW - timedelta(days=2), channel="store")
    stats.refresh([customer.pk])

    assert preview.count({"is": "buys_where", "op": "in", "value": ["store_only"]}) == 1


def test_orders_by_channel_are_counted_in_a_window() -> None:
    customer = make_customer()
    for days, channel in ((1, "online"), (2, "online"), (3, "store"), (40, "online")):
        make_order(customer, placed_at=NOW - timedelta(days=days), channel=channel)

    def count(value: int, channel: str) -> int:
        rule = {"is": "orders", "op": "exactly", "value": value, "channels": [channel]}
        return preview.count(rule | {"window": {"last_days": 30}})

    assert (count(2, "online"), count(1, "store"), count(3, "online")) == (1, 1, 0)
