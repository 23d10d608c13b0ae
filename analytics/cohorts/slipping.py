"""Who is slipping away: customers overdue by their own rhythm, and what they would bring in a year if they came back.

Overdue is whoever has a cycle of their own (`customers/cycles`) and a repurchase risk of 90 or more: nine of ten such
pauses had ended by now. At stake is their expected yearly revenue (`customers/cycles/yearly_value.py`). Whoever has
not bought for a year is gone rather than going, and not counted.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from analytics.periods import Period
from analytics.statements import tuples
from customers.cycles.yearly_value import HAS_RHYTHM, YEARLY_VALUE, pause_percent

RISK = 90
WITHIN_DAYS = 365
SHOWN = 50

WHO = f"""
      FROM customers_customerstats AS stats JOIN customers_customer AS person ON person.id = stats.customer_id
      LEFT JOIN loyalty_tierstanding AS standing ON standing.customer_id = stats.customer_id
     WHERE {HAS_RHYTHM} AND stats.risk >= %(risk)s AND stats.last_order_at >= %(since)s
       AND person.erased_at IS NULL AND person.merged_into_id IS NULL AND {YEARLY_VALUE} >= %(value)s
       AND (%(store)s::bigint IS NULL OR person.home_store_id = %(store)s)
       AND (%(tier)s::bigint IS NULL OR standing.tier_id = %(tier)s)
"""
TOTAL = f"SELECT count(*), coalesce(sum({YEARLY_VALUE}), 0)::bigint {WHO}"
LIST = f"""
    SELECT stats.customer_id, {YEARLY_VALUE} AS yearly_value, {{pause}} AS pause_percent, stats.cycle_days,
           stats.risk, stats.order_count, stats.paid_total, (stats.last_order_at AT TIME ZONE 'Asia/Seoul')::date
      {WHO} ORDER BY yearly_value DESC, stats.customer_id LIMIT %(limit)s OFFSET %(offset)s
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is asked about: from which risk on, worth how many won a year at least, of which store and tier."""

    risk: int = RISK
    within_days: int = WITHIN_DAYS
    # A won at least: who is worth nothing has nothing at stake.
    value: int = 1
    store: int | None = None
    tier: int | None = None

    def rule(self, store_number: str = "") -> dict[str, Any]:
        """Return the rule of the segment of the same customers; `store_number` is the store's own."""
        parts: list[dict[str, Any]] = [
            {"is": "repurchase_risk", "op": "at_least", "value": self.risk},
            {"is": "last_order", "op": "within_days", "value": self.within_days},
            {"is": "yearly_value", "op": "at_least", "value": self.value},
        ]
        if self.store:
            parts.append({"is": "home_store", "op": "in", "value": [store_number]})
        if self.tier:
            parts.append({"is": "tier", "op": "in", "value": [self.tier]})
        return {"all": parts}


@dataclass(frozen=True, slots=True)
class AtStake:
    """How many are slipping away, and their expected yearly revenue in won."""

    people: int
    won: int


@dataclass(frozen=True, slots=True)
class Slipping:
    """A customer who is slipping away: won a year, the pause in per cent of the own cycle of so many days, risk."""

    customer_id: int
    yearly_value: int
    pause_percent: int
    cycle_days: int
    risk: int
    orders: int
    paid_total: int
    last_on: date

    @property
    def times_cycle(self) -> float:
        """Return the pause as a multiple of the own cycle."""
        return self.pause_percent / 100


def at_stake(today: date, asked: Asked = Asked()) -> AtStake:
    """Return how many are slipping away on a day (KST), and what they would bring in a year."""
    [total] = tuples(TOTAL, _parameters(today, asked))
    return AtStake(*total)


def dearest(today: date, asked: Asked = Asked(), *, limit: int = SHOWN, offset: int = 0) -> list[Slipping]:
    """Return those who are slipping away, who is worth most first."""
    parameters = _parameters(today, asked) | {"limit": limit, "offset": offset}
    return [Slipping(*row) for row in tuples(LIST.format(pause=pause_percent(today)), parameters)]


def _parameters(today: date, asked: Asked) -> dict[str, object]:
    since = today - timedelta(days=asked.within_days)
    return {
        "since": Period(since, today).start,
        "risk": asked.risk,
        "value": asked.value,
        "store": asked.store,
        "tier": asked.tier,
    }
