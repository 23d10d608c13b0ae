"""After facts came in: the statistics of whom they are about, and their segments."""

from django.db.backends.utils import CursorWrapper

from crm_project.queue import kick
from customers import stats
from customers.identity import following
from customers.ingest.first_load import EVERYTHING, checks_at_the_end_when_empty
from customers.ingest.stage import make_table, measure_batch

REFRESH, REFRESH_ALL = "customers.tasks.refresh_touched_segments", "customers.tasks.refresh_all_segments"
# Above so many customers a batch has all segments refreshed in full, which is cheaper than to name each of them.
MOST_NAMED = 50_000


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
    measure_batch(cursor, "ingest_touched")
    _follow_merges(cursor)
    cursor.execute("SELECT count(DISTINCT customer_id) FROM ingest_touched")
    customers = cursor.fetchone()[0]
    with checks_at_the_end_when_empty(cursor, "customers_customerstats", rows=customers, kinds=EVERYTHING):
        stats.refresh("SELECT customer_id FROM ingest_touched WHERE customer_id IS NOT NULL")
    if customers > MOST_NAMED:
        kick(REFRESH_ALL)
        return
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
