"""Refunds get a date of their own: whatever raises what was taken back of an order is booked when that happened.

A sender tells how much was refunded in all, and may say when (`refunded_at`). Without a date, growth counts from the
moment it was heard of, and an order that was already refunded when it was first heard of counts from its own moment,
so that an old year's file does not become a refund of today. What is told again books nothing. No refund comes before
its order, or after it was told of.
"""

from collections.abc import Sequence

from django.db import connection
from django.db.backends.utils import CursorWrapper

from customers.models import Order

# Orders of a batch: whether they are new, and whether a cancelled one counted as a purchase until now.
OF_BATCH = """
    SELECT w.id, w.is_new, EXISTS (SELECT FROM ingest_was_purchase c WHERE c.id = w.id) AS was_purchase
    FROM ingest_written w
"""
ALL_AS_NEW = "SELECT id, true AS is_new, false AS was_purchase FROM customers_order"
ONE = "SELECT %s::bigint AS id, %s::boolean AS is_new, %s::boolean AS was_purchase"

# The date that was told, where it can be: a wrong year would else stretch every report to it.
TOLD = """
    CASE WHEN bought.refunded_at IS NOT NULL
         THEN greatest(bought.placed_at, least(bought.refunded_at, bought.changed_at)) END
"""
# A cancelled order that nobody had paid gives nothing back. Where less is refunded than before, the newest go first.
BOOK = f"""
    WITH due AS MATERIALIZED (
        SELECT bought.id, coalesce(booked.won, 0) AS booked,
               CASE WHEN bought.status = 'refunded'
                      OR bought.status = 'cancelled'
                         AND (written.was_purchase OR booked.won > 0 OR bought.refunded > 0) THEN bought.paid
                    ELSE bought.refunded END AS won,
               coalesce({TOLD},
                        CASE WHEN written.is_new THEN bought.placed_at ELSE bought.changed_at END) AS refunded_at
        FROM ({{written}}) AS written
        JOIN customers_order AS bought ON bought.id = written.id
        LEFT JOIN (SELECT order_id, sum(amount) AS won FROM customers_refund
                   WHERE order_id IN (SELECT id FROM ({{written}}) AS written WHERE NOT is_new)
                   GROUP BY order_id) AS booked ON booked.order_id = bought.id
        WHERE bought.refunded > 0 OR NOT bought.is_purchase OR booked.won > 0
    ), left_over AS (
        SELECT refund.id, refund.amount AS before,
               due.won - sum(refund.amount) OVER (PARTITION BY due.id ORDER BY refund.id) + refund.amount AS at_most
        FROM due JOIN customers_refund AS refund ON refund.order_id = due.id
        WHERE due.won < due.booked
    ), dropped AS (
        DELETE FROM customers_refund AS refund USING left_over
        WHERE refund.id = left_over.id AND left_over.at_most <= 0
    ), lowered AS (
        UPDATE customers_refund AS refund SET amount = left_over.at_most FROM left_over
        WHERE refund.id = left_over.id AND left_over.at_most > 0 AND left_over.at_most < left_over.before
    )
    INSERT INTO customers_refund (order_id, amount, refunded_at)
    SELECT id, won - booked, refunded_at FROM due WHERE won > booked
"""
# The date that was told is that of the newest refund, also where it is told later than the amount.
DATE = f"""
    UPDATE customers_refund AS refund SET refunded_at = {TOLD}
    FROM ({{written}}) AS written JOIN customers_order AS bought ON bought.id = written.id
    WHERE refund.order_id = bought.id AND refund.refunded_at <> {TOLD}
      AND NOT EXISTS (SELECT FROM customers_refund AS newer
                      WHERE newer.order_id = refund.order_id AND newer.id > refund.id)
"""


def note_purchases(cursor: CursorWrapper, *, source: str) -> None:
    """Note, before a batch is stored, which purchases it cancels: they had been paid."""
    cursor.execute("DROP TABLE IF EXISTS pg_temp.ingest_was_purchase")
    cursor.execute(
        """
        CREATE TEMP TABLE ingest_was_purchase ON COMMIT DROP AS
        SELECT e.id FROM ingest_order s JOIN customers_order e ON e.source = %s AND e.external_id = s.order_ref
        WHERE s.r_status = 'cancelled' AND e.is_purchase
        """,
        [source],
    )


def book_batch(cursor: CursorWrapper) -> None:
    """Book the refunds of the orders in `ingest_written`."""
    _book(cursor, OF_BATCH)


def book_one(order: Order, *, is_new: bool = False, was_purchase: bool = False) -> None:
    """Book what was taken back of one order that was just stored."""
    with connection.cursor() as cursor:
        _book(cursor, ONE, [order.pk, is_new, was_purchase])


def book_first_load(cursor: CursorWrapper) -> None:
    """Book the refunds of all orders, where none were booked before."""
    _book(cursor, ALL_AS_NEW)


def _book(cursor: CursorWrapper, written: str, parameters: Sequence[int | bool] = ()) -> None:
    cursor.execute(BOOK.format(written=written), [*parameters, *parameters])
    cursor.execute(DATE.format(written=written), [*parameters])
