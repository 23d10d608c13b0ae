"""Events come in: append-only, each number once. A visitor who says who they are brings their earlier events along."""

from collections.abc import Iterable, Mapping

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils.translation import gettext as _

from customers.ingest import values, visitors
from customers.ingest.first_load import FOREIGN_KEYS, INDEXES, checks_at_the_end_when_empty
from customers.ingest.result import IngestResult, Progress
from customers.ingest.schema import Column, FieldRefused, Schema, Shape, as_json
from customers.ingest.stage import (
    Numbered,
    drop_refused,
    fill_stage,
    make_stage,
    make_table,
    measure_batch,
    refuse_repeated,
    report_refused,
    rows_of,
)
from customers.ingest.touched import make_touched, touch
from customers.models import Event

EVENTS = Schema(
    "events",
    (
        Column("event_id", values.text(100), "text", required=True),
        Column("kind", values.text(20, choices=Event.Kind.values), "text", required=True),
        Column("customer_id", values.text(100), "text"),
        Column("visitor_id", values.text(100), "text"),
        Column("occurred_at", values.moment, "timestamptz", required=True),
        Column("sku", values.text(100), "text"),
    ),
    prefix="prop.",
)


@transaction.atomic
def ingest_events(
    records: Iterable[Mapping[str, object]],
    *,
    source: str = "shop",
    progress: Progress | None = None,
    result: IngestResult | None = None,
    defer_stats: bool = False,
) -> IngestResult:
    """Append events; those whose number is known already change nothing.

    Args:
        defer_stats: for a first load; the caller runs `stats.rebuild()` and refreshes the segments afterwards.
    """
    result = result or IngestResult()
    with connection.cursor() as cursor:
        make_stage(cursor, EVENTS, more=", properties jsonb")
        numbered = Numbered(records, schema=EVENTS, result=result, progress=progress)
        fill_stage(cursor, numbered, read=rows_of(EVENTS, _properties), result=result)
        refuse_repeated(cursor, "r_event_id", field="event_id", only_one=True)
        make_touched(cursor)
        _find(cursor, source=source)
        visitors.meet(cursor)
        with checks_at_the_end_when_empty(cursor, "customers_event", rows=result.read, kinds=(FOREIGN_KEYS,)):
            with checks_at_the_end_when_empty(cursor, "customers_event", rows=result.read, kinds=(INDEXES,)):
                _append(cursor, source=source, result=result)
            visitors.identify(cursor)
        report_refused(cursor, result)
        touch(cursor, defer_stats=defer_stats)
    return result


def _properties(record: Mapping[str, object], shape: Shape) -> str:
    if not record.get("customer_id") and not record.get("visitor_id"):
        raise FieldRefused("customer_id", "", _("Say whose event this is: a customer_id or a visitor_id."), "missing")
    return as_json(EVENTS.own_values(record, shape))


def _find(cursor: CursorWrapper, *, source: str) -> None:
    """Make `ingest_event`: the new events of the stage with their customer and product found."""
    make_table(cursor, "ingest_event", "LIKE ingest_stage, customer_id bigint, product_id bigint")
    cursor.execute(
        """
        INSERT INTO ingest_event
        SELECT s.*, coalesce(customer.merged_into_id, customer.id), product.id
        FROM ingest_stage s
        LEFT JOIN customers_customer customer
            ON customer.source = %s AND customer.external_id = s.r_customer_id AND customer.erased_at IS NULL
        LEFT JOIN customers_product product ON product.source = %s AND product.sku = s.r_sku
        """,
        [source, source],
    )
    cursor.execute(
        """
        INSERT INTO ingest_refused
        SELECT line, 'customer_id', r_customer_id, 'unknown_customer' FROM ingest_event
        WHERE r_customer_id IS NOT NULL AND customer_id IS NULL
        UNION ALL
        SELECT line, 'sku', r_sku, 'unknown_product' FROM ingest_event WHERE r_sku IS NOT NULL AND product_id IS NULL
        """
    )
    drop_refused(cursor, "ingest_event")
    measure_batch(cursor, "ingest_event")


def _append(cursor: CursorWrapper, *, source: str, result: IngestResult) -> None:
    make_table(cursor, "ingest_appended", "event_ref text, visitor_id bigint, customer_id bigint, is_inferred boolean")
    cursor.execute(
        """
        WITH appended AS (
            INSERT INTO customers_event
                (source, external_id, kind, customer_id, visitor_id, occurred_at, product_id, properties, is_inferred)
            SELECT %s, r_event_id, r_kind, coalesce(s.customer_id, visitor.customer_id), visitor.id, r_occurred_at,
                   product_id, jsonb_strip_nulls(properties), s.customer_id IS NULL AND visitor.customer_id IS NOT NULL
            FROM ingest_event s
            LEFT JOIN customers_visitor visitor ON visitor.key = s.r_visitor_id
            ORDER BY r_event_id
            ON CONFLICT (source, external_id) DO NOTHING
            RETURNING external_id, visitor_id, customer_id, is_inferred
        ), noted AS (
            INSERT INTO ingest_touched SELECT DISTINCT customer_id FROM appended
        ), kept AS (
            INSERT INTO ingest_appended SELECT * FROM appended WHERE visitor_id IS NOT NULL OR %s
        )
        SELECT (SELECT count(*) FROM appended), (SELECT count(*) FROM ingest_event)
        """,
        [source, result.outcomes is not None],
    )
    new, staged = cursor.fetchone()
    result.new += new
    result.unchanged += staged - new
    result.note_outcomes(
        cursor,
        "SELECT s.line, CASE WHEN a.event_ref IS NULL THEN 'unchanged' ELSE 'new' END"
        " FROM ingest_event s LEFT JOIN ingest_appended a ON a.event_ref = s.r_event_id",
    )
