"""After facts came in: the statistics of whom they are about, and their segments."""

from django.db.backends.utils import CursorWrapper

from crm_project.queue import kick
from customers import stats
from customers.identity import following
from customers.ingest.stage import make_table

REFRESH = "customers.tasks.refresh_touched_segments"


def make_touched(cursor: CursorWrapper) -> None:
    """Make the temporary table of the customers a batch is about."""
    make_table(cursor, "ingest_touched", "customer_id bigint")


def touch(cursor: CursorWrapper, *, defer_stats: bool) -> None:
    """Recompute the touched customers' statistics and have their segments looked at again.

    Args:
        defer_stats: do neither; the caller rebuilds statistics and segments for everyone afterwards.
    """
    if defer_stats:
        return
    cursor.execute("SELECT 1 FROM ingest_touched WHERE customer_id IS NOT NULL LIMIT 1")
    if cursor.fetchone() is None:
        return
    cursor.execute("ANALYZE ingest_touched")
    _follow_merges(cursor)
    stats.refresh("SELECT customer_id FROM ingest_touched WHERE customer_id IS NOT NULL")
    cursor.execute(
        "INSERT INTO customers_touchedcustomer (customer_id)"
        " SELECT DISTINCT customer_id FROM ingest_touched WHERE customer_id IS NOT NULL"
    )
    kick(REFRESH)


def _follow_merges(cursor: CursorWrapper) -> None:
    """Bring along what this batch wrote for customers that were merged while it was under way."""
    cursor.execute(
        "SELECT id FROM customers_customer WHERE merged_into_id IS NOT NULL"
        " AND id IN (SELECT customer_id FROM ingest_touched)"
    )
    kept = following.bring_along([row[0] for row in cursor.fetchall()]) if cursor.rowcount else set()
    if kept:
        cursor.execute("INSERT INTO ingest_touched SELECT unnest(%s::bigint[])", [list(kept)])
