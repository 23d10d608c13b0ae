"""The worked examples of the five KPIs, exactly."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from analytics.kpis import formulas


def test_lifetime_value_of_the_worked_example() -> None:
    value = formulas.customer_lifetime_value(average_order=50_000, purchases=24, acquisition_cost=100_000)

    assert value == 1_100_000


def test_acquisition_cost_of_the_worked_example() -> None:
    assert formulas.customer_acquisition_cost(spend=5_000_000, new_customers=200) == 25_000


def test_retention_rate_of_the_worked_example() -> None:
    assert formulas.customer_retention_rate(at_start=100, at_end=115, new=20) == Decimal("0.95")


def test_repeat_purchase_rate_of_the_worked_example() -> None:
    assert formulas.repeat_purchase_rate(repeat_buyers=300, buyers=1_000) == Decimal("0.3")


def test_purchase_conversion_rate_of_the_worked_example() -> None:
    assert formulas.purchase_conversion_rate(buyers=50, visitors=1_000) == Decimal("0.05")


@pytest.mark.parametrize(
    ("formula", "inputs"),
    [
        (formulas.customer_acquisition_cost, {"spend": 5_000_000, "new_customers": 0}),
        (formulas.customer_retention_rate, {"at_start": 0, "at_end": 5, "new": 5}),
        (formulas.repeat_purchase_rate, {"repeat_buyers": 0, "buyers": 0}),
        (formulas.purchase_conversion_rate, {"buyers": 0, "visitors": 0}),
    ],
)
def test_nobody_to_divide_by_is_no_number_rather_than_zero(formula: Callable, inputs: dict[str, int]) -> None:
    assert formula(**inputs) is None
