"""Stretches of Korean days."""

from datetime import UTC, date, datetime

import pytest
import time_machine

from analytics import periods
from analytics.errors import PeriodRefused
from analytics.periods import Period


def day(text: str) -> date:
    return date.fromisoformat(text)


def span(first: str, last: str) -> Period:
    return Period(day(first), day(last))


def test_a_period_begins_and_ends_at_korean_midnight() -> None:
    period = span("2026-11-01", "2026-11-30")

    assert period.start == datetime(2026, 10, 31, 15, 0, tzinfo=UTC)
    assert period.end == datetime(2026, 11, 30, 15, 0, tzinfo=UTC)
    assert period.days == len(period.each_day()) == 30


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (span("2026-11-01", "2026-11-30").before(), span("2026-10-02", "2026-10-31")),
        (periods.last_days(7, day("2026-11-21")), span("2026-11-15", "2026-11-21")),
        (periods.month_of(day("2028-02-10")), span("2028-02-01", "2028-02-29")),
        (periods.month_before(day("2027-01-31")), span("2026-12-01", "2026-12-31")),
        (periods.month_so_far(day("2026-11-21")), span("2026-11-01", "2026-11-21")),
        (periods.same_days_of_month_before(span("2026-11-01", "2026-11-21")), span("2026-10-01", "2026-10-21")),
        (periods.same_days_of_month_before(span("2026-03-01", "2026-03-31")), span("2026-02-01", "2026-02-28")),
    ],
)
def test_periods_people_ask_for(found: Period, expected: Period) -> None:
    assert found == expected


def test_the_last_months_are_complete_ones_oldest_first() -> None:
    assert [str(each) for each in periods.last_months(2, day("2026-01-15"))] == [
        "2025-11-01 – 2025-11-30",
        "2025-12-01 – 2025-12-31",
    ]


def test_today_is_the_day_in_korea() -> None:
    with time_machine.travel(datetime(2026, 11, 21, 15, 0, tzinfo=UTC), tick=False):
        assert periods.today() == day("2026-11-22")
        assert periods.period_between(None, None, default_days=2) == span("2026-11-21", "2026-11-22")


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2026-11-21", "2026-11-20"),
        ("21.11.2026", None),
        ("2026-02-30", None),
        ("0001-01-01", "2026-11-21"),
        (None, "0001-01-02"),
        ("2026-11-21", "9999-12-31"),
    ],
)
def test_days_that_make_no_period_are_refused(first: str, last: str | None) -> None:
    with pytest.raises(PeriodRefused):
        periods.period_between(first, last)
