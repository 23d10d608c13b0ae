"""The last day of a coupon. Days are days of Seoul; the day of issue does not count."""

from datetime import UTC, date, datetime

import pytest

from loyalty.coupons import validity
from loyalty.models import Coupon


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("issued", "days", "valid_from", "valid_until", "last"),
    [
        ("2026-11-01T03:00", 30, None, None, date(2026, 12, 1)),
        ("2026-11-01T15:00", 30, None, None, date(2026, 12, 2)),  # midnight in Seoul
        ("2026-11-01T14:59", 30, None, None, date(2026, 12, 1)),
        ("2024-02-28T03:00", 1, None, None, date(2024, 2, 29)),
        ("2025-12-31T03:00", 365, None, None, date(2026, 12, 31)),
        ("2026-11-01T03:00", 30, None, date(2026, 11, 15), date(2026, 11, 15)),
        ("2026-11-01T03:00", 30, None, date(2027, 1, 1), date(2026, 12, 1)),
        ("2026-11-01T03:00", None, None, date(2026, 11, 15), date(2026, 11, 15)),
        ("2026-11-01T03:00", 7, date(2026, 11, 10), None, date(2026, 11, 17)),
        ("2026-11-12T03:00", 7, date(2026, 11, 10), None, date(2026, 11, 19)),
        ("2026-11-01T03:00", None, None, None, None),
    ],
)
def test_the_last_day_is_the_sooner_of_its_days_and_its_period(issued, days, valid_from, valid_until, last):
    coupon = Coupon(days_valid=days, valid_from=valid_from, valid_until=valid_until)

    assert validity.last_day(coupon, at(issued)) == last


def test_a_coupon_is_good_to_the_end_of_its_last_day_and_not_a_moment_longer():
    coupon = Coupon(valid_until=date(2026, 12, 31))

    ends = validity.expires_at(coupon, at("2026-11-01T03:00"))

    assert ends == at("2026-12-31T15:00")
    assert validity.last_day_before(ends) == date(2026, 12, 31)
    assert not validity.is_over(coupon, at("2026-12-31T14:59"))
    assert validity.is_over(coupon, at("2026-12-31T15:00"))
