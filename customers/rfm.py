"""Recency, frequency, monetary: every buyer scored from 1 to 5 in each, and named by what the scores mean.

Thresholds are percentiles over all buyers (`percentile_disc`), not `ntile`: equal customers get equal scores, two runs
give the same, and the cut points can be shown. Recency counts whole days (KST) since the last purchase.
"""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from customers.models import RfmMonth, RfmScoring
from customers.models.stats import RfmGroup
from customers.segments.clock import start_of_day

FRACTIONS = [0.2, 0.4, 0.6, 0.8]

# Rows: recency 5 (just bought) to 1. Columns: the mean of frequency and monetary, halves up, 1 to 5.
GRID = {
    5: [RfmGroup.NEW, RfmGroup.PROMISING, RfmGroup.PROMISING, RfmGroup.CHAMPIONS, RfmGroup.CHAMPIONS],
    4: [RfmGroup.NEW, RfmGroup.PROMISING, RfmGroup.LOYAL, RfmGroup.LOYAL, RfmGroup.CHAMPIONS],
    3: [RfmGroup.NEEDS_ATTENTION, RfmGroup.NEEDS_ATTENTION, RfmGroup.LOYAL, RfmGroup.LOYAL, RfmGroup.LOYAL],
    2: [RfmGroup.DORMANT, RfmGroup.DORMANT, RfmGroup.AT_RISK, RfmGroup.AT_RISK, RfmGroup.AT_RISK],
    1: [RfmGroup.LOST, RfmGroup.LOST, RfmGroup.AT_RISK, RfmGroup.AT_RISK, RfmGroup.AT_RISK],
}

BUYERS = """
    SELECT customer_id, order_count, paid_total, last_order_at FROM customers_customerstats WHERE order_count > 0
"""
# The same from the orders, as it was when a day began.
BUYERS_THEN = """
    SELECT customer_id, count(*) AS order_count, sum(revenue)::bigint AS paid_total, max(placed_at) AS last_order_at
    FROM customers_order
    WHERE is_purchase AND customer_id IS NOT NULL
      AND placed_at < %(today)s::date::timestamp AT TIME ZONE 'Asia/Seoul'
    GROUP BY customer_id
"""
# Recency is counted in days, but moments are sorted: a later moment is never more days ago, so it is the same one.
THRESHOLDS = """
    SELECT count(*),
           percentile_disc(%(fractions)s::float8[]) WITHIN GROUP (ORDER BY last_order_at DESC),
           percentile_disc(%(fractions)s::float8[]) WITHIN GROUP (ORDER BY order_count),
           percentile_disc(%(fractions)s::float8[]) WITHIN GROUP (ORDER BY paid_total)
    FROM ({buyers}) AS buyers
"""
# One more than how many cut points lie below; of recency, than how many days at which a score begins have come.
R = "(1 + width_bucket(last_order_at, %(recent_from)s::timestamptz[]))"
F = "(1 + width_bucket(order_count - 1, %(frequency)s::int[]))"
M = "(1 + width_bucket(paid_total - 1, %(monetary)s::bigint[]))"
NAME = f"(%(names)s::text[])[{R} * 5 - 5 + ({F} + {M} + 1) / 2]"
NAMED = f"SELECT customer_id, paid_total, {R} AS r, {F} AS f, {M} AS m, {NAME} AS name FROM ({{buyers}}) AS buyers"
# Each row from itself, joined with nothing. Only what changed is written: most scores of yesterday are those of today.
WRITE = f"""
    UPDATE customers_customerstats
    SET (recency_score, frequency_score, monetary_score, rfm_group) = ROW ({R}, {F}, {M}, {NAME})
    WHERE order_count > 0
      AND (recency_score, frequency_score, monetary_score, rfm_group) IS DISTINCT FROM ({R}, {F}, {M}, {NAME})
"""
# Who bought nothing, any more, has no scores.
UNWRITE = """
    UPDATE customers_customerstats
    SET recency_score = NULL, frequency_score = NULL, monetary_score = NULL, rfm_group = ''
    WHERE order_count = 0
      AND (recency_score, frequency_score, monetary_score, rfm_group) IS DISTINCT FROM (NULL, NULL, NULL, '')
"""
# The month is counted, and each buyer's group put down; again only where it is another than a month ago.
BEGIN_MONTH = f"""
    WITH scored AS MATERIALIZED ({NAMED.format(buyers=BUYERS_THEN)}), counted AS (
        INSERT INTO customers_rfmmonth (month, recency_score, frequency_score, monetary_score, customers, revenue)
        SELECT %(today)s::date, r, f, m, count(*), sum(paid_total) FROM scored GROUP BY r, f, m
    )
    UPDATE customers_customerstats AS stats SET group_at_month_start = coalesce(scored.name, '')
    FROM customers_customerstats AS stored LEFT JOIN scored USING (customer_id)
    WHERE stats.customer_id = stored.customer_id
      AND stats.group_at_month_start IS DISTINCT FROM coalesce(scored.name, '')
"""


def group_of(recency: int, frequency: int, monetary: int) -> RfmGroup:
    """Return the group of three scores, each 1 to 5."""
    return GRID[recency][(frequency + monetary + 1) // 2 - 1]


@transaction.atomic
def score_everyone(now: datetime) -> RfmScoring | None:
    """Score every buyer as of a moment, and keep the cut points; None where nobody has bought yet.

    A few statements whatever the number of customers; writes the rows whose scores changed. The first scoring of a
    month (KST) also puts down how the month began.
    """
    today = timezone.localdate(now, timezone.get_default_timezone())
    begin_month(today)
    with connection.cursor() as cursor:
        buyers, cuts = _thresholds(cursor, BUYERS, today)
        cursor.execute(WRITE, _parameters(today, cuts))
        cursor.execute(UNWRITE)
    if not buyers:
        return None
    return RfmScoring.objects.create(
        computed_at=now,
        buyers=buyers,
        recency_days=cuts["recency"],
        order_counts=cuts["frequency"],
        paid_totals=cuts["monetary"],
    )


@transaction.atomic
def begin_month(today: date) -> bool:
    """Put down each buyer's group, and how many had which scores, as the month of a day began; False if it was done.

    Read from the orders of before the month, so that it does not matter in which night of the month this runs first.
    """
    month = today.replace(day=1)
    if RfmMonth.objects.filter(month=month).exists():
        return False
    with connection.cursor() as cursor:
        buyers, cuts = _thresholds(cursor, BUYERS_THEN, month)
        if buyers:
            cursor.execute(BEGIN_MONTH, _parameters(month, cuts))
    return bool(buyers)


def thresholds(today: date) -> tuple[int, dict[str, list[int]]]:
    """Return how many buyers there are and the cut points of a day (KST), as the statistics stand; stores nothing."""
    with connection.cursor() as cursor:
        return _thresholds(cursor, BUYERS, today)


def _thresholds(cursor: CursorWrapper, buyers: str, today: date) -> tuple[int, dict[str, list[int]]]:
    """Return how many buyers there are and the four cut points of each score; no cut points without buyers."""
    cursor.execute(THRESHOLDS.format(buyers=buyers), {"today": today, "fractions": FRACTIONS})
    count, moments, order_counts, paid_totals = cursor.fetchone()
    seoul = timezone.get_default_timezone()
    days = [(today - timezone.localdate(moment, seoul)).days for moment in moments or []]
    return count, {"recency": days, "frequency": order_counts or [], "monetary": paid_totals or []}


def _parameters(today: date, cuts: dict[str, list[int]]) -> dict[str, Any]:
    """Return what the statements are given; a recency score begins with the day that many days ago."""
    beginnings = sorted(start_of_day(today - timedelta(days=days)) for days in cuts["recency"])
    names = [name.value for _recency, row in sorted(GRID.items()) for name in row]
    return {"today": today, "recent_from": beginnings, "names": names, **cuts}
