"""Sales by day, read while days are marked and after they were added up."""

from datetime import UTC, date, datetime

import pytest
import time_machine

from analytics.models import DirtyDay, SalesDay
from analytics.periods import Period
from analytics.rollups import check, sales
from analytics.rollups.sales import Sold, SoldOnDay
from customers import stats
from customers.identity import merging
from customers.models import Customer, Order
from tests.factories import make_customer, make_order

pytestmark = pytest.mark.django_db

FIRST, SECOND = date(2026, 11, 1), date(2026, 11, 2)
# Both in the evening of 1 November in London; in Korea midnight lies between them.
BEFORE_MIDNIGHT, AFTER_MIDNIGHT = datetime(2026, 11, 1, 14, 59, tzinfo=UTC), datetime(2026, 11, 1, 15, 0, tzinfo=UTC)


def buy(customer: Customer | None, at: datetime, **given: object) -> Order:
    order = make_order(customer, placed_at=at, **given)
    if customer:
        stats.refresh([customer.pk])
    return order


def test_days_are_those_of_korea() -> None:
    buy(None, BEFORE_MIDNIGHT, paid=1_000)
    buy(None, AFTER_MIDNIGHT, paid=2_000)

    days = sales.by_day(Period(FIRST, SECOND))

    assert days == [SoldOnDay(FIRST, 1, 0, 1_000), SoldOnDay(SECOND, 1, 0, 2_000)]


def test_a_refresh_changes_where_a_day_is_read_from_and_not_what_is_read() -> None:
    customer = make_customer()
    buy(customer, BEFORE_MIDNIGHT, paid=1_000)
    buy(customer, AFTER_MIDNIGHT, paid=2_000)
    live = sales.by_day(Period(FIRST, SECOND))

    refreshed = sales.refresh_marked()

    assert refreshed == 2
    assert not DirtyDay.objects.exists()
    assert SalesDay.objects.count() == 2
    assert (
        sales.by_day(Period(FIRST, SECOND)) == live == [SoldOnDay(FIRST, 1, 0, 1_000), SoldOnDay(SECOND, 1, 2_000, 0)]
    )


def test_a_late_order_makes_a_new_customer_a_returning_one() -> None:
    customer = make_customer()
    buy(customer, AFTER_MIDNIGHT, paid=2_000)
    sales.refresh_marked()

    buy(customer, BEFORE_MIDNIGHT, paid=1_000)

    assert set(DirtyDay.objects.values_list("day", flat=True)) == {FIRST, SECOND}
    sales.refresh_marked()
    assert sales.by_day(Period(FIRST, SECOND)) == [SoldOnDay(FIRST, 1, 0, 1_000), SoldOnDay(SECOND, 1, 2_000, 0)]


def test_an_order_moved_to_another_day_leaves_its_old_day() -> None:
    order = buy(None, BEFORE_MIDNIGHT, paid=1_000)
    sales.refresh_marked()

    Order.objects.filter(pk=order.pk).update(placed_at=AFTER_MIDNIGHT)
    sales.refresh_marked()

    assert list(SalesDay.objects.values_list("day", "revenue")) == [(SECOND, 1_000)]


def test_a_refund_lowers_the_day_of_the_order() -> None:
    order = buy(None, BEFORE_MIDNIGHT, paid=10_000, shipping=2_500)
    sales.refresh_marked()

    Order.objects.filter(pk=order.pk).update(refunded=3_000)
    sales.refresh_marked()

    assert sales.totals([Period(FIRST, FIRST)]) == [Sold(1, 4_500, 0, 0, 0)]
    assert list(SalesDay.objects.values_list("refunded", flat=True)) == [3_000]


def test_merged_customers_are_one_buyer_who_came_back() -> None:
    kept, other = make_customer(acquisition_source="search"), make_customer(acquisition_source="friend")
    buy(kept, BEFORE_MIDNIGHT, paid=1_000)
    buy(other, AFTER_MIDNIGHT, paid=2_000)
    sales.refresh_marked()

    merging.merge(kept.pk, other.pk, by=None)
    sales.refresh_marked()

    assert list(SalesDay.objects.order_by("day").values_list("source", "kind", "revenue")) == [
        ("search", "new", 1_000),
        ("search", "returning", 2_000),
    ]
    assert check.differences() == []


def test_totals_of_one_store_and_one_source() -> None:
    customer = make_customer(acquisition_source="search")
    buy(customer, BEFORE_MIDNIGHT, paid=1_000)
    buy(None, BEFORE_MIDNIGHT, paid=500)

    both, searched = sales.totals([Period(FIRST, SECOND)]), sales.totals([Period(FIRST, SECOND)], source="search")

    assert both == [Sold(2, 1_500, 1, 1_000, 0)]
    assert searched == [Sold(1, 1_000, 1, 1_000, 0)]


def test_a_damaged_sum_is_found_and_mended_by_a_refresh() -> None:
    buy(None, BEFORE_MIDNIGHT, paid=1_000)
    sales.refresh_marked()
    SalesDay.objects.update(revenue=999)

    found = check.differences()

    assert [(each.side, each.row["revenue"]) for each in found] == [("kept", 999), ("facts", 1_000)]
    sales.refresh([FIRST])
    assert check.differences() == []


def test_the_oldest_mark_says_since_when_a_refresh_is_due() -> None:
    with time_machine.travel(BEFORE_MIDNIGHT, tick=False):
        assert sales.marked_since() is None
        buy(None, BEFORE_MIDNIGHT)

        assert sales.marked_since() is not None
