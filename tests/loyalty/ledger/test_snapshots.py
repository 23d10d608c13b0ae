"""Balances at the end of each day, by the day in Korea."""

from datetime import date, timedelta

import pytest

from loyalty.ledger.snapshots import balances_on, take_snapshots
from loyalty.models import DailySnapshot, DailyTotal
from tests.loyalty.ledger.bookings import DAY, NOW, account, claw_back, earn, redeem

pytestmark = pytest.mark.django_db


def test_a_day_that_is_over_is_written_once() -> None:
    member = account()
    earn(member, 100)
    redeem(member, 30)

    assert [take_snapshots(NOW), take_snapshots(NOW + DAY), take_snapshots(NOW + DAY)] == [0, 1, 0]
    kept = DailySnapshot.objects.get()
    assert (kept.day, kept.available, kept.last_seq) == (date(2026, 11, 2), 70, 2)


def test_the_balances_of_a_day_without_bookings_are_those_of_the_day_before() -> None:
    member = account()
    earn(member, 100)
    redeem(member, 30, at=NOW + 3 * DAY)

    take_snapshots(NOW + 5 * DAY)

    assert [balances_on(member.pk, date(2026, 11, day)) and balances_on(member.pk, date(2026, 11, day)).available
            for day in range(1, 7)] == [None, 100, 100, 100, 70, 70]  # fmt: skip


def test_the_day_turns_over_at_midnight_in_korea() -> None:
    member = account()
    midnight = NOW.replace(hour=0) + DAY
    earn(member, 100, at=midnight - timedelta(seconds=1))
    earn(member, 50, at=midnight)

    take_snapshots(NOW + 3 * DAY)

    days = DailySnapshot.objects.filter(account=member).order_by("day").values_list("day", "available")
    assert list(days) == [(date(2026, 11, 2), 100), (date(2026, 11, 3), 150)]


def test_the_points_outstanding_are_carried_from_day_to_day() -> None:
    member = account()
    first = earn(member, 100)
    redeem(member, 80, at=NOW + DAY)
    claw_back(first, 50, at=NOW + 2 * DAY)

    take_snapshots(NOW + 4 * DAY)

    totals = DailyTotal.objects.order_by("day").values_list("issued", "redeemed", "reversed", "outstanding", "debt")
    assert list(totals) == [(100, 0, 0, 100, 0), (0, 80, 0, 20, 0), (0, 0, 50, 0, 30), (0, 0, 0, 0, 30)]
