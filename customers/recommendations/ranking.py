"""One list out of all candidates: each gets the chance that the customer buys it within four weeks.

Both chances are logistic regressions, so that "due again" and "might like" compare. Their weights were learnt once
on The Complete Journey from four weeks that the evaluation does not look at (`docs/recommendations.md`); a shop's own
demand, cycles, companions and groups come in through the features.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from customers.models import AffinityRebuild
from customers.recommendations.candidates import AGAIN, FRESH, MEMBER, OWN

CUSTOMERS_AT_ONCE = 500
MEMORY = "64MB"

AGAIN_WEIGHTS = {"1": -1.04, "habit": 1.07, "pause": -0.16, "repeated": 0.10, "demand": 0.17, "appetite": 0.08}
FRESH_WEIGHTS = {"1": -3.79, "together": 0.87, "group_lift": 0.07, "demand": 0.54, "appetite": 0.27}


def chance(weights: Mapping[str, float]) -> str:
    """Return the SQL of the logistic function of the weighted features."""
    terms = [f"({weight}) * {feature}" for feature, weight in weights.items() if feature != "1"]
    return f"1 / (1 + exp(-(({weights['1']}) + {' + '.join(terms)})))"


NOTHING = "NULL::bigint AS anchor_id, NULL AS group_kind, NULL AS group_key, NULL::boolean AS is_favourite"
RANKED_AGAIN = f"""
    SELECT customer_id, product_id, {chance(AGAIN_WEIGHTS)} AS chance,
           days, last_day, cycle_days, is_own_cycle, {NOTHING}
    FROM again
"""
RANKED_FRESH = f"""
    SELECT customer_id, product_id, {chance(FRESH_WEIGHTS)} AS chance,
           NULL::bigint AS days, NULL::date AS last_day, NULL::int AS cycle_days, NULL::boolean AS is_own_cycle,
           anchor_id, group_kind, group_key, is_favourite
    FROM fresh
"""
TOP = """
    WITH {relations}
    SELECT customer_id, product_id, chance, days, last_day, cycle_days, is_own_cycle,
           anchor_id, group_kind, group_key, is_favourite
    FROM (
        SELECT *, row_number() OVER (PARTITION BY customer_id ORDER BY chance DESC, product_id) AS place
        FROM ({ranked}) AS candidates
    ) AS listed
    WHERE place <= %(limit)s
    ORDER BY customer_id, place
"""
EVERYTHING = TOP.format(
    relations=f"{OWN}, {AGAIN}, {MEMBER}, {FRESH}", ranked=f"{RANKED_AGAIN} UNION ALL {RANKED_FRESH}"
)
ONLY_AGAIN = TOP.format(relations=f"{OWN}, {AGAIN}", ranked=RANKED_AGAIN)
ONLY_FRESH = TOP.format(relations=f"{OWN}, {MEMBER}, {FRESH}", ranked=RANKED_FRESH)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A product on a customer's list, with what speaks for it; `days` is None for what was never bought."""

    customer_id: int
    product_id: int
    chance: float
    days: int | None
    last_day: date | None
    cycle_days: int | None
    is_own_cycle: bool | None
    anchor_id: int | None
    group_kind: str | None
    group_key: str | None
    is_favourite: bool | None


def top(
    customer_ids: Iterable[int], *, limit: int, now: datetime, statement: str = EVERYTHING
) -> Iterator[list[Ranked]]:
    """Yield the lists of so many customers at a time, best first; nothing before the first rebuild.

    Orders from `now` on are not looked at.
    """
    rebuilt = AffinityRebuild.objects.order_by("-finished_at").first()
    if rebuilt is None:
        return
    parameters: dict[str, Any] = {
        "until": now,
        "today": timezone.localdate(now, timezone.get_default_timezone()),
        "recent_buyers": rebuilt.recent_buyers,
        "repeat_share": rebuilt.repeat_share,
        "limit": limit,
    }
    for some in _batches(customer_ids):
        yield _rows(statement, parameters | {"customers": some})


@transaction.atomic
def _rows(statement: str, parameters: Mapping[str, Any]) -> list[Ranked]:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL work_mem = '{MEMORY}'")
        cursor.execute(statement, parameters)
        return [Ranked(*row) for row in cursor.fetchall()]


def _batches(customer_ids: Iterable[int]) -> Iterator[Collection[int]]:
    ids = iter(customer_ids)
    while some := list(islice(ids, CUSTOMERS_AT_ONCE)):
        yield some
