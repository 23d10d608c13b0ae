"""What the facts about a customer add up to: one row each, recomputed from the facts, never counted up.

So re-imports, refunds and facts that arrive out of order come out right. The only writer of these columns; the
scores are written by `customers/rfm.py`.
"""

from collections.abc import Iterable

from django.db import connection, transaction

from customers.models import Event
from customers.sql import literals

# `chosen` are customer ids. Sums over no orders are zero, dates of nothing are empty.
RECOMPUTE = f"""
    WITH bought AS (
        SELECT customer_id, count(*) AS order_count, sum(revenue) AS paid_total,
               count(*) FILTER (WHERE channel = 'online') AS online_order_count,
               min(placed_at) AS first_order_at, max(placed_at) AS last_order_at
        FROM customers_order
        WHERE is_purchase AND customer_id {{among}}
        GROUP BY customer_id
    ), seen AS (
        SELECT customer_id,
               max(occurred_at) FILTER (WHERE kind IN ({literals(Event.VISITS)})) AS last_visit_at,
               max(occurred_at) FILTER (WHERE kind = '{Event.Kind.CART_ADD}') AS last_cart_at
        FROM customers_event
        WHERE customer_id {{among}}
        GROUP BY customer_id
    )
    INSERT INTO customers_customerstats AS stats (
        customer_id, order_count, paid_total, online_order_count,
        first_order_at, last_order_at, last_visit_at, last_cart_at, rfm_group
    )
    SELECT customer.id, coalesce(order_count, 0), coalesce(paid_total, 0), coalesce(online_order_count, 0),
           first_order_at, last_order_at, last_visit_at, last_cart_at, ''
    FROM customers_customer customer
    LEFT JOIN bought ON bought.customer_id = customer.id
    LEFT JOIN seen ON seen.customer_id = customer.id
    WHERE customer.id {{among}}
    ORDER BY customer.id
    ON CONFLICT (customer_id) DO UPDATE SET
        order_count = EXCLUDED.order_count, paid_total = EXCLUDED.paid_total,
        online_order_count = EXCLUDED.online_order_count,
        first_order_at = EXCLUDED.first_order_at, last_order_at = EXCLUDED.last_order_at,
        last_visit_at = EXCLUDED.last_visit_at, last_cart_at = EXCLUDED.last_cart_at
    WHERE (stats.order_count, stats.paid_total, stats.online_order_count, stats.first_order_at, stats.last_order_at,
           stats.last_visit_at, stats.last_cart_at)
        IS DISTINCT FROM
          (EXCLUDED.order_count, EXCLUDED.paid_total, EXCLUDED.online_order_count, EXCLUDED.first_order_at,
           EXCLUDED.last_order_at, EXCLUDED.last_visit_at, EXCLUDED.last_cart_at)
"""
EVERYONE = "IS NOT NULL"


def refresh(customers: str | Iterable[int]) -> int:
    """Recompute the statistics of some customers; return how many rows changed.

    Args:
        customers: ids, or the SQL of a query that yields them (our own, never anybody's input).
    """
    chosen = (
        customers if isinstance(customers, str) else f"SELECT unnest(ARRAY[{literals(map(int, customers))}]::bigint[])"
    )
    return _recompute(f"IN ({chosen})")


def rebuild() -> int:
    """Recompute the statistics of everyone in one statement; return how many rows changed."""
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
        cursor.execute(RECOMPUTE.format(among=among))
        return cursor.rowcount
