"""Churn by the customer's own cycle: the same risk as on the customer's page, as of any day."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from analytics.kpis import EVERYBODY, KPIS, behind
from analytics.kpis.kpi import Group
from analytics.kpis.leaving import IS_DORMANT, IS_LOST, WITH_A_CYCLE
from analytics.periods import Period
from customers import stats
from customers.cycles import rebuild
from customers.models import Customer, CustomerStats
from tests.factories import make_customer, make_order

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
LAST_30 = Period(TODAY - timedelta(days=29), TODAY)


def regulars(count: int, *, silent_for: int) -> list[Customer]:
    """Customers who bought every ten days or so, forty times, and then stopped so many days ago."""
    people = [make_customer() for _ in range(count)]
    for number, person in enumerate(people):
        for step in range(40):
            wobble = (step * 7 + number) % 9 - 4
            make_order(person, placed_at=NOW - timedelta(days=silent_for + 10 * step + (wobble if step else 0)))
    return people


@pytest.fixture
def shop() -> None:
    regulars(4, silent_for=3)
    regulars(2, silent_for=14)
    regulars(3, silent_for=29)
    with time_machine.travel(NOW, tick=False):
        stats.rebuild()
        rebuild(NOW)


def read(name: str, period: Period = LAST_30) -> tuple[int, int]:
    reading = KPIS[name].read(period)
    return reading.numerator, reading.denominator


def test_dormant_and_lost_are_those_whose_risk_says_so(shop: None) -> None:
    risks = list(CustomerStats.objects.values_list("risk", flat=True))

    assert read("dormant") == (sum(90 <= risk < 98 for risk in risks), 9)
    assert read("lost") == (sum(risk >= 98 for risk in risks), 9)
    assert sum(risk >= 90 for risk in risks) >= 3


def test_who_is_listed_as_away_has_the_risk_of_the_customers_page(shop: None) -> None:
    group = Group("", WITH_A_CYCLE.persons, "risk", "", where=f"{IS_DORMANT} OR {IS_LOST}")

    listed = {each.customer.pk: each.figure for each in behind.customers(group, LAST_30, EVERYBODY, most=20)}

    assert listed == dict(CustomerStats.objects.filter(risk__gte=90).values_list("pk", "risk"))


def test_churn_counts_who_was_active_before_and_is_away_now(shop: None) -> None:
    reading = KPIS["churn"].read(LAST_30)

    active, dormant, lost = (each.value for each in reading.inputs)
    assert active == reading.denominator == 9
    assert dormant + lost == reading.numerator == CustomerStats.objects.filter(risk__gte=90).count()


def test_who_came_back_in_time_did_not_churn(shop: None) -> None:
    a_month_ago = Period(LAST_30.first - timedelta(days=30), LAST_30.first - timedelta(days=1))

    assert read("churn", a_month_ago) == (0, 9)
