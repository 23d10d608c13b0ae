"""The person behind a browser: known once one of its events says so.

One customer on a browser: all its nameless events are theirs, the earlier ones too. Several (a computer at home, a
tablet in the store): a span begins with each who says who they are, and nameless events belong to the span they lie
in; those before the first to the first. The answer depends on the facts alone, not on the order in which they came.
"""

from django.db.backends.utils import CursorWrapper

from customers.ingest.stage import make_table

# `ingest_event` holds the batch, `ingest_appended` what of it was new, `ingest_touched` whose facts changed.


def meet(cursor: CursorWrapper) -> None:
    """Make the batch's visitors known, and lock them so that nobody else decides who they are meanwhile."""
    cursor.execute(
        """
        INSERT INTO customers_visitor AS known (key, first_seen_at)
        SELECT r_visitor_id, min(r_occurred_at) FROM ingest_event WHERE r_visitor_id IS NOT NULL
        GROUP BY r_visitor_id ORDER BY r_visitor_id
        ON CONFLICT (key) DO UPDATE SET first_seen_at = EXCLUDED.first_seen_at
            WHERE EXCLUDED.first_seen_at < known.first_seen_at -- an earlier event may arrive later
        """
    )
    # Appending takes the weaker lock anyway. The stronger one waits for batches under way, whose nameless events
    # would be overlooked otherwise. Both in one order, so that two batches never wait for each other.
    cursor.execute(
        "SELECT count(*) FROM (SELECT id FROM customers_visitor WHERE key IN (SELECT r_visitor_id FROM ingest_event)"
        f" ORDER BY key FOR {'UPDATE' if _somebody_new(cursor) else 'KEY SHARE'}) locked"
    )


def identify(cursor: CursorWrapper) -> None:
    """Give the nameless events of the batch's visitors to the customers they turn out to be."""
    make_table(cursor, "ingest_identified", "visitor_id bigint, customer_id bigint, is_shared boolean")
    cursor.execute(
        """
        WITH said AS (
            SELECT visitor_id, min(customer_id) AS one, max(customer_id) AS other FROM ingest_appended
            WHERE visitor_id IS NOT NULL AND customer_id IS NOT NULL AND NOT is_inferred
            GROUP BY visitor_id
        ), identified AS (
            UPDATE customers_visitor visitor SET
                customer_id = coalesce(visitor.customer_id, one),
                is_shared = is_shared OR one <> other OR coalesce(visitor.customer_id <> one, false)
            FROM said
            WHERE visitor.id = said.visitor_id AND NOT is_shared
              AND (visitor.customer_id IS NULL OR visitor.customer_id <> one OR one <> other)
            RETURNING visitor.id, visitor.customer_id, visitor.is_shared
        )
        INSERT INTO ingest_identified SELECT * FROM identified
        """
    )
    if cursor.rowcount:
        _give_to_the_only_one(cursor)
    _give_by_spans(cursor)


def _somebody_new(cursor: CursorWrapper) -> bool:
    cursor.execute(
        "SELECT EXISTS (SELECT 1 FROM ingest_event said JOIN customers_visitor visitor ON visitor.key ="
        " said.r_visitor_id WHERE said.customer_id IS NOT NULL AND visitor.customer_id IS DISTINCT FROM"
        " said.customer_id)"
    )
    return cursor.fetchone()[0]


def _give_to_the_only_one(cursor: CursorWrapper) -> None:
    cursor.execute(
        """
        WITH given AS (
            UPDATE customers_event event SET customer_id = identified.customer_id, is_inferred = true
            FROM ingest_identified identified
            WHERE event.visitor_id = identified.visitor_id AND event.customer_id IS NULL AND NOT identified.is_shared
            RETURNING event.customer_id
        )
        INSERT INTO ingest_touched SELECT DISTINCT customer_id FROM given
        """
    )


def _give_by_spans(cursor: CursorWrapper) -> None:
    """Read the whole story of each shared browser of the batch; few browsers are shared, and a story is short."""
    cursor.execute(
        """
        WITH shared AS MATERIALIZED (
            SELECT DISTINCT visitor.id FROM ingest_appended JOIN customers_visitor visitor
                ON visitor.id = ingest_appended.visitor_id
            WHERE visitor.is_shared
        ), story AS (
            SELECT event.id, visitor_id, event.customer_id, is_inferred,
                   CASE WHEN NOT is_inferred THEN event.customer_id END AS said,
                   count(event.customer_id) FILTER (WHERE NOT is_inferred) OVER (
                       PARTITION BY visitor_id ORDER BY occurred_at, source, external_id) AS span
            FROM customers_event event JOIN shared ON shared.id = event.visitor_id
        ), owned AS (
            SELECT id, visitor_id, customer_id, said, span,
                   max(said) OVER (PARTITION BY visitor_id, greatest(span, 1)) AS owner
            FROM story
        ), given AS (
            UPDATE customers_event event SET customer_id = owner, is_inferred = true
            FROM owned
            WHERE event.id = owned.id AND said IS NULL AND owned.customer_id IS DISTINCT FROM owner
            RETURNING event.id
        ), latest AS (
            UPDATE customers_visitor visitor SET customer_id = owner
            FROM (SELECT DISTINCT ON (visitor_id) visitor_id, owner FROM owned ORDER BY visitor_id, span DESC) last
            WHERE visitor.id = last.visitor_id AND visitor.customer_id IS DISTINCT FROM owner
        )
        INSERT INTO ingest_touched
        SELECT unnest(ARRAY[owned.customer_id, owner]) FROM owned JOIN given USING (id)
        """
    )
