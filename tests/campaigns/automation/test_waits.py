"""Waits: until when, in words, and what is refused. Moments are those of the shop's time zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from campaigns.automation import waits
from customers.segments.errors import UnfitValueError

SEOUL = ZoneInfo("Asia/Seoul")
# 3 March 2026 is a Tuesday.
TABLE = [
    ({"days": 3}, "2026-03-03 14:00", "2026-03-06 14:00"),
    ({"days": 1}, "2026-02-28 00:00", "2026-03-01 00:00"),
    ({"days": 1}, "2028-02-28 23:59", "2028-02-29 23:59"),
    ({"days": 31}, "2026-12-31 10:00", "2027-01-31 10:00"),
    ({"hours": 2}, "2026-03-03 23:30", "2026-03-04 01:30"),
    ({"hours": 24}, "2026-02-28 12:00", "2026-03-01 12:00"),
    ({"days": 3, "at": "10:00"}, "2026-03-03 14:00", "2026-03-06 10:00"),
    ({"days": 3, "at": "10:00"}, "2026-03-03 09:59", "2026-03-06 10:00"),
    # Half an hour past midnight here is the day before by UTC.
    ({"days": 1, "at": "10:00"}, "2026-03-03 00:30", "2026-03-04 10:00"),
    ({"days": 1, "at": "00:00"}, "2026-03-31 23:59", "2026-04-01 00:00"),
    ({"until_weekday": 1, "at": "10:00"}, "2026-03-03 14:00", "2026-03-09 10:00"),
    ({"until_weekday": 2, "at": "15:00"}, "2026-03-03 14:00", "2026-03-03 15:00"),
    ({"until_weekday": 2, "at": "14:00"}, "2026-03-03 14:00", "2026-03-03 14:00"),
    ({"until_weekday": 2, "at": "13:00"}, "2026-03-03 14:00", "2026-03-10 13:00"),
    ({"until_weekday": 7, "at": "00:00"}, "2026-02-27 08:00", "2026-03-01 00:00"),
    ({"until_weekday": 2}, "2026-03-03 14:00", "2026-03-03 14:00"),
    ({"until_weekday": 3}, "2026-03-03 14:00", "2026-03-04 14:00"),
    ({"until_hour": "10:00"}, "2026-03-03 09:00", "2026-03-03 10:00"),
    ({"until_hour": "10:00"}, "2026-03-03 10:00", "2026-03-03 10:00"),
    ({"until_hour": "10:00"}, "2026-12-31 10:01", "2027-01-01 10:00"),
    ({"until_hour": "00:00"}, "2026-03-03 23:59", "2026-03-04 00:00"),
    ({"until_date": "2026-12-24", "at": "10:00"}, "2026-03-03 14:00", "2026-12-24 10:00"),
    ({"until_date": "2026-12-24"}, "2026-12-23 14:00", "2026-12-24 00:00"),
    ({"until_date": "2026-12-24", "at": "10:00"}, "2026-12-24 10:01", "2026-12-24 10:01"),
]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SEOUL)


@pytest.mark.parametrize(("wait", "begins", "ends"), TABLE)
def test_a_wait_ends_on_the_clock_of_the_shop(wait: dict, begins: str, ends: str) -> None:
    waits.check(wait)

    assert waits.until(wait, at(begins)) == at(ends)
    assert waits.until(wait, at(begins).astimezone(UTC)) == at(ends)


@pytest.mark.parametrize(
    ("wait", "begins", "ends"),
    [
        ({"after_anchor_days": 40, "at": "10:00"}, "2026-03-06 10:00", "2026-04-12 10:00"),
        ({"after_anchor_days": 40}, "2026-03-06 10:00", "2026-04-12 14:00"),
        ({"after_anchor_days": 0, "at": "10:00"}, "2026-03-03 14:00", "2026-03-03 14:00"),
        # Behind a longer wait than that it has nothing left to wait for.
        ({"after_anchor_days": 2, "at": "10:00"}, "2026-03-06 10:00", "2026-03-06 10:00"),
    ],
)
def test_a_wait_may_count_from_what_began_the_journey(wait: dict, begins: str, ends: str) -> None:
    waits.check(wait)

    assert waits.until(wait, at(begins), anchor_at=at("2026-03-03 14:00")) == at(ends)


@pytest.mark.parametrize(
    ("wait", "words"),
    [
        ({"days": 1}, "wait 1 day"),
        ({"days": 3, "at": "10:00"}, "wait 3 days, at 10:00"),
        ({"hours": 2}, "wait 2 hours"),
        ({"until_weekday": 1, "at": "10:00"}, "wait until Monday, at 10:00"),
        ({"until_hour": "10:00"}, "wait until 10:00"),
        ({"until_date": "2026-12-24", "at": "10:00"}, "wait until 2026-12-24 (Thu), at 10:00"),
        ({"after_anchor_days": 40, "at": "10:00"}, "wait until 40 days after it began, at 10:00"),
    ],
)
def test_a_wait_is_said_in_words(wait: dict, words: str) -> None:
    with translation.override("en"):
        assert waits.sentence(wait) == words


@pytest.mark.parametrize(
    "wait",
    [
        {},
        [],
        {"at": "10:00"},
        {"days": 3, "hours": 2},
        {"days": 0},
        {"days": True},
        {"days": "3"},
        {"days": 1_001},
        {"hours": 2, "at": "10:00"},
        {"until_hour": "25:00"},
        {"until_hour": "10"},
        {"until_weekday": 8},
        {"until_date": "2026-02-30"},
        {"days": 1, "at": 10},
        {"days": 1, "weeks": 2},
    ],
)
def test_a_wait_that_nobody_can_wait_is_refused(wait: object) -> None:
    with pytest.raises(UnfitValueError):
        waits.check(wait)
