"""Recency, frequency, monetary: every buyer scored from 1 to 5 in each, and named by what the scores mean.

Thresholds are percentiles over all buyers (`percentile_disc`), not `ntile`: equal customers get equal scores, two runs
give the same, and the cut points can be shown. Recency counts whole days (KST) since the last purchase.
"""

from datetime import date, datetime

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from customers.models import RfmMonth, RfmScoring
from customers.models.stats import RfmGroup

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
    SELECT customer_id, order_count, paid_total,
           %(today)s::date - (last_order_at AT TIME ZONE 'Asia/Seoul')::date AS days
    FROM customers_customerstats WHERE order_count > 0
"""
# The same from the orders, as it was when a day began.
BUYERS_THEN = """
    SELECT customer_id, count(*) AS order_count, sum(revenue)::bigint AS paid_total,
           %(today)s::date - (max(placed_at) AT TIME ZONE 'Asia/Seoul')::date AS days
    FROM customers_order
    WHERE is_purchase AND customer_id IS NOT NULL
      AND placed_at < %(today)s::date::timestamp AT TIME ZONE 'Asia/Seoul'
    GROUP BY customer_id
"""
THRESHOLDS = """
    SELECT count(*),
           percentile_disc(%(fractions)s::float8[]) WITHIN GROUP (ORDER BY days),
           percentile_disc(%(fractions)s::float8[]) WITHIN GROUP (ORDER BY order_count),
           percentile_disc(%(fractions)s::float8[]) WITHIN GROUP (ORDER BY paid_total)
    FROM ({buyers}) AS buyers
"""
# `cut_points_below(value)`: how many of the four cut points the value exceeds.
BELOW = "(SELECT count(*) FROM unnest(%({cuts})s::bigint[]) AS cut WHERE {value} > cut)"
SCORED = f"""
    SELECT customer_id, paid_total,
           5 - {BELOW.format(cuts="recency", value="days")} AS r,
           1 + {BELOW.format(cuts="frequency", value="order_count")} AS f,
           1 + {BELOW.format(cuts="monetary", value="paid_total")} AS m
    FROM ({{buyers}}) AS buyers
"""
NAMED = f"""
    SELECT scores.*, grid.name FROM ({SCORED}) AS scores
    JOIN unnest(%(grid_r)s::int[], %(grid_fm)s::int[], %(grid_name)s::text[]) AS grid (r, fm, name)
         ON grid.r = scores.r AND grid.fm = (scores.f + scores.m + 1) / 2
"""
# Only what changed is written: most scores of yesterday are those of today.
WRITE = f"""
    UPDATE customers_customerstats AS stats
    SET recency_score = scored.r, frequency_score = scored.f, monetary_score = scored.m, rfm_group = scored.name
    FROM (
        SELECT stored.customer_id, scores.r, scores.f, scores.m, coalesce(scores.name, '') AS name
        FROM customers_customerstats AS stored LEFT JOIN ({NAMED.format(buyers=BUYERS)}) AS scores USING (customer_id)
    ) AS scored (customer_id, r, f, m, name)
    WHERE stats.customer_id = scored.customer_id
      AND (stats.recency_score, stats.frequency_score, stats.monetary_score, stats.rfm_group)
          IS DISTINCT FROM (scored.r::smallint, scored.f::smallint, scored.m::smallint, scored.name::varchar)
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
        cursor.execute(WRITE, {"today": today, **cuts, **GRID_PARAMETERS})
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
            cursor.execute(BEGIN_MONTH, {"today": month, **cuts, **GRID_PARAMETERS})
    return bool(buyers)


def thresholds(today: date) -> tuple[int, dict[str, list[int]]]:
    """Return how many buyers there are and the cut points of a day (KST), as the statistics stand; stores nothing."""
    with connection.cursor() as cursor:
        return _thresholds(cursor, BUYERS, today)


def _thresholds(cursor: CursorWrapper, buyers: str, today: date) -> tuple[int, dict[str, list[int]]]:
    """Return how many buyers there are and the four cut points of each score; no cut points without buyers."""
    cursor.execute(THRESHOLDS.format(buyers=buyers), {"today": today, "fractions": FRACTIONS})
    count, *cuts = cursor.fetchone()
    return count, dict(zip(("recency", "frequency", "monetary"), (each or [] for each in cuts), strict=True))


def _grid_parameters() -> dict[str, list]:
    cells = [(r, fm, name.value) for r, row in GRID.items() for fm, name in enumerate(row, start=1)]
    rows, columns, names = zip(*cells, strict=True)
    return {"grid_r": list(rows), "grid_fm": list(columns), "grid_name": list(names)}


GRID_PARAMETERS = _grid_parameters()
