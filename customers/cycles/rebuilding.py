"""All cycles computed anew from the orders; nightly, and by `manage.py stats_rebuild`."""

from datetime import datetime

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from customers.cycles.expectation import renew
from customers.cycles.pauses import (
    CATEGORY,
    ENOUGH_OF_ONES_OWN,
    IN_SEOUL,
    PRODUCT,
    Subject,
    borrowed_or_own,
    confidence,
    own_cycles,
    pauses_of,
)
from customers.models import CategoryCycle, CycleRebuild, ProductCycle

DUE_SOON_DAYS = 7
PERCENTILES = [number / 100 for number in range(1, 101)]
# The distribution is drawn in so many bars, and one for all that is longer; a bar is as wide as 95 % of it need.
BARS = 24
BAR_DAYS = [1, 2, 3, 5, 7, 10, 14, 21, 30, 60]
# Cycles of about the same length stray alike: a pause of three days is nothing to somebody who comes every other day.
RHYTHMS = [(1, 2), (3, 4), (5, 7), (8, 14), (15, 30), (31, 60), (61, 1_000_000)]
# With fewer pauses, a rhythm takes the percentiles of all of them.
ENOUGH_FOR_A_RHYTHM = 200

CYCLES = """
    WITH summed AS (
        SELECT subject, count(*) FILTER (WHERE gap IS NULL) AS buyers,
               count(DISTINCT customer_id) FILTER (WHERE gap IS NOT NULL) AS repeat_buyers, count(gap) AS gaps,
               percentile_disc(%(percentiles)s::float8[]) WITHIN GROUP (ORDER BY gap) AS percentiles
        FROM cycle_pauses GROUP BY subject HAVING count(gap) > 0
    ), cycle AS (
        SELECT subject, buyers, repeat_buyers, gaps, percentiles,
               percentiles[25] AS lower_quartile, percentiles[50] AS median_days, percentiles[75] AS upper_quartile,
               (SELECT coalesce(min(days) FILTER (WHERE days * %(bars)s >= percentiles[95]), max(days))
                FROM unnest(%(bar_days)s::int[]) AS days) AS bin_days
        FROM summed
    ), counted AS (
        SELECT subject, least((gap - 1) / bin_days, %(bars)s) AS bar, count(*) AS pauses
        FROM cycle_pauses JOIN cycle USING (subject) WHERE gap IS NOT NULL GROUP BY 1, 2
    ), drawn AS (
        SELECT cycle.subject, array_agg(coalesce(counted.pauses, 0) ORDER BY bar) AS bins
        FROM cycle CROSS JOIN generate_series(0, %(bars)s) AS bar LEFT JOIN counted USING (subject, bar)
        GROUP BY cycle.subject
    ), due AS (
        SELECT subject, count(*) AS customers
        FROM ({own}) AS own JOIN cycle USING (subject) JOIN customers_customer customer ON customer.id = customer_id
        WHERE own.last_day + {days} BETWEEN %(today)s::date AND %(today)s::date + %(due_soon)s
          AND customer.erased_at IS NULL AND customer.merged_into_id IS NULL
        GROUP BY subject
    )
    INSERT INTO {table} ({column}, buyers, repeat_buyers, gaps, percentiles, lower_quartile, median_days,
                         upper_quartile, confidence, bin_days, bins, due_soon)
    SELECT subject, buyers, repeat_buyers, gaps, percentiles, lower_quartile, median_days, upper_quartile,
           {confidence}, bin_days, bins, coalesce(due.customers, 0)
    FROM cycle JOIN drawn USING (subject) LEFT JOIN due USING (subject)
"""
ANY_PURCHASE = f"""
    SELECT customer_id, gap FROM (
        SELECT customer_id, day - lag(day) OVER (PARTITION BY customer_id ORDER BY day) AS gap
        FROM (
            SELECT customer_id, (placed_at {IN_SEOUL})::date AS day FROM customers_order
            WHERE is_purchase AND customer_id IS NOT NULL AND placed_at < %(until)s
        ) AS bought
    ) AS days WHERE gap > 0
"""
RATIOS = f"""
    WITH own AS (
        SELECT customer_id, percentile_disc(0.5) WITHIN GROUP (ORDER BY gap) AS days
        FROM cycle_pauses GROUP BY customer_id HAVING count(*) >= {ENOUGH_OF_ONES_OWN}
    ), ratio AS (
        SELECT rhythm.shortest, gap / own.days::float8 AS ratio
        FROM cycle_pauses JOIN own USING (customer_id)
        JOIN unnest(%(shortest)s::int[], %(longest)s::int[]) AS rhythm (shortest, longest)
             ON own.days BETWEEN rhythm.shortest AND rhythm.longest
    ), everyone AS (
        SELECT percentile_disc(%(percentiles)s::float8[]) WITHIN GROUP (ORDER BY ratio) AS ratios FROM ratio
    ), each AS (
        SELECT shortest, count(*) AS gaps,
               percentile_disc(%(percentiles)s::float8[]) WITHIN GROUP (ORDER BY ratio) AS ratios
        FROM ratio GROUP BY shortest
    )
    INSERT INTO customers_rhythm (shortest_days, longest_days, gaps, ratios)
    SELECT rhythm.shortest, rhythm.longest, coalesce(each.gaps, 0),
           CASE WHEN each.gaps >= %(enough)s THEN each.ratios ELSE everyone.ratios END
    FROM unnest(%(shortest)s::int[], %(longest)s::int[]) AS rhythm (shortest, longest)
    CROSS JOIN everyone LEFT JOIN each USING (shortest)
    WHERE everyone.ratios IS NOT NULL
"""


@transaction.atomic
def rebuild(now: datetime) -> CycleRebuild:
    """Compute every cycle from the orders placed before a moment, and what is then expected of every buyer.

    Statements over whole tables, however many customers there are; memory for sorting is taken for this one
    transaction.
    """
    today = timezone.localdate(now, timezone.get_default_timezone())
    with connection.cursor() as cursor:
        # Nothing is known of how many rows the steps of a statement have; a wrong guess must not compare all with all.
        cursor.execute("SET LOCAL work_mem = '256MB'; SET LOCAL enable_nestloop = off")
        for subject in (CATEGORY, PRODUCT):
            _rebuild_cycles(cursor, subject, {"until": now, "today": today})
        gaps = _rebuild_rhythms(cursor, now)
        cursor.execute("SET LOCAL enable_nestloop = on")
    renew(today)
    return CycleRebuild.objects.create(
        as_of=now,
        finished_at=timezone.now(),
        gaps=gaps,
        categories=CategoryCycle.objects.count(),
        products=ProductCycle.objects.count(),
    )


def _rebuild_cycles(cursor: CursorWrapper, subject: Subject, parameters: dict[str, object]) -> None:
    _keep_pauses(cursor, pauses_of(subject), parameters)
    cursor.execute(f"DELETE FROM {subject.table}")
    statement = CYCLES.format(
        own=own_cycles("SELECT * FROM cycle_pauses"),
        days=borrowed_or_own("own", "cycle"),
        table=subject.table,
        column=subject.column,
        confidence=confidence(lower="lower_quartile", median="median_days", upper="upper_quartile", gaps="gaps"),
    )
    known = {"percentiles": PERCENTILES, "bars": BARS, "bar_days": BAR_DAYS, "due_soon": DUE_SOON_DAYS}
    cursor.execute(statement, parameters | known)


def _rebuild_rhythms(cursor: CursorWrapper, now: datetime) -> int:
    """Return between how many purchases there were pauses."""
    gaps = _keep_pauses(cursor, ANY_PURCHASE, {"until": now})
    cursor.execute("DELETE FROM customers_rhythm")
    shortest, longest = zip(*RHYTHMS, strict=True)
    known = {"percentiles": PERCENTILES, "enough": ENOUGH_FOR_A_RHYTHM}
    cursor.execute(RATIOS, known | {"shortest": list(shortest), "longest": list(longest)})
    return gaps


def _keep_pauses(cursor: CursorWrapper, pauses: str, parameters: dict[str, object]) -> int:
    """Put the pauses into a table for this transaction; return how many rows there are."""
    cursor.execute("DROP TABLE IF EXISTS cycle_pauses")
    cursor.execute(f"CREATE TEMPORARY TABLE cycle_pauses ON COMMIT DROP AS {pauses}", parameters)
    kept = cursor.rowcount
    cursor.execute("ANALYZE cycle_pauses")
    return kept
