"""The stored statistics equal what the facts add up to, whatever came in which order and how often."""

import statistics
import threading
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers import stats
from customers.ingest import ingest_customers, ingest_events, ingest_orders
from customers.models import Customer, CustomerStats, Event, Order

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
CUSTOMERS = ("A", "B", "C")
SEOUL = ZoneInfo("Asia/Seoul")


def at(hours: int) -> datetime:
    return BEGINNING + timedelta(hours=hours)


def order(number: int, customer: str, hours: int, paid: int, refunded: int, status: str, channel: str) -> dict:
    return {
        "order_id": str(number),
        "customer_id": customer,
        "placed_at": at(hours),
        "paid": paid,
        "refunded": min(refunded, paid),
        "shipping": min(paid, 3_000),
        "status": status,
        "channel": channel,
    }


orders = st.builds(
    order,
    number=st.integers(1, 9),
    customer=st.sampled_from([*CUSTOMERS, ""]),
    hours=st.integers(0, 200),
    paid=st.integers(0, 50_000),
    refunded=st.integers(0, 50_000),
    status=st.sampled_from(["pending", "paid", "shipped", "delivered", "cancelled", "refunded"]),
    channel=st.sampled_from(["online", "store"]),
)
events = st.builds(
    lambda number, kind, who, hours: {"event_id": str(number), "kind": kind, "occurred_at": at(hours)} | who,
    number=st.integers(1, 8),
    kind=st.sampled_from(["page_view", "cart_add", "custom", "app_open"]),
    who=st.sampled_from([{"customer_id": "A"}, {"visitor_id": "v"}, {"visitor_id": "v", "customer_id": "B"}]),
    hours=st.integers(0, 50),
)
batches = st.lists(
    st.one_of(
        st.tuples(st.just("orders"), st.lists(orders, max_size=4, unique_by=lambda each: each["order_id"])),
        st.tuples(st.just("events"), st.lists(events, max_size=4, unique_by=lambda each: each["event_id"])),
    ),
    max_size=6,
)


def in_plain_python(customer: Customer) -> tuple[object, ...]:
    """The same sums, one order after the other."""
    bought = [
        each for each in Order.objects.filter(customer=customer) if each.status in ("paid", "shipped", "delivered")
    ]
    seen = list(Event.objects.filter(customer=customer))
    return (
        len(bought),
        sum(each.paid - each.refunded - each.shipping for each in bought),
        sum(each.channel == "online" for each in bought),
        sum(each.channel == "store" for each in bought),
        min((each.placed_at for each in bought), default=None),
        max((each.placed_at for each in bought), default=None),
        latest(each.occurred_at for each in seen if each.kind != "custom"),
        latest(each.occurred_at for each in seen if each.kind == "cart_add"),
        *rhythm_in_plain_python(bought),
    )


def rhythm_in_plain_python(bought: list[Order]) -> tuple[int | None, int, datetime | None]:
    """The median pause, of how many, and the day that follows from three or more."""
    days = sorted({each.placed_at.astimezone(SEOUL).date() for each in bought})
    pauses = [(after - before).days for before, after in pairwise(days)]
    median = statistics.median_low(pauses) if pauses else None
    due = days[-1] + timedelta(days=median) if len(pauses) >= 3 else None
    return median, len(pauses), datetime.combine(due, time.min, SEOUL) if due else None


def latest(moments: Iterable[datetime]) -> datetime | None:
    return max(moments, default=None)


def stored(customer: Customer) -> tuple[object, ...]:
    return CustomerStats.objects.values_list(
        "order_count",
        "paid_total",
        "online_order_count",
        "store_order_count",
        "first_order_at",
        "last_order_at",
        "last_visit_at",
        "last_cart_at",
        "cycle_days",
        "cycle_gaps",
        "due_at",
    ).get(customer=customer)


@pytest.mark.slow
@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches)
def test_the_statistics_equal_the_facts_after_any_imports(batches: list[tuple[str, list[dict]]]) -> None:
    Event.objects.all().delete()
    Order.objects.all().delete()
    ingest_customers({"customer_id": each} for each in CUSTOMERS)
    stats.rebuild()

    for kind, records in batches:
        (ingest_orders if kind == "orders" else ingest_events)(records)

    for customer in Customer.objects.all():
        assert stored(customer) == in_plain_python(customer)
    assert stats.differences() == []
    assert stats.rebuild() == 0


@pytest.mark.django_db
def test_damaged_statistics_are_rebuilt() -> None:
    ingest_customers({"customer_id": each} for each in CUSTOMERS)
    ingest_orders([order(1, "A", 1, 10_000, 0, "paid", "store")])
    CustomerStats.objects.filter(customer__external_id="A").update(order_count=9)
    CustomerStats.objects.filter(customer__external_id="B").delete()

    assert stats.rebuild() == 2

    assert dict(CustomerStats.objects.values_list("customer__external_id", "order_count")) == {"A": 1, "B": 0, "C": 0}


@pytest.mark.django_db
def test_some_customers_are_refreshed_and_no_others() -> None:
    ingest_customers({"customer_id": each} for each in CUSTOMERS)
    CustomerStats.objects.update(order_count=9)
    some = Customer.objects.filter(external_id__in=["A", "B"]).values_list("pk", flat=True)

    assert stats.refresh(some) == 2

    assert CustomerStats.objects.get(customer__external_id="C").order_count == 9


@pytest.mark.django_db
def test_nobody_is_refreshed_by_an_empty_list() -> None:
    ingest_customers([{"customer_id": "A"}])

    assert stats.refresh([]) == 0


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_do_not_lose_each_others_orders() -> None:
    ingest_customers([{"customer_id": "A"}])
    start = threading.Barrier(4)

    def post(number: int) -> None:
        try:
            start.wait(10)
            for each in range(5):
                ingest_orders([order(number * 10 + each, "A", each, 10_000, 0, "paid", "store")])
        finally:
            connection.close()

    threads = [threading.Thread(target=post, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert CustomerStats.objects.get().order_count == 20
