"""The days on which tiers turn: 29 February, the ends of years and months, midnight in Seoul (F10)."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.db import connection

from customers.models import Customer
from loyalty import tiers
from loyalty.models import TierCredit
from loyalty.tiers import evaluation, ladder
from loyalty.tiers.judging import judge_parameters, judge_sql
from loyalty.tiers.standings import standing_of
from tests.factories import make_customer, make_ladder, make_order

pytestmark = pytest.mark.django_db

NAMES = ("former_from", "window_from", "judged_on")


def judged(version, customer: Customer, day: date) -> dict[str, object]:
    rules = ladder.ladder_of(version)
    with connection.cursor() as cursor:
        cursor.execute(
            judge_sql(rules, among=True), judge_parameters(rules, day, is_evaluation=True, customers=[customer.pk])
        )
        names = [column.name for column in cursor.description]
        return dict(zip(names, cursor.fetchone(), strict=True))


@pytest.mark.parametrize(
    ("months", "grace", "day", "former_from", "window_from", "judged_on"),
    [
        (12, 0, "2026-03-15", "2025-03-01", "2025-03-16", "2026-04-01"),
        (12, 0, "2026-03-01", "2025-03-01", "2025-03-02", "2026-04-01"),
        (12, 0, "2026-03-31", "2025-03-01", "2025-04-01", "2026-04-01"),
        (12, 0, "2026-12-31", "2025-12-01", "2026-01-01", "2027-01-01"),
        (12, 0, "2027-01-01", "2026-01-01", "2026-01-02", "2027-02-01"),
        (12, 0, "2028-02-28", "2027-02-01", "2027-02-28", "2028-03-01"),
        (12, 0, "2028-02-29", "2027-02-01", "2027-03-01", "2028-03-01"),
        (12, 0, "2028-03-01", "2027-03-01", "2027-03-02", "2028-04-01"),
        (12, 0, "2029-02-28", "2028-02-01", "2028-03-01", "2029-03-01"),
        (1, 0, "2027-03-30", "2027-02-01", "2027-02-28", "2027-04-01"),
        (1, 0, "2027-03-31", "2027-02-01", "2027-03-01", "2027-04-01"),
        (6, 0, "2026-08-31", "2026-02-01", "2026-03-01", "2026-09-01"),
        (12, 14, "2026-03-14", "2025-03-01", "2025-03-15", "2026-03-15"),
        (12, 14, "2026-03-15", "2025-03-01", "2025-03-16", "2026-04-15"),
    ],
)
def test_the_last_months_begin_and_are_judged(months, grace, day, former_from, window_from, judged_on):
    version = make_ladder(window="rolling", window_months=months, grace_days=grace)

    found = judged(version, make_customer(), date.fromisoformat(day))

    assert [str(found[name]) for name in NAMES] == [former_from, window_from, judged_on]


@pytest.mark.parametrize(
    ("grace", "day", "former_from", "window_from", "judged_on"),
    [
        (0, "2026-12-31", "2025-01-01", "2026-01-01", "2027-01-01"),
        (0, "2027-01-01", "2026-01-01", "2027-01-01", "2028-01-01"),
        (0, "2028-02-29", "2027-01-01", "2028-01-01", "2029-01-01"),
        (31, "2027-01-31", "2026-01-01", "2027-01-01", "2027-02-01"),
        (31, "2027-02-01", "2026-01-01", "2027-01-01", "2028-02-01"),
        (31, "2026-12-31", "2025-01-01", "2026-01-01", "2027-02-01"),
    ],
)
def test_the_calendar_year_begins_and_is_judged(grace, day, former_from, window_from, judged_on):
    version = make_ladder(window="calendar", grace_days=grace)

    found = judged(version, make_customer(), date.fromisoformat(day))

    assert [str(found[name]) for name in NAMES] == [former_from, window_from, judged_on]


@pytest.mark.parametrize(
    ("joined_at", "day", "former_from", "window_from", "judged_on"),
    [
        ("2024-05-10T03:00", "2026-05-09", "2024-05-10", "2025-05-10", "2026-05-10"),
        ("2024-05-10T03:00", "2026-05-10", "2025-05-10", "2026-05-10", "2027-05-10"),
        ("2024-02-29T03:00", "2025-02-27", "2023-02-28", "2024-02-29", "2025-02-28"),
        ("2024-02-29T03:00", "2025-02-28", "2024-02-29", "2025-02-28", "2026-02-28"),
        ("2024-02-29T03:00", "2027-12-31", "2026-02-28", "2027-02-28", "2028-02-29"),
        ("2024-02-29T03:00", "2028-02-28", "2026-02-28", "2027-02-28", "2028-02-29"),
        ("2024-02-29T03:00", "2028-02-29", "2027-02-28", "2028-02-29", "2029-02-28"),
        # 15:00 UTC is midnight in Seoul: the day they joined is the day there.
        ("2023-12-31T14:59", "2026-01-01", "2024-12-31", "2025-12-31", "2026-12-31"),
        ("2023-12-31T15:00", "2026-01-01", "2025-01-01", "2026-01-01", "2027-01-01"),
        ("2024-12-31T03:00", "2026-01-01", "2024-12-31", "2025-12-31", "2026-12-31"),
    ],
)
def test_the_customers_own_year_begins_and_is_judged(joined_at, day, former_from, window_from, judged_on):
    version = make_ladder(window="anniversary")
    customer = make_customer(joined_at=datetime.fromisoformat(joined_at).replace(tzinfo=UTC))

    found = judged(version, customer, date.fromisoformat(day))

    assert [str(found[name]) for name in NAMES] == [former_from, window_from, judged_on]


@pytest.mark.parametrize(
    ("placed_at", "business_date"),
    [
        ("2026-12-31T14:59:59", date(2026, 12, 31)),
        ("2026-12-31T15:00:00", date(2027, 1, 1)),
        ("2028-02-28T15:00:00", date(2028, 2, 29)),
        ("2028-02-29T14:59:59", date(2028, 2, 29)),
        ("2028-02-29T15:00:00", date(2028, 3, 1)),
    ],
)
def test_an_order_counts_for_the_day_it_was_in_seoul(placed_at, business_date):
    make_ladder()
    make_order(make_customer(), placed_at=datetime.fromisoformat(placed_at).replace(tzinfo=UTC), paid=1_000)

    tiers.credit_orders("SELECT id FROM customers_order")

    assert TierCredit.objects.get().business_date == business_date


@pytest.mark.parametrize(
    ("bought_on", "evaluated", "tier"),
    [
        # Bought on the last day of 2025: counts for 2025, which keeps the tier through 2026.
        ("2025-12-31", ["2026-01-01"], "Gold"),
        ("2025-12-31", ["2026-01-01", "2026-12-31"], "Gold"),
        ("2025-12-31", ["2026-01-01", "2027-01-01"], "Welcome"),
        # A day later it counts for 2026 and keeps it through 2027.
        ("2026-01-01", ["2026-01-01", "2027-01-01"], "Gold"),
        ("2026-01-01", ["2027-01-01", "2028-01-01"], "Welcome"),
    ],
)
def test_a_tier_of_the_calendar_year_lasts_to_the_end_of_the_next(bought_on, evaluated, tier):
    make_ladder(window="calendar")
    customer, day = make_customer(), date.fromisoformat(bought_on)
    with time_machine.travel(f"{bought_on}T03:00:00+00:00"):
        tiers.credit(customer.pk, business_date=day, net_spend=300_000, source_system="test", reference="1")

    for each in evaluated:
        with time_machine.travel(f"{each}T00:00:00+09:00"):
            evaluation.evaluate_day(date.fromisoformat(each))

    assert standing_of(customer.pk).tier.name == tier
