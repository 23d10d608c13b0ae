"""What is made up for the demo, and where its year is moved to."""

from datetime import date, datetime, timedelta

import pytest

from crm_project.demo import made_up
from crm_project.demo.calendar import CLOSED, FIRST_DAY, LAST_DAY, SEOUL, Calendar
from crm_project.demo.complete_journey import Household, product_name
from customers.contacts import normalise_email, normalise_phone

A_WEEK = [date(2026, 11, 21) + timedelta(days=days) for days in range(7)]
OPEN_DAYS = [FIRST_DAY + timedelta(days=days) for days in range(365) if FIRST_DAY + timedelta(days=days) != CLOSED]


def household(number: int, *, age: str | None = None) -> Household:
    return Household(number, 436, [1, 2, 3], age, None, None, None, None, None, None)


def person_of(number: int, *, age: str | None = None) -> made_up.Person:
    first = datetime(2026, 3, 2, 18, 30, tzinfo=SEOUL)
    return made_up.person(household(number, age=age), first_purchase=first, first_day=date(2025, 11, 23))


@pytest.mark.parametrize("last_day", A_WEEK)
def test_the_last_purchase_is_moved_to_the_last_day(last_day: date) -> None:
    calendar = Calendar(last_day)

    moved = [calendar.purchase(datetime.combine(day, datetime.min.time())).date() for day in OPEN_DAYS]

    assert max(moved) == last_day


@pytest.mark.parametrize("last_day", A_WEEK)
def test_every_purchase_keeps_its_day_of_the_week_and_its_hour(last_day: date) -> None:
    calendar = Calendar(last_day)

    for day in OPEN_DAYS:
        clock = datetime(day.year, day.month, day.day, 17, 5)  # noqa: DTZ001 - the till's clock has no zone
        moved = calendar.purchase(clock)
        assert (moved.weekday(), moved.hour, moved.minute, moved.tzinfo) == (day.weekday(), 17, 5, SEOUL)


@pytest.mark.parametrize(
    ("last_day", "moved_apart"), [(date(2026, 11, 22), 0), (date(2026, 11, 21), 1), (date(2026, 11, 23), 12)]
)
def test_only_the_days_that_would_lie_ahead_go_back_by_a_year(last_day: date, moved_apart: int) -> None:
    calendar = Calendar(last_day)

    shifts = [(calendar.purchase(datetime.combine(day, datetime.min.time())).date() - day).days for day in OPEN_DAYS]

    assert sum(shift != calendar.weeks * 7 for shift in shifts) == moved_apart
    assert all(shift in (calendar.weeks * 7, calendar.weeks * 7 - 364) for shift in shifts)


def test_a_day_of_something_else_never_lies_after_the_last_day() -> None:
    calendar = Calendar(date(2026, 11, 21))

    assert calendar.day(LAST_DAY) == date(2026, 11, 21)
    assert calendar.validity(LAST_DAY) == date(2026, 11, 22)


def test_the_same_household_is_always_the_same_person() -> None:
    assert person_of(105) == person_of(105)
    assert person_of(105) != person_of(106)


def test_phones_belong_to_nobody_and_no_two_households_share_one() -> None:
    phones = [made_up.phone_number(number) for number in range(1, 2501)]

    assert all(normalise_phone(phone).startswith("+82100") for phone in phones)
    assert len(set(phones)) == 2500


def test_emails_are_in_domains_that_are_kept_for_examples() -> None:
    emails = [person_of(number).email for number in range(1, 501)]

    assert {email.partition("@")[2] for email in emails if email} == {"example.com", "example.net", "example.org"}
    assert all(normalise_email(email) == email for email in emails if email)
    assert 450 < sum(bool(email) for email in emails) < 500


def test_a_known_age_band_gives_a_birthday_within_it() -> None:
    born = person_of(7, age="25-34").birthday

    assert born is not None
    assert 1990 <= born.year <= 2000


def test_consents_come_in_the_order_in_which_they_were_said_and_never_from_the_future() -> None:
    now = datetime(2026, 11, 21, 23, 59, tzinfo=SEOUL)

    for number in range(1, 301):
        said = list(made_up.consents(household(number), person_of(number), now=now))
        moments = [value for record in said for key, value in record.items() if key.endswith(".at")]
        assert moments == sorted(moments)
        assert all(person_of(number).joined_at <= moment <= now for moment in moments)


def test_stores_have_names_of_their_own() -> None:
    names = made_up.store_names(list(range(457)))

    assert len(set(names.values())) == 457
    assert names[0] == "단골마트 강남점"


@pytest.mark.parametrize(
    ("category", "kind", "size", "name"),
    [
        ("FRZN ICE", "ICE - CRUSHED/CUBED", "22 LB", "Ice - crushed/cubed 22 LB"),
        ("BREAD", None, None, "Bread"),
        (None, None, None, "Product 26081"),
    ],
)
def test_a_product_is_named_after_what_it_is(
    category: str | None, kind: str | None, size: str | None, name: str
) -> None:
    assert product_name(26081, category, kind, size) == name
