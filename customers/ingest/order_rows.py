"""The orders of a batch: gathered from the stage, checked, stored."""

from django.db.backends.utils import CursorWrapper

from customers.ingest import erased_people, refunds
from customers.ingest.result import IngestResult
from customers.ingest.stage import drop_refused, make_table, measure_batch
from customers.ingest.upsert import Target, Upsert

# The bits of `given` follow the order's columns in `customers/ingest/orders.py`.
CUSTOMER, STATUS, CHANNEL, STORE = 1 << 1, 1 << 3, 1 << 4, 1 << 5
ITEMS, DISCOUNT, POINTS, SHIPPING, REFUNDED = 1 << 6, 1 << 7, 1 << 8, 1 << 9, 1 << 11
REFUNDED_AT, DELIVERED_AT = 1 << 12, 1 << 13

STATUS_TOLD = Target("status", "s.r_status", STATUS, "'paid'")
REFUND_TOLD = Target("refunded", "s.r_refunded", REFUNDED, "0")
# The date of a refund stands for as long as the refund does that it was told of.
REFUND_DATE = f"""
    CASE WHEN s.given & {REFUNDED_AT} <> 0 AND s.r_refunded_at IS NOT NULL THEN s.r_refunded_at
         WHEN ({STATUS_TOLD.merged}, {REFUND_TOLD.merged}) = (e.status, e.refunded) THEN e.refunded_at END
"""
# Where nobody says when, an order that was on its way arrives when that is told. Of one that is heard of only as it has
# arrived, it stays unknown: an old year's file is no delivery of today.
DELIVERY_DATE = f"""
    CASE WHEN s.given & {DELIVERED_AT} <> 0 AND s.r_delivered_at IS NOT NULL THEN s.r_delivered_at
         WHEN {STATUS_TOLD.merged} = 'delivered' AND e.status IN ('pending', 'paid', 'shipped')
              AND e.delivered_at IS NULL THEN now()
         ELSE e.delivered_at END
"""

ORDER_UPSERT = Upsert(
    "customers_order",
    "external_id",
    "order_ref",
    (
        Target("customer_id", "s.customer_id", CUSTOMER),
        Target("store_id", "s.store_id", STORE),
        Target("placed_at", "s.r_placed_at"),
        STATUS_TOLD,
        Target("channel", "s.r_channel", CHANNEL, "'online'"),
        Target("items_amount", "s.r_items_amount", ITEMS, "0"),
        Target("discount", "s.r_discount", DISCOUNT, "0"),
        Target("points_used", "s.r_points_used", POINTS, "0"),
        Target("shipping", "s.r_shipping", SHIPPING, "0"),
        Target("paid", "s.r_paid"),
        REFUND_TOLD,
        Target("refunded_at", REFUND_DATE),
        Target("delivered_at", DELIVERY_DATE),
    ),
    rows="ingest_order s",
    also_when_changed=", changed_at = now()",
)
HEAD_VALUES = "to_jsonb(s) - ARRAY['line', 'head', 'given', 'r_sku', 'r_quantity', 'r_line_amount', 'r_position']"


def check_and_gather(cursor: CursorWrapper, *, source: str) -> None:
    """Make `ingest_order`, one row an order, with its customer and store found."""
    _refuse_contradictions(cursor)
    make_table(cursor, "ingest_order", "LIKE ingest_stage, customer_id bigint, store_id bigint")
    cursor.execute(
        """
        INSERT INTO ingest_order
        SELECT DISTINCT ON (s.order_ref) s.*, coalesce(customer.merged_into_id, customer.id), store.id
        FROM ingest_stage s
        LEFT JOIN customers_customer customer
            ON customer.source = %s AND customer.external_id = s.r_customer_id AND customer.erased_at IS NULL
        LEFT JOIN customers_store store ON store.source = %s AND store.external_id = s.r_store_id
        WHERE s.line = s.head
        ORDER BY s.order_ref, s.line
        """,
        [source, source],
    )
    erased_people.keep_orders_with_their_customer(cursor, source=source)
    _refuse_unknown(cursor, source=source)
    measure_batch(cursor, "ingest_order")


def _refuse_contradictions(cursor: CursorWrapper) -> None:
    """Refuse records that say something else about an order than its first record did."""
    cursor.execute(
        f"""
        WITH heads AS (
            SELECT line, {HEAD_VALUES} AS said,
                   first_value({HEAD_VALUES}) OVER earlier AS said_first, first_value(line) OVER earlier AS first_line
            FROM ingest_stage s
            WHERE line = head AND order_ref IN
                (SELECT order_ref FROM ingest_stage WHERE line = head GROUP BY order_ref HAVING count(*) > 1)
            WINDOW earlier AS (PARTITION BY order_ref ORDER BY line)
        )
        INSERT INTO ingest_refused
        SELECT s.line, substr(other.key, 3), other.value, 'contradiction', heads.first_line::text
        FROM heads
        CROSS JOIN LATERAL (
            SELECT key, value FROM jsonb_each_text(said) WHERE said -> key <> said_first -> key ORDER BY key LIMIT 1
        ) other
        JOIN ingest_stage s ON s.head = heads.line
        WHERE said <> said_first
        """
    )
    drop_refused(cursor)


def _refuse_unknown(cursor: CursorWrapper, *, source: str) -> None:
    """Refuse orders of customers or stores nobody knows, and refunds of more than was paid."""
    cursor.execute(
        """
        INSERT INTO ingest_refused
        SELECT s.line, wrong.field, wrong.value, wrong.code
        FROM (
            SELECT order_ref, 'customer_id' AS field, r_customer_id AS value, 'unknown_customer' AS code
            FROM ingest_order WHERE r_customer_id IS NOT NULL AND customer_id IS NULL
            UNION ALL
            SELECT order_ref, 'store_id', r_store_id, 'unknown_store'
            FROM ingest_order WHERE r_store_id IS NOT NULL AND store_id IS NULL
            UNION ALL
            SELECT s.order_ref, 'refunded', e.refunded::text, 'refund_over_paid'
            FROM ingest_order s JOIN customers_order e ON e.source = %s AND e.external_id = s.order_ref
            WHERE s.given & %s = 0 AND e.refunded > s.r_paid
        ) wrong
        JOIN ingest_stage s USING (order_ref)
        """,
        [source, REFUNDED],
    )
    drop_refused(cursor)


def store(cursor: CursorWrapper, *, source: str, result: IngestResult) -> None:
    """Store the orders that kept at least one good record."""
    cursor.execute(
        "DELETE FROM ingest_order o WHERE EXISTS (SELECT 1 FROM ingest_refused)"
        " AND NOT EXISTS (SELECT 1 FROM ingest_stage s WHERE s.order_ref = o.order_ref)"
    )
    # An order that moves to another customer changes what its former one bought.
    cursor.execute(
        """
        INSERT INTO ingest_touched
        SELECT e.customer_id FROM ingest_order s
        JOIN customers_order e ON e.source = %s AND e.external_id = s.order_ref
        WHERE s.given & %s <> 0 AND e.customer_id IS DISTINCT FROM s.customer_id
        """,
        [source, CUSTOMER],
    )
    refunds.note_purchases(cursor, source=source)
    ORDER_UPSERT.run(cursor, source=source, result=result)
    cursor.execute("CREATE UNIQUE INDEX ON ingest_written (id)")
    make_table(cursor, "ingest_order_id", "order_ref text, id bigint, is_new boolean, is_written boolean")
    cursor.execute(
        """
        INSERT INTO ingest_order_id
        SELECT s.order_ref, e.id, coalesce(w.is_new, false), w.id IS NOT NULL
        FROM ingest_order s
        JOIN customers_order e ON e.source = %s AND e.external_id = s.order_ref
        LEFT JOIN ingest_written w ON w.id = e.id
        """,
        [source],
    )
    measure_batch(cursor, "ingest_order_id")
