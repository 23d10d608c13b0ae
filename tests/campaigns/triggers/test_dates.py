"""Dates of customers: before and after, once and every year, and the day that three years of four do not have."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from campaigns.triggers.base import Window
from campaigns.triggers.days import days_in, next_look
from tests.campaigns.triggers.asking import AT, DAY, HOUR, ask
from tests.factories import make_customer

pytestmark = pytest.mark.django_db

BIRTHDAY = {"date": "birthday", "days": 0, "side": "before", "at": "10:00"}


def kept(asked: dict[str, Any], year: int) -> list[str]:
    """The days (KST) of a year on which somebody enters."""
    begin = datetime(year - 1, 12, 31, 15, tzinfo=UTC)
    found = ask("date_of_customer", asked, since=begin, until=datetime(year, 12, 31, 15, tzinfo=UTC))
    return [(each.at + 9 * HOUR).strftime("%m-%d %H:%M") for each in found]


@pytest.mark.parametrize(
    ("birthday", "year", "asked", "days"),
    [
        (date(1990, 11, 27), 2026, {}, ["11-27 10:00"]),
        (date(1990, 11, 27), 2026, {"days": 7}, ["11-20 10:00"]),
        (date(1990, 11, 27), 2026, {"days": 7, "side": "after"}, ["12-04 10:00"]),
        (date(1990, 1, 3), 2026, {"days": 7}, ["12-27 10:00"]),
        (date(1990, 11, 27), 2026, {"at": "00:00"}, ["11-27 00:00"]),
        (date(2000, 2, 29), 2026, {}, ["02-28 10:00"]),
        (date(2000, 2, 29), 2028, {}, ["02-29 10:00"]),
        (date(2000, 2, 28), 2026, {}, ["02-28 10:00"]),
        (date(2000, 2, 28), 2028, {}, ["02-28 10:00"]),
        (date(2000, 2, 29), 2100, {}, ["02-28 10:00"]),
        (date(2000, 2, 29), 2026, {"days": 1, "side": "after"}, ["03-01 10:00"]),
        (date(2000, 2, 29), 2028, {"days": 1, "side": "after"}, ["03-01 10:00"]),
        (date(2026, 11, 27), 2026, {}, []),
        (None, 2026, {}, []),
    ],
)
def test_a_birthday_is_kept_once_a_year(
    birthday: date | None, year: int, asked: dict[str, Any], days: list[str]
) -> None:
    make_customer(birthday=birthday)

    assert kept({**BIRTHDAY, **asked}, year) == days


def test_a_birthday_that_is_changed_gives_no_second_key_in_a_year() -> None:
    make_customer(birthday=date(1990, 11, 20))
    make_customer(birthday=date(1990, 11, 21))

    keys = {each.key for each in ask("date_of_customer", BIRTHDAY, until=AT + 2 * DAY)}

    assert keys == {"birthday/2026"}


@pytest.mark.parametrize(
    ("asked", "year", "days"),
    [
        ({"days": 30, "side": "after"}, 2024, ["03-30 10:00"]),
        ({"days": 30, "side": "after"}, 2025, []),
        ({"days": 0, "side": "after", "often": "every_year"}, 2024, []),
        ({"days": 0, "side": "after", "often": "every_year"}, 2025, ["02-28 10:00"]),
        ({"days": 0, "side": "after", "often": "every_year"}, 2028, ["02-29 10:00"]),
        ({"days": 3, "side": "before", "often": "every_year"}, 2026, ["02-25 10:00"]),
    ],
)
def test_days_are_counted_from_joining_once_or_every_year(asked: dict[str, Any], year: int, days: list[str]) -> None:
    make_customer(joined_at=datetime(2024, 2, 28, 16, tzinfo=UTC))  # 29 February, 1:00 in Korea

    assert kept({"date": "joined", "at": "10:00", **asked}, year) == days


@pytest.mark.parametrize(
    ("said", "often", "days"),
    [
        ("2026-05-03", "once", ["05-03 10:00"]),
        ("2026-05-03T12:00:00+09:00", "once", ["05-03 10:00"]),
        ("2019-05-03", "once", []),
        ("2019-05-03", "every_year", ["05-03 10:00"]),
        ("2026-05-03", "every_year", ["05-03 10:00"]),
        ("2020-02-29", "every_year", ["02-28 10:00"]),
        ("2021-02-30", "every_year", []),
        ("03/05/2026", "every_year", []),
        ("", "every_year", []),
    ],
)
def test_dates_in_attributes_are_read(said: str, often: str, days: list[str]) -> None:
    make_customer(attributes={"wedding": said})
    asked = {"date": "attribute", "attribute": "wedding", "days": 0, "side": "before", "at": "10:00"}

    assert kept({**asked, "often": often}, 2026) == days


@pytest.mark.parametrize(
    ("after", "hour", "expected"),
    [
        (AT, "10:00", AT + DAY),
        (AT - timedelta(seconds=1), "10:00", AT),
        (AT, "09:00", AT + 23 * HOUR),
        (AT, "23:00", AT + 13 * HOUR),
    ],
)
def test_the_next_look_comes_after_a_moment(after: datetime, hour: str, expected: datetime) -> None:
    assert next_look(after, hour) == expected
    assert days_in(Window(since=after, until=expected, now=expected), hour) == [(expected + 9 * HOUR).date()]
    assert days_in(Window(since=after, until=expected - timedelta(seconds=1), now=expected), hour) == []
