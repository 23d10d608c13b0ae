"""The segment rules behind the figures: who is counted in a cell, a group, a step."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from analytics.models import CohortDimension, CohortRebuild
from analytics.periods import month_of, months_later
from customers.models import Store

Part = dict[str, Any]


class Behind:
    """Makes the rules of one group; a group that no rule can name (nothing is known of it) has none.

    `known` is what rules call the groups, where several are asked about.
    """

    def __init__(
        self, dimension: str, value: str, rebuilt: CohortRebuild, *, known: Mapping[str, str | int] | None = None
    ) -> None:
        self.parts = parts_of(dimension, value, known_as(dimension, [value]) if known is None else known)
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


def parts_of(dimension: str, value: str, known: Mapping[str, str | int]) -> list[Part] | None:
    """Return the conditions of being in a group; None where no condition says it."""
    if dimension == CohortDimension.ALL:
        return []
    if not value or value not in known:
        return None
    if dimension == CohortDimension.MONTH:
        month = month_of(date.fromisoformat(f"{value}-01"))
        return [first_order(month.first, month.last)]
    return [{"is": NAMES[dimension], "op": "in", "value": [known[value]]}]


NAMES = {
    CohortDimension.SOURCE: "acquisition_source",
    CohortDimension.STORE: "first_order_store",
    CohortDimension.CATEGORY: "first_order_category",
    CohortDimension.TIER: "tier",
}


def known_as(dimension: str, values: Collection[str]) -> dict[str, str | int]:
    """Return what rules call these groups: stores by their own number, tiers by their key, others by their name."""
    if dimension == CohortDimension.STORE:
        stores = Store.objects.filter(pk__in=[value for value in values if value])
        return {str(key): number for key, number in stores.values_list("pk", "external_id")}
    if dimension == CohortDimension.TIER:
        return {value: int(value) for value in values if value}
    return {value: value for value in values}
