"""The customers behind a number as a segment rule, where the conditions of segments can say it.

A rule holds for the same customers as the number, but for those who were erased or merged since.
"""

from datetime import timedelta
from typing import Any

from analytics import periods
from analytics.kpis.slices import Slice
from analytics.periods import FIRST_DAY, Period, month_of

Rule = dict[str, Any]


def bought_at_least(times: int, period: Period, within: Slice) -> Rule:
    """Return the rule for so many purchases in the period."""
    return _all(within, _orders(times, period, within))


def buyers(period: Period, within: Slice) -> Rule:
    """Return the rule for who bought in the period."""
    return bought_at_least(1, period, within)


def repeat_buyers(period: Period, within: Slice) -> Rule:
    """Return the rule for who bought twice or more in the period."""
    return bought_at_least(2, period, within)


def bought_by_then(period: Period, within: Slice) -> Rule:
    """Return the rule for who had bought by the end of the period."""
    return bought_at_least(1, Period(FIRST_DAY, period.last), within)


def new_customers(period: Period, within: Slice) -> Rule | None:
    """Return the rule for whose first purchase ever lies in the period; None in one store, which no condition tells."""
    if within.store:
        return None
    return _all(within, _first_order(period))


def customers_before(days: int) -> Any:
    """Return the function that gives the rule for who bought in so many days before the period."""
    return lambda period, within: _all(within, _orders(1, _days_before(period, days), within))


def kept_customers(days: int) -> Any:
    """Return the function that gives the rule for who bought in so many days before the period, and in it again."""
    return lambda period, within: _all(
        within, _orders(1, _days_before(period, days), within), _orders(1, period, within)
    )


def of_risk(lowest: int, highest: int) -> Any:
    """Return the function that gives the rule for a repurchase risk; None but for periods that end today."""

    def rule(period: Period, within: Slice) -> Rule | None:
        if period.last != periods.today() or within.store:
            return None
        least = {"is": "repurchase_risk", "op": "at_least", "value": lowest}
        most = {"is": "repurchase_risk", "op": "at_most", "value": highest}
        return _all(within, least, *([most] if highest < 100 else []))

    return rule


def _all(within: Slice, *conditions: Rule) -> Rule:
    return {"all": [*conditions, *_narrowed(within)]}


def _orders(times: int, period: Period, within: Slice) -> Rule:
    window = {"from": period.first.isoformat(), "to": period.last.isoformat()}
    stores = {"stores": [within.store.external_id]} if within.store else {}
    return {"is": "orders", "op": "at_least", "value": times, "window": window} | stores


def _first_order(period: Period) -> Rule:
    return {"is": "first_order", "op": "between", "value": [period.first.isoformat(), period.last.isoformat()]}


def _days_before(period: Period, days: int) -> Period:
    return Period(period.first - timedelta(days=days), period.first - timedelta(days=1))


def _narrowed(within: Slice) -> list[Rule]:
    conditions: list[Rule] = []
    if within.segment:
        conditions.append({"is": "in_segment", "op": "in", "value": [within.segment.pk]})
    if within.source:
        conditions.append({"is": "acquisition_source", "op": "in", "value": [within.source]})
    if within.cohort:
        conditions.append(_first_order(month_of(within.cohort)))
    return conditions
