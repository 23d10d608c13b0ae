"""The segment rules behind the figures: who is counted in a cell, a group, a step."""

from datetime import date
from typing import Any

from analytics.models import CohortDimension, CohortRebuild
from analytics.periods import month_of, months_later
from customers.models import Store

Part = dict[str, Any]


class Behind:
    """Makes the rules of one group; a group that no rule can name (nothing is known of it) has none."""

    def __init__(self, dimension: str, value: str, rebuilt: CohortRebuild) -> None:
        self.parts = parts_of(dimension, value)
        self.counted = [rebuilt.first_month, rebuilt.last_day]

    def everybody(self) -> Part | None:
        """Return the rule of the whole group."""
        return self._rule(first_order(*self.counted))

    def cohort(self, month: date) -> Part | None:
        """Return the rule of those of the group whose first purchase fell in the month."""
        return self._rule(first_order(month, month_of(month).last))

    def cell(self, month: date, age: int) -> Part | None:
        """Return the rule of those of a cohort who bought so many months later."""
        later = month_of(months_later(month, age))
        window = {"from": later.first.isoformat(), "to": later.last.isoformat()}
        bought = {"is": "orders", "op": "at_least", "value": 1, "window": window}
        return self._rule(first_order(month, month_of(month).last), bought)

    def stopped_at(self, orders: int) -> Part | None:
        """Return the rule of those who have ordered so often and not again."""
        return self._rule(first_order(*self.counted), {"is": "order_count", "op": "exactly", "value": orders})

    def _rule(self, *parts: Part) -> Part | None:
        return None if self.parts is None else {"all": [*parts, *self.parts]}


def first_order(first: date, last: date) -> Part:
    """Return the condition that the first purchase fell between two days."""
    return {"is": "first_order", "op": "between", "value": [first.isoformat(), last.isoformat()]}


def parts_of(dimension: str, value: str) -> list[Part] | None:
    """Return the conditions of being in a group; None where no condition says it."""
    if dimension == CohortDimension.ALL:
        return []
    if not value:
        return None
    if dimension == CohortDimension.MONTH:
        month = month_of(date.fromisoformat(f"{value}-01"))
        return [first_order(month.first, month.last)]
    return [{"is": NAMES[dimension], "op": "in", "value": [_as_rules_know_it(dimension, value)]}]


NAMES = {
    CohortDimension.SOURCE: "acquisition_source",
    CohortDimension.STORE: "first_order_store",
    CohortDimension.CATEGORY: "first_order_category",
    CohortDimension.TIER: "tier",
}


def _as_rules_know_it(dimension: str, value: str) -> str | int:
    if dimension == CohortDimension.TIER:
        return int(value)
    return Store.objects.get(pk=value).external_id if dimension == CohortDimension.STORE else value
