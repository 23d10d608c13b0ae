"""When a customer is due, and how likely it is that they will not come back: columns of their statistics.

**Due** is the last purchase day plus the customer's own cycle (the median of their pauses) once three pauses are
known, else plus the cycle of a category of their last purchase: of those with thirty pauses or more the one known
best. Without either nothing is expected. One category's cycle says when that one thing is needed again; a cycle over
the whole shop would mix those who buy milk with those who buy mattresses.

**Repurchase risk**, 0 to 100, is how many in a hundred comparable pauses had ended by now, the empirical
P(pause ≤ days since the last purchase): 50 is the middle of the usual, 95 means that only one in twenty such pauses
went on. Comparable are, for a customer with a cycle of their own, the pauses of all customers with cycles of about
that length, each divided by its customer's median (`Rhythm`); otherwise the pauses of the category. It never falls
while the customer does not buy.
"""

from datetime import date

from django.db import connection, transaction

from customers.cycles.pauses import ENOUGH_OF_ALL, ENOUGH_OF_ONES_OWN, IN_SEOUL
from customers.sql import literal

# `known` has customer_id, last_order_at, cycle_days, cycle_gaps. The category is looked up customer by customer, by
# index: joined as a whole, the planner takes the last orders for a handful and compares everybody with everybody.
EXPECTED = f"""
    waiting AS (
        SELECT known.customer_id, known.last_order_at, known.cycle_days, known.cycle_gaps,
               CASE WHEN known.cycle_gaps >= {ENOUGH_OF_ONES_OWN} THEN known.cycle_days
                    ELSE cycle.median_days END AS days,
               (known.last_order_at {IN_SEOUL})::date AS last_day,
               greatest({{today}} - (known.last_order_at {IN_SEOUL})::date, 0) AS elapsed,
               cycle.category, cycle.percentiles
        FROM {{known}} known
        LEFT JOIN LATERAL (
            SELECT cycle.category, cycle.median_days, cycle.percentiles
            FROM customers_order bought
            JOIN customers_orderline line ON line.order_id = bought.id AND line.quantity > 0
            JOIN customers_product product ON product.id = line.product_id
            JOIN customers_categorycycle cycle ON cycle.category = product.category AND cycle.gaps >= {ENOUGH_OF_ALL}
            WHERE bought.customer_id = known.customer_id AND bought.placed_at = known.last_order_at
              AND bought.is_purchase AND known.cycle_gaps < {ENOUGH_OF_ONES_OWN}
            ORDER BY cycle.confidence DESC, cycle.gaps DESC, cycle.category LIMIT 1
        ) AS cycle ON true
    ), expected AS (
        SELECT waiting.customer_id, waiting.last_order_at, waiting.cycle_days, waiting.cycle_gaps,
               coalesce(waiting.category, '') AS cycle_category,
               ((last_day + days)::timestamp {IN_SEOUL}) AS due_at,
               CASE WHEN cycle_gaps >= {ENOUGH_OF_ONES_OWN}
                    THEN width_bucket(elapsed / cycle_days::float8, rhythm.ratios)
                    ELSE width_bucket(elapsed, percentiles) END AS risk
        FROM waiting
        LEFT JOIN customers_rhythm rhythm
               ON waiting.cycle_days BETWEEN rhythm.shortest_days AND rhythm.longest_days
    )
"""
# A row that was recomputed meanwhile is left as it is: it was given the same day's risk by that.
RENEW = f"""
    WITH {EXPECTED}
    UPDATE customers_customerstats AS stats
    SET cycle_category = expected.cycle_category, due_at = expected.due_at, risk = expected.risk
    FROM expected
    WHERE stats.customer_id = expected.customer_id
      AND (stats.last_order_at, stats.cycle_days, stats.cycle_gaps)
          IS NOT DISTINCT FROM (expected.last_order_at, expected.cycle_days, expected.cycle_gaps)
      AND (stats.cycle_category, stats.due_at, stats.risk)
          IS DISTINCT FROM (expected.cycle_category, expected.due_at, expected.risk::smallint)
"""
BUYERS = "(SELECT * FROM customers_customerstats WHERE order_count > 0)"


def expected(*, known: str, today: date) -> str:
    """Return the SQL of what is expected of the customers in the relation `known`, to follow a WITH."""
    return EXPECTED.format(known=known, today=f"{literal(today.isoformat())}::date")


@transaction.atomic
def renew(today: date) -> int:
    """Turn every buyer's due day and risk to a day (KST); return how many changed.

    Reads the statistics, not the orders behind them, but for the last orders of those without a cycle of their own.
    """
    with connection.cursor() as cursor:
        # They may just have been filled; unmeasured, they would be joined as if they were empty.
        cursor.execute("ANALYZE customers_customerstats, customers_categorycycle, customers_rhythm")
        cursor.execute(RENEW.format(known=BUYERS, today=f"{literal(today.isoformat())}::date"))
        return cursor.rowcount
