"""Who is slipping away, what is at stake, and the segment of the same people."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from analytics.cohorts import slipping
from analytics.cohorts.slipping import Asked, AtStake
from customers.models import Customer, CustomerStats, Store
from customers.segments import explain, preview, rules
from customers.segments.clock import Moment
from tests.factories import make_customer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

SEOUL = ZoneInfo("Asia/Seoul")
NOW = datetime(2026, 11, 21, 9, tzinfo=SEOUL)
TODAY = date(2026, 11, 21)


def regular(**given: object) -> Customer:
    """Bought every 7 days over 173 days for 600,000 won; the last time 21 days ago, at a risk of 95."""
    person = {key: given.pop(key) for key in ("home_store", "erased_at", "name") if key in given}
    customer = make_customer(**person)
    last = NOW - timedelta(days=21)
    known = {
        "order_count": 20,
        "paid_total": 600_000,
        "first_order_at": last - timedelta(days=173),
        "last_order_at": last,
        "cycle_days": 7,
        "cycle_gaps": 19,
        "risk": 95,
    }
    CustomerStats.objects.create(customer=customer, **known | given)
    return customer


@pytest.fixture(autouse=True)
def _today() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def test_at_stake_is_the_pace_of_the_past_carried_on_for_a_year() -> None:
    customer = regular()

    (found,) = slipping.dearest(TODAY)

    assert (found.customer_id, found.yearly_value, found.times_cycle) == (customer.pk, 600_000 * 365 // 180, 3.0)
    assert slipping.at_stake(TODAY) == AtStake(1, 1_216_666)


def test_a_few_busy_weeks_make_no_year() -> None:
    last = NOW - timedelta(days=21)
    regular(first_order_at=last - timedelta(days=10), cycle_days=2, paid_total=90_000)

    assert slipping.at_stake(TODAY) == AtStake(1, 365_000)


@pytest.mark.parametrize(
    "given",
    [
        {"risk": 89},
        {"risk": None},
        {"cycle_gaps": 2},
        {"paid_total": 0},
        {"last_order_at": NOW - timedelta(days=366)},
        {"erased_at": NOW},
    ],
    ids=str,
)
def test_these_are_not_slipping_away(given: dict[str, object]) -> None:
    regular(**given)

    assert slipping.at_stake(TODAY) == AtStake(0, 0)
    assert slipping.dearest(TODAY) == []


def test_who_is_worth_most_stands_first() -> None:
    little, much, same = regular(paid_total=300_000), regular(paid_total=900_000), regular(paid_total=300_000)

    found = slipping.dearest(TODAY)

    assert [each.customer_id for each in found] == [much.pk, little.pk, same.pk]
    assert [each.customer_id for each in slipping.dearest(TODAY, limit=1, offset=1)] == [little.pk]


@pytest.mark.parametrize(
    "asked",
    [Asked(), Asked(risk=96), Asked(within_days=20), Asked(within_days=21), Asked(value=1_216_667), Asked(store=1)],
    ids=str,
)
def test_the_segment_holds_the_same_people_as_the_list(asked: Asked) -> None:
    store = Store.objects.create(pk=1, external_id="S7", name="강남점")
    for customer in (regular(home_store=store), regular(paid_total=700_000), regular(risk=99)):
        assert customer.stats
    regular(risk=50)

    rule = asked.rule("S7")

    assert preview.count(rule, moment=Moment(NOW)) == slipping.at_stake(TODAY, asked).people


@pytest.mark.parametrize(
    ("part", "fits"),
    [
        ({"is": "pause_of_cycle", "op": "at_least", "value": 300}, True),
        ({"is": "pause_of_cycle", "op": "at_least", "value": 301}, False),
        ({"is": "pause_of_cycle", "op": "at_most", "value": 300}, True),
        ({"is": "pause_of_cycle", "op": "at_most", "value": 299}, False),
        ({"is": "yearly_value", "op": "at_least", "value": 1_216_666}, True),
        ({"is": "yearly_value", "op": "at_least", "value": 1_216_667}, False),
        ({"is": "yearly_value", "op": "at_most", "value": 1_216_665}, False),
    ],
    ids=str,
)
def test_conditions_on_the_own_rhythm_know_their_bounds(part: dict[str, object], fits: bool) -> None:
    regular()
    regular(cycle_gaps=2)

    assert preview.count({"all": [part]}, moment=Moment(NOW)) == int(fits)


def test_conditions_on_the_own_rhythm_speak_and_explain_themselves() -> None:
    customer, stranger = regular(), make_customer()
    late, worth = (
        {"is": "pause_of_cycle", "op": "at_least", "value": 150},
        {"is": "yearly_value", "op": "at_least", "value": 500_000},
    )

    assert rules.sentence(late) == "days since the last order, of the own cycle at least 150 %"
    assert rules.sentence(worth) == "expected yearly revenue at least 500,000 won"
    assert explain.explain(late, customer).actual == "300 %"
    assert explain.explain(worth, customer).actual == "1,216,666 won"
    assert explain.explain(worth, stranger).actual == "no cycle known yet"
