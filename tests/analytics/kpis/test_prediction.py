"""What customers are expected to bring: the model in SQL is the model in its words."""

from datetime import UTC, date, datetime, timedelta
from math import exp

import pytest

from analytics.kpis import KPIS
from analytics.kpis.prediction import ROUNDS
from analytics.periods import Period
from customers import stats
from tests.factories import make_customer, make_order

pytestmark = pytest.mark.django_db

NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))
FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def by_hand(bought: dict[str, list[tuple[int, int]]]) -> float:
    """The model once more, customer by customer: days since `FIRST` and won of each purchase."""
    end = (NOVEMBER.end - FIRST).total_seconds() / 86_400
    orders = {name: len(rows) for name, rows in bought.items()}
    between = {name: rows[-1][0] - rows[0][0] for name, rows in bought.items()}
    pause = sum(between.values()) / (sum(orders.values()) - len(orders))
    pace = {name: orders[name] / (between[name] + pause) for name in bought}
    leaving = len(orders) / sum(orders.values())
    for _round in range(ROUNDS + 1):
        stayed = {name: (1 - leaving) * exp(-pace[name] * (end - rows[-1][0])) for name, rows in bought.items()}
        alive = {name: each / (each + leaving) for name, each in stayed.items()}
        settled = leaving
        leaving = sum(1 - each for each in alive.values()) / sum(orders.values())
    worth = {
        name: sum(won for _day, won in rows)
        / orders[name]
        * alive[name]
        * (1 - exp(-pace[name] * settled * 365))
        / settled
        for name, rows in bought.items()
    }
    return sum(map(round, worth.values())) / len(worth)


def test_the_statement_computes_what_the_model_says() -> None:
    bought = {
        "regular": [(day, 30_000) for day in range(0, 330, 10)],
        "stopped": [(day, 50_000) for day in range(0, 100, 10)],
        "once": [(300, 20_000)],
    }
    for rows in bought.values():
        customer = make_customer()
        for day, won in rows:
            make_order(customer, placed_at=FIRST + timedelta(days=day), paid=won)
    stats.rebuild()

    reading = KPIS["clv_predicted"].read(NOVEMBER)

    assert float(reading.value) == pytest.approx(by_hand(bought), rel=1e-6)
    assert reading.denominator == 3


def test_what_comes_after_the_period_does_not_go_in() -> None:
    customer = make_customer()
    for day in (0, 30, 60):
        make_order(customer, placed_at=FIRST + timedelta(days=day))
    before = KPIS["clv_predicted"].read(NOVEMBER)
    make_order(customer, placed_at=NOVEMBER.end)

    assert KPIS["clv_predicted"].read(NOVEMBER) == before


def test_where_nobody_ever_came_back_nothing_is_expected() -> None:
    make_order(make_customer(), placed_at=FIRST)

    assert KPIS["clv_predicted"].read(NOVEMBER).numerator == 0
