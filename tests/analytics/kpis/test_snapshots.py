"""KPIs of months that are over are kept once, and caught up while they may still change."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine

from analytics.kpis import KPIS, snapshots
from analytics.models import KpiSnapshot
from analytics.periods import last_months
from analytics.tasks import attribute_orders
from crm_project.models import Kick
from customers import stats
from tests.factories import make_customer, make_order

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 21)


def buy(month: int, times: int) -> None:
    customer = make_customer()
    for _ in range(times):
        make_order(customer, placed_at=datetime(2026, month, 10, tzinfo=UTC))
    stats.rebuild()


def rpr() -> list[Decimal | None]:
    return snapshots.trend(KPIS["rpr"], last_months(12, TODAY))[-3:]


def test_twelve_months_of_every_kpi_are_taken() -> None:
    buy(8, 2)
    buy(10, 1)

    taken = snapshots.take(TODAY)

    assert taken == KpiSnapshot.objects.count() == 12 * len(KPIS)
    assert rpr() == [Decimal(1), None, Decimal(0)]


def test_taking_again_takes_the_last_two_months_again_where_older_ones_stand() -> None:
    buy(8, 2)
    snapshots.take(TODAY)
    buy(10, 2)

    taken = snapshots.take(TODAY)

    assert taken == 2 * len(KPIS)
    assert KpiSnapshot.objects.count() == 12 * len(KPIS)
    assert rpr() == [Decimal(1), None, Decimal(1)]


def test_orders_of_older_months_that_come_in_later_have_all_months_taken_again() -> None:
    buy(10, 1)
    snapshots.take(TODAY)
    buy(8, 2)

    taken = snapshots.take(TODAY)

    assert taken == 12 * len(KPIS)
    assert rpr() == [Decimal(1), None, Decimal(0)]


def test_a_shop_that_had_no_orders_yet_has_its_months_taken_as_soon_as_they_come() -> None:
    snapshots.take(TODAY)
    before = snapshots.are_missing(TODAY)
    buy(8, 2)

    missing = snapshots.are_missing(TODAY)
    snapshots.take(TODAY)

    assert (before, missing, snapshots.are_missing(TODAY)) == (False, True, False)


def test_a_new_installation_takes_them_without_waiting_for_the_night() -> None:
    with time_machine.travel(datetime(2026, 11, 21, 9, 0, tzinfo=UTC), tick=False):
        attribute_orders()
        kicked = Kick.objects.filter(job="analytics.tasks.take_snapshots").exists()
        snapshots.take(TODAY)
        still_missing = snapshots.are_missing(TODAY)

    assert kicked
    assert not still_missing
