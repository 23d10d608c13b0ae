"""Events come in: append-only, each number once. A visitor who says who they are brings their earlier events along."""

from collections.abc import Iterable, Mapping

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils.translation import gettext as _
from psycopg.types.json import Jsonb

from customers.ingest import values
from customers.ingest.first_load import checks_at_the_end_when_empty
from customers.ingest.result import IngestResult, Progress
from customers.ingest.schema import Column, FieldRefused, Schema
from customers.ingest.stage import (
    Numbered,
    drop_refused,
    fill_stage,
    make_stage,
    make_table,
    refuse_repeated,
    report_refused,
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
        fill_stage(cursor, numbered, schema=EVENTS, result=result, more=(_properties,))
        refuse_repeated(cursor, "r_event_id", field="event_id", only_one=True)
        make_touched(cursor)
        _find(cursor, source=source)
        _identify_visitors(cursor)
        with checks_at_the_end_when_empty(cursor, "customers_event", rows=result.read):
            _append(cursor, source=source, result=result)
        report_refused(cursor, result)
        touch(cursor, defer_stats=defer_stats)
    return result


def _properties(record: Mapping[str, object]) -> Jsonb:
    if not record.get("customer_id") and not record.get("visitor_id"):
        raise FieldRefused("customer_id", "", _("Say whose event this is: a customer_id or a visitor_id."))
    return Jsonb(EVENTS.own_values(record))


def _find(cursor: CursorWrapper, *, source: str) -> None:
    """Make `ingest_event`: the new events of the stage with their customer and product found."""
    make_table(cursor, "ingest_event", "LIKE ingest_stage, customer_id bigint, product_id bigint")
    cursor.execute(
        """
        INSERT INTO ingest_event
        SELECT s.*, customer.id, product.id
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
    cursor.execute("ANALYZE ingest_event")


def _identify_visitors(cursor: CursorWrapper) -> None:
    """Make visitors known, and give their earlier events to the customer they turn out to be."""
    cursor.execute(
        """
        INSERT INTO customers_visitor (key, first_seen_at)
        SELECT r_visitor_id, min(r_occurred_at) FROM ingest_event WHERE r_visitor_id IS NOT NULL
        GROUP BY r_visitor_id ORDER BY r_visitor_id
        ON CONFLICT (key) DO NOTHING
        """
    )
    cursor.execute(
        # The first to say who they are keeps the browser: a second one on it may be another person at home.
        """
        WITH said AS (
            SELECT DISTINCT ON (r_visitor_id) r_visitor_id, customer_id FROM ingest_event
            WHERE r_visitor_id IS NOT NULL AND customer_id IS NOT NULL
            ORDER BY r_visitor_id, r_occurred_at, line
        ), identified AS (
            UPDATE customers_visitor visitor SET customer_id = said.customer_id FROM said
            WHERE visitor.key = said.r_visitor_id AND visitor.customer_id IS NULL
            RETURNING visitor.id, visitor.customer_id
        ), moved AS (
            UPDATE customers_event event SET customer_id = identified.customer_id FROM identified
            WHERE event.visitor_id = identified.id AND event.customer_id IS NULL
            RETURNING event.customer_id
        )
        INSERT INTO ingest_touched SELECT DISTINCT customer_id FROM moved
        """
    )


def _append(cursor: CursorWrapper, *, source: str, result: IngestResult) -> None:
    cursor.execute(
        """
        WITH appended AS (
            INSERT INTO customers_event
                (source, external_id, kind, customer_id, visitor_id, occurred_at, product_id, properties)
            SELECT %s, r_event_id, r_kind, coalesce(s.customer_id, visitor.customer_id), visitor.id, r_occurred_at,
                   product_id, jsonb_strip_nulls(properties)
            FROM ingest_event s
            LEFT JOIN customers_visitor visitor ON visitor.key = s.r_visitor_id
            ORDER BY r_event_id
            ON CONFLICT (source, external_id) DO NOTHING
            RETURNING customer_id
        ), noted AS (
            INSERT INTO ingest_touched SELECT DISTINCT customer_id FROM appended
        )
        SELECT (SELECT count(*) FROM appended), (SELECT count(*) FROM ingest_event)
        """,
        [source],
    )
    new, staged = cursor.fetchone()
    result.new += new
    result.unchanged += staged - new
