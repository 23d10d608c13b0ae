"""What the facts about a customer add up to: one row each, recomputed from the facts, never counted up.

So re-imports, refunds and facts that arrive out of order come out right. The only writer of these columns; the
scores are written by `customers/rfm.py`, and what is expected of a customer is renewed nightly by `customers/cycles/`.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction
from django.utils import timezone

from customers.cycles.expectation import expected
from customers.cycles.pauses import IN_SEOUL
from customers.models import CycleRebuild, Event
from customers.sql import literals

# What is written, in the order in which `fresh` has it.
COLUMNS = (
    "order_count",
    "paid_total",
    "online_order_count",
    "store_order_count",
    "first_order_at",
    "last_order_at",
    "last_visit_at",
    "last_cart_at",
    "cycle_days",
    "cycle_gaps",
    "cycle_category",
    "due_at",
    "risk",
)
# Sums over no orders are zero, dates of nothing are empty. Orders are read once, in the order of their index, so that
# the pause before each is the distance to the row above it.
FRESH = f"""
    WITH bought AS (
        SELECT customer_id, count(*) AS order_count, sum(revenue) AS paid_total,
               count(*) FILTER (WHERE channel = 'online') AS online_order_count,
               count(*) FILTER (WHERE channel = 'store') AS store_order_count,
               min(placed_at) AS first_order_at, max(placed_at) AS last_order_at,
               count(*) FILTER (WHERE gap > 0) AS cycle_gaps,
               percentile_disc(0.5) WITHIN GROUP (ORDER BY gap) FILTER (WHERE gap > 0) AS cycle_days
        FROM (
            SELECT customer_id, revenue, channel, placed_at,
                   day - lag(day) OVER (PARTITION BY customer_id ORDER BY placed_at) AS gap
            FROM (
                SELECT customer_id, revenue, channel, placed_at, (placed_at {IN_SEOUL})::date AS day
                FROM customers_order WHERE is_purchase AND customer_id {{among}}
            ) AS purchase
        ) AS spaced
        GROUP BY customer_id
    ), seen AS (
        SELECT customer_id,
               max(occurred_at) FILTER (WHERE kind IN ({literals(Event.VISITS)})) AS last_visit_at,
               max(occurred_at) FILTER (WHERE kind = '{Event.Kind.CART_ADD}') AS last_cart_at
        FROM customers_event
        WHERE customer_id {{among}}
        GROUP BY customer_id
    ), {{expected}}, fresh AS (
        SELECT customer.id AS customer_id, coalesce(order_count, 0) AS order_count,
               coalesce(paid_total, 0)::bigint AS paid_total,
               coalesce(online_order_count, 0) AS online_order_count,
               coalesce(store_order_count, 0) AS store_order_count,
               bought.first_order_at, bought.last_order_at, last_visit_at, last_cart_at,
               bought.cycle_days, coalesce(bought.cycle_gaps, 0) AS cycle_gaps,
               coalesce(expected.cycle_category, '') AS cycle_category, due_at, risk
        FROM customers_customer customer
        LEFT JOIN bought ON bought.customer_id = customer.id
        LEFT JOIN seen ON seen.customer_id = customer.id
        LEFT JOIN expected ON expected.customer_id = customer.id
        WHERE customer.id {{among}}
    )
"""
_NAMES = ", ".join(COLUMNS)
_STORED = ", ".join(f"stats.{column}" for column in COLUMNS)
_EXCLUDED = ", ".join(f"EXCLUDED.{column}" for column in COLUMNS)
RECOMPUTE = f"""
    {FRESH}
    INSERT INTO customers_customerstats AS stats (customer_id, {_NAMES}, rfm_group)
    SELECT customer_id, {_NAMES}, '' FROM fresh
    ORDER BY customer_id
    ON CONFLICT (customer_id) DO UPDATE SET {", ".join(f"{column} = EXCLUDED.{column}" for column in COLUMNS)}
    WHERE ({_STORED}) IS DISTINCT FROM ({_EXCLUDED})
"""
DIFFERENCES = f"""
    {FRESH}
    SELECT fresh.customer_id, to_jsonb(stats), to_jsonb(fresh)
    FROM fresh LEFT JOIN customers_customerstats AS stats USING (customer_id)
    WHERE ({_STORED}) IS DISTINCT FROM ({", ".join(f"fresh.{column}" for column in COLUMNS)})
    ORDER BY fresh.customer_id LIMIT %s
"""
EVERYONE = "IS NOT NULL"
READ_BY_THE_REBUILD = (
    "customers_customer, customers_order, customers_orderline, customers_product, customers_event,"
    " customers_categorycycle, customers_rhythm"
)


@dataclass(frozen=True, slots=True)
class Difference:
    """A stored value that is not what the facts add up to."""

    customer_id: int
    column: str
    stored: object
    recomputed: object


def refresh(customers: str | Iterable[int]) -> int:
    """Recompute the statistics of some customers; return how many rows changed.

    Args:
        customers: ids, or the SQL of a query that yields them (our own, never anybody's input).
    """
    if isinstance(customers, str):
        return _recompute(f"IN ({customers})")
    # As an array, whose length the planner sees: it then goes by the index, however large the shop.
    return _recompute(f"= ANY ('{{{','.join(map(str, map(int, customers)))}}}'::bigint[])")


def rebuild() -> int:
    """Recompute the statistics of everyone in one statement; return how many rows changed."""
    with connection.cursor() as cursor:
        # They may just have been filled; unmeasured, everybody's orders would be gone through for each customer.
        cursor.execute(f"ANALYZE {READ_BY_THE_REBUILD}")
    return _recompute(EVERYONE)


@transaction.atomic
def _recompute(among: str) -> int:
    with connection.cursor() as cursor:
        # Whoever else recomputes the same customer waits here, and then reads the facts that were committed
        # meanwhile. Without the lock the later of two imports would write sums without the earlier one's orders.
        cursor.execute(
            f"SELECT count(*) FROM (SELECT id FROM customers_customer WHERE id {among}"
            " ORDER BY id FOR NO KEY UPDATE) locked"
        )
        cursor.execute(_for(RECOMPUTE, among, today()))
        return cursor.rowcount


def differences(*, limit: int = 100) -> list[Difference]:
    """Return where the stored statistics are not what the facts add up to, at most of so many customers.

    A risk may be that of today or that of the night's rebuild: the day turns for everybody only then.
    """
    found = _differences(today(), limit)
    rebuilt = CycleRebuild.objects.order_by("-finished_at").first()
    if not found or rebuilt is None:
        return found
    rebuilt_on = timezone.localdate(rebuilt.as_of, timezone.get_default_timezone())
    then = {(each.customer_id, each.column) for each in _differences(rebuilt_on, limit)}
    return [each for each in found if each.column != "risk" or (each.customer_id, each.column) in then]


def today() -> date:
    """Return the day in the shop's time zone."""
    return timezone.localdate(timezone=timezone.get_default_timezone())


def _differences(day: date, limit: int) -> list[Difference]:
    with connection.cursor() as cursor:
        cursor.execute(_for(DIFFERENCES, EVERYONE, day), [limit])
        rows = [(key, json.loads(stored or "{}"), json.loads(fresh)) for key, stored, fresh in cursor.fetchall()]
    return [
        Difference(key, column, stored.get(column), fresh[column])
        for key, stored, fresh in rows
        for column in COLUMNS
        if stored.get(column) != fresh[column]
    ]


def _for(statement: str, among: str, day: date) -> str:
    return statement.format(among=among, expected=expected(known="bought", today=day))
