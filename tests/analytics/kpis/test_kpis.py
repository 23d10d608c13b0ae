"""The KPIs on facts: what counts and what does not."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from analytics import kpis
from analytics.kpis import KPIS, Reading
from analytics.models import MarketingSpend
from analytics.periods import Period
from customers import stats
from customers.models import Customer, Event, Visitor
from tests.factories import make_customer, make_order

NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))
IN_NOVEMBER = datetime(2026, 11, 10, tzinfo=UTC)
FIRST_MOMENT = datetime(2026, 10, 31, 15, 0, tzinfo=UTC)
AFTER = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)
A_YEAR_BEFORE = FIRST_MOMENT - timedelta(days=365)
A_MOMENT = timedelta(microseconds=1)


def buyers(count: int, *moments: datetime, **given: object) -> list[Customer]:
    """Customers who bought at each of the moments."""
    people = [make_customer() for _ in range(count)]
    for person in people:
        for moment in moments:
            make_order(person, placed_at=moment, **given)
    return people


def read(name: str, period: Period = NOVEMBER) -> Reading:
    stats.rebuild()
    return kpis.find(name).read(period)


@pytest.mark.django_db
def test_repeat_purchase_rate_counts_buyers_and_those_who_came_back() -> None:
    buyers(7, IN_NOVEMBER)
    buyers(3, IN_NOVEMBER, IN_NOVEMBER)

    reading = read("rpr")

    assert (reading.value, reading.numerator, reading.denominator) == (Decimal("0.3"), 3, 10)


@pytest.mark.django_db
def test_only_purchases_of_known_customers_within_the_period_count() -> None:
    buyers(1, FIRST_MOMENT, AFTER - A_MOMENT)
    buyers(1, FIRST_MOMENT - A_MOMENT, AFTER)
    buyers(1, IN_NOVEMBER, status="cancelled")
    make_order(None, placed_at=IN_NOVEMBER)

    reading = read("rpr")

    assert (reading.numerator, reading.denominator) == (1, 1)


@pytest.mark.django_db
def test_retention_rate_is_the_share_of_last_years_customers_who_bought() -> None:
    buyers(19, A_YEAR_BEFORE, IN_NOVEMBER)
    buyers(1, A_YEAR_BEFORE)
    buyers(4, IN_NOVEMBER)
    buyers(2, A_YEAR_BEFORE - A_MOMENT, IN_NOVEMBER)
    buyers(5, A_YEAR_BEFORE - A_MOMENT)

    reading = read("crr")

    assert (reading.value, reading.numerator, reading.denominator) == (Decimal("0.95"), 19, 20)
    assert [each.value for each in reading.inputs] == [20, 25, 6]


@pytest.mark.django_db
def test_acquisition_cost_divides_spend_by_first_time_buyers() -> None:
    buyers(4, IN_NOVEMBER)
    buyers(1, A_YEAR_BEFORE, IN_NOVEMBER)
    make_customer(joined_at=IN_NOVEMBER)
    MarketingSpend.objects.create(month=date(2026, 11, 1), source="search", amount=70_000)
    MarketingSpend.objects.create(month=date(2026, 11, 1), source="social", amount=30_000)
    MarketingSpend.objects.create(month=date(2026, 12, 1), source="search", amount=999)

    reading = read("cac")

    assert (reading.value, reading.numerator, reading.denominator) == (Decimal(25_000), 100_000, 4)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("first", "last", "amount"),
    [
        ((11, 1), (11, 15), 150_000),
        ((11, 30), (12, 31), 320_000),
        ((10, 1), (10, 31), 0),
        ((11, 10), (11, 10), 10_000),
    ],
)
def test_a_month_partly_in_the_period_is_spent_by_its_days(
    first: tuple[int, int], last: tuple[int, int], amount: int
) -> None:
    MarketingSpend.objects.create(month=date(2026, 11, 1), source="search", amount=300_000)
    MarketingSpend.objects.create(month=date(2026, 12, 1), source="search", amount=310_000)

    assert read("cac", Period(date(2026, *first), date(2026, *last))).numerator == amount


@pytest.mark.django_db
def test_without_spend_the_acquisition_cost_is_unknown_and_not_nothing() -> None:
    buyers(4, IN_NOVEMBER)

    assert read("cac").value is None


@pytest.mark.django_db
def test_lifetime_value_carries_the_periods_purchases_on_for_two_years() -> None:
    # 73 days: a tenth of the lifetime. Two customers with 6 orders of 50,000: 30 purchases each over the lifetime.
    period = Period(date(2026, 9, 19), date(2026, 11, 30))
    buyers(2, IN_NOVEMBER, IN_NOVEMBER, IN_NOVEMBER, paid=53_000, shipping=3_000)
    MarketingSpend.objects.create(month=date(2026, 11, 1), source="search", amount=200_000)

    reading = read("clv", period)

    assert [each.value for each in reading.inputs] == [50_000, 30, 100_000, 730]
    assert (reading.value, reading.numerator, reading.denominator) == (1_400_000, 2_800_000, 2)


def visit(moment: datetime = IN_NOVEMBER, kind: str = "page_view", **who: object) -> None:
    Event.objects.create(external_id=f"E{Event.objects.count()}", kind=kind, occurred_at=moment, **who)


@pytest.mark.django_db
def test_conversion_rate_counts_people_who_came_and_those_of_them_who_bought() -> None:
    (buyer,) = buyers(1, IN_NOVEMBER)
    visit(customer=buyer)
    visit(customer=buyer, kind="cart_add")
    visit(visitor=Visitor.objects.create(key="phone", customer=buyer))
    visit(visitor=Visitor.objects.create(key="stranger"))
    visit(customer=make_customer())
    visit(customer=make_customer(), kind="custom")
    visit(customer=make_customer(), moment=AFTER)
    visit()
    buyers(3, IN_NOVEMBER)

    reading = read("pcr")

    assert (reading.numerator, reading.denominator) == (1, 3)


@pytest.mark.django_db
@pytest.mark.parametrize("name", KPIS.names())
def test_every_kpi_says_nothing_where_there_is_nothing(name: str) -> None:
    reading = read(name)

    assert (reading.value, reading.numerator, reading.denominator) == (None, 0, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("name", KPIS.names())
def test_every_kpi_reads_several_periods_as_it_reads_each(name: str) -> None:
    buyers(2, A_YEAR_BEFORE, IN_NOVEMBER)
    MarketingSpend.objects.create(month=date(2026, 11, 1), source="search", amount=200_000)
    visit(customer=make_customer())
    stats.rebuild()
    both = [NOVEMBER.before(), NOVEMBER]

    assert KPIS[name].measure(both) == [KPIS[name].read(period) for period in both]


@pytest.mark.parametrize("name", KPIS.names())
def test_every_kpi_explains_itself(name: str) -> None:
    found = KPIS[name]

    assert all(map(str, (found.label, found.question, found.formula, found.example, found.what_counts, found.topic)))
    assert found.unit in ("won", "share", "days")


def told(*arguments: str) -> str:
    out = StringIO()
    call_command("kpi", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_the_command_answers_with_one_line_of_json() -> None:
    buyers(7, IN_NOVEMBER)
    buyers(3, IN_NOVEMBER, IN_NOVEMBER)

    line = told("RPR", "--from", "2026-11-01", "--to", "2026-11-30", "--json")

    assert line.count("\n") == 1
    assert json.loads(line) == {
        "name": "rpr",
        "value": 0.3,
        "numerator": 3,
        "denominator": 10,
        "from": "2026-11-01",
        "to": "2026-11-30",
    }


@pytest.mark.django_db
def test_without_a_period_the_command_takes_everything_since_the_first_purchase() -> None:
    buyers(1, datetime(2020, 2, 2, tzinfo=UTC))
    stats.rebuild()

    assert json.loads(told("rpr", "--to", "2026-11-30", "--json"))["from"] == "2020-02-02"
    assert json.loads(told("crr", "--to", "2026-11-30", "--json"))["from"] == "2026-11-01"


@pytest.mark.django_db
def test_the_command_shows_value_formula_and_inputs_to_people() -> None:
    buyers(4, IN_NOVEMBER)
    MarketingSpend.objects.create(month=date(2026, 11, 1), source="search", amount=100_000)
    stats.rebuild()

    text = told("cac", "--from", "2026-11-01", "--to", "2026-11-30")

    assert "25,000" in text
    assert "100,000" in text


@pytest.mark.parametrize(
    "arguments", [("nps",), ("rpr", "--from", "tomorrow"), ("rpr", "--from", "2026-11-02", "--to", "2026-11-01")]
)
def test_the_command_refuses_in_words(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        told(*arguments)
