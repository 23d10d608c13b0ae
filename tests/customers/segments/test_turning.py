"""Conditions in hours: who passes the hour moves by the next minute, without any new fact."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from crm_project.models import Kick
from customers import stats
from customers.models import Customer, Event, Segment, SegmentMembership, TouchedCustomer
from customers.segments import refresh, turning
from tests.factories import make_customer, make_order, make_segment

pytestmark = pytest.mark.django_db

TEN = datetime(2026, 11, 20, 1, tzinfo=UTC)  # 10:00 KST
LEFT_TWO_HOURS = {"is": "cart_unpaid", "op": "left_for_hours", "value": 2}


@pytest.fixture
def left() -> Segment:
    return make_segment(LEFT_TWO_HOURS)


def fill_cart(customer: Customer, *, at: datetime) -> None:
    Event.objects.create(external_id=f"cart-{customer.pk}", kind="cart_add", customer=customer, occurred_at=at)
    stats.refresh([customer.pk])


def look(minutes: int) -> set[int]:
    """Let the minute's job and what it kicks run so many minutes after ten; return who is a member then."""
    with time_machine.travel(TEN + timedelta(minutes=minutes), tick=False):
        turning.touch_turned()
        refresh.refresh_touched()
    return set(SegmentMembership.objects.values_list("customer", flat=True))


def test_a_cart_left_for_two_hours_brings_its_owner_in_at_the_minute(left: Segment) -> None:
    shopper = make_customer()
    fill_cart(shopper, at=TEN)

    assert look(119) == set()
    assert look(120) == {shopper.pk}


def test_whoever_pays_in_time_never_comes_in(left: Segment) -> None:
    shopper = make_customer()
    fill_cart(shopper, at=TEN)
    make_order(shopper, placed_at=TEN + timedelta(minutes=90))
    stats.refresh([shopper.pk])

    assert look(121) == set()


def test_an_outage_of_hours_is_caught_up(left: Segment) -> None:
    shopper = make_customer()
    fill_cart(shopper, at=TEN)

    assert look(30) == set()
    assert look(60 * 14) == {shopper.pk}


@pytest.mark.parametrize("of_whom", ["everybody", "the touched"])
def test_whom_an_hour_brings_in_during_a_long_refresh_stays_in(
    left: Segment, of_whom: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shopper = make_customer()
    fill_cart(shopper, at=TEN)
    refresh.touch([shopper.pk])
    difference = refresh._difference

    def wait_for_the_lock(*asked: object) -> object:
        monkeypatch.setattr(refresh, "_difference", difference)
        clock.move_to(TEN + timedelta(minutes=121), tick=False)
        assert look(121) == {shopper.pk}
        return difference(*asked)

    Segment.objects.update(refreshing_until=TEN + timedelta(hours=3))
    monkeypatch.setattr(refresh, "_difference", wait_for_the_lock)
    with time_machine.travel(TEN + timedelta(minutes=119), tick=False) as clock:
        refresh.refresh_all() if of_whom == "everybody" else refresh.refresh_touched()

    membership = SegmentMembership.objects.get()
    assert (membership.customer_id, membership.entered_at) == (shopper.pk, TEN + timedelta(minutes=121))


def test_nobody_is_looked_at_twice_and_segments_without_hours_cost_nothing(left: Segment) -> None:
    make_segment({"is": "order_count", "op": "at_least", "value": 1})
    shopper = make_customer()
    fill_cart(shopper, at=TEN)
    with time_machine.travel(TEN + timedelta(hours=3), tick=False):
        first = turning.touch_turned()
        second = turning.touch_turned()

    assert (first, second) == (1, 0)
    assert TouchedCustomer.objects.count() == 1
    assert Kick.objects.filter(job="customers.tasks.refresh_touched_segments").count() == 1
