"""The lines of a batch's orders: checked, compared with those stored, written where they differ."""

from django.db.backends.utils import CursorWrapper

from customers.ingest.first_load import EVERYTHING, checks_at_the_end_when_empty
from customers.ingest.result import IngestResult
from customers.ingest.stage import drop_refused, make_table, measure, measure_batch


def check_and_gather(cursor: CursorWrapper, *, source: str) -> None:
    """Refuse lines of products nobody knows; make `ingest_product`, the known ones."""
    make_table(cursor, "ingest_product", "sku text, id bigint")
    cursor.execute(
        """
        INSERT INTO ingest_product
        SELECT wanted.sku, product.id
        FROM (SELECT DISTINCT r_sku AS sku FROM ingest_stage WHERE r_sku IS NOT NULL) wanted
        LEFT JOIN customers_product product ON product.source = %s AND product.sku = wanted.sku
        """,
        [source],
    )
    measure_batch(cursor, "ingest_product")
    cursor.execute(
        """
        INSERT INTO ingest_refused
        SELECT s.line, 'sku', s.r_sku, 'unknown_product'
        FROM ingest_product p JOIN ingest_stage s ON s.r_sku = p.sku
        WHERE p.id IS NULL
        """
    )
    drop_refused(cursor)


def store(cursor: CursorWrapper, *, result: IngestResult) -> None:
    """Write the lines of new orders and of those whose lines differ; an order sent without lines keeps its own."""
    _find_lines(cursor)
    _refuse_repeated(cursor)
    _number_positions(cursor)
    measure(cursor, "customers_orderline", rows=result.read)
    _find_differing(cursor)
    cursor.execute("DELETE FROM customers_orderline WHERE order_id IN (SELECT order_id FROM ingest_differing)")
    with checks_at_the_end_when_empty(cursor, "customers_orderline", rows=result.read, kinds=EVERYTHING):
        cursor.execute(
            """
            INSERT INTO customers_orderline (order_id, position, product_id, quantity, amount)
            SELECT order_id, position, product_id, quantity, amount FROM ingest_line
            WHERE is_new OR order_id IN (SELECT order_id FROM ingest_differing)
            """
        )
    _note_changes(cursor, result)


def _find_lines(cursor: CursorWrapper) -> None:
    """Make `ingest_found`: the staged lines with their order and product as numbers, which sort and compare fast."""
    make_table(
        cursor,
        "ingest_found",
        "line bigint, order_id bigint, is_new boolean, product_id bigint, quantity int, amount bigint, place int",
    )
    cursor.execute(
        """
        INSERT INTO ingest_found
        SELECT s.line, o.id, o.is_new, p.id, s.r_quantity, s.r_line_amount, s.r_position
        FROM ingest_stage s
        JOIN ingest_order_id o ON o.order_ref = s.order_ref
        LEFT JOIN ingest_product p ON p.sku = s.r_sku
        """
    )
    measure_batch(cursor, "ingest_found")


def _refuse_repeated(cursor: CursorWrapper) -> None:
    """Refuse a record that says the same line of the same order again; a `position` makes two of them different."""
    cursor.execute(
        """
        WITH again AS (
            SELECT order_id, product_id, quantity, amount, place, min(line) AS first_line
            FROM ingest_found
            GROUP BY order_id, product_id, quantity, amount, place
            HAVING count(*) > 1
        ), repeated AS (
            SELECT f.line, again.first_line
            FROM again
            JOIN ingest_found f ON f.order_id = again.order_id AND f.line > again.first_line
                AND (f.product_id, f.quantity, f.amount, f.place)
                    IS NOT DISTINCT FROM (again.product_id, again.quantity, again.amount, again.place)
        )
        INSERT INTO ingest_refused
        SELECT s.line, CASE WHEN s.r_sku IS NULL THEN 'order_id' ELSE 'sku' END, coalesce(s.r_sku, s.order_ref),
               'repeated', repeated.first_line::text
        FROM repeated JOIN ingest_stage s ON s.line = repeated.line
        """
    )
    drop_refused(cursor, "ingest_found")


def _number_positions(cursor: CursorWrapper) -> None:
    make_table(
        cursor,
        "ingest_line",
        "order_id bigint, is_new boolean, position int, product_id bigint, quantity int, amount bigint",
    )
    cursor.execute(
        """
        INSERT INTO ingest_line
        SELECT order_id, is_new, row_number() OVER (PARTITION BY order_id ORDER BY place, line),
               product_id, quantity, amount
        FROM ingest_found
        WHERE product_id IS NOT NULL
        """
    )
    measure_batch(cursor, "ingest_line")


def _find_differing(cursor: CursorWrapper) -> None:
    make_table(cursor, "ingest_differing", "order_id bigint")
    cursor.execute(
        """
        INSERT INTO ingest_differing
        SELECT DISTINCT coalesce(said.order_id, stored.order_id)
        FROM (SELECT * FROM ingest_line WHERE NOT is_new) said
        FULL JOIN (
            SELECT * FROM customers_orderline
            WHERE order_id IN (SELECT order_id FROM ingest_line WHERE NOT is_new)
        ) stored ON stored.order_id = said.order_id AND stored.position = said.position
        WHERE (said.product_id, said.quantity, said.amount)
            IS DISTINCT FROM (stored.product_id, stored.quantity, stored.amount)
        """
    )
    measure_batch(cursor, "ingest_differing")


def _note_changes(cursor: CursorWrapper, result: IngestResult) -> None:
    """Count and date orders that changed in their lines alone, and note whose orders were written."""
    cursor.execute(
        """
        UPDATE customers_order o SET changed_at = now()
        FROM ingest_differing d JOIN ingest_order_id i ON i.id = d.order_id AND NOT i.is_written
        WHERE o.id = d.order_id
        """
    )
    result.changed += cursor.rowcount
    result.unchanged -= cursor.rowcount
    result.note_outcomes(
        cursor,
        """
        SELECT s.line, CASE WHEN o.is_new THEN 'new' WHEN o.is_written OR d.order_id IS NOT NULL THEN 'changed'
                            ELSE 'unchanged' END
        FROM ingest_stage s JOIN ingest_order_id o ON o.order_ref = s.order_ref
        LEFT JOIN ingest_differing d ON d.order_id = o.id
        """,
    )
    cursor.execute(
        """
        INSERT INTO ingest_touched
        SELECT DISTINCT customer_id FROM customers_order
        WHERE id IN (SELECT id FROM ingest_order_id WHERE is_written UNION ALL SELECT order_id FROM ingest_differing)
        """
    )
