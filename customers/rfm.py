"""Recency, frequency, monetary: every buyer scored from 1 to 5 in each, and named by what the scores mean.

Thresholds are percentiles over all buyers (`percentile_disc`), not `ntile`: equal customers get equal scores, two runs
give the same, and the cut points can be shown. Recency counts whole days (KST) since the last purchase.
"""

from datetime import date, datetime

from django.db import connection, transaction
from django.utils import timezone

from customers.models import RfmScoring
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
THRESHOLDS = f"""
    SELECT count(*),
           percentile_disc(%(fractions)s::float8[]) WITHIN GROUP (ORDER BY days),
           percentile_disc(%(fractions)s::float8[]) WITHIN GROUP (ORDER BY order_count),
           percentile_disc(%(fractions)s::float8[]) WITHIN GROUP (ORDER BY paid_total)
    FROM ({BUYERS}) AS buyers
"""
# `cut_points_below(value)`: how many of the four cut points the value exceeds.
BELOW = "(SELECT count(*) FROM unnest(%({cuts})s::bigint[]) AS cut WHERE {value} > cut)"
SCORED = f"""
    SELECT customer_id,
           5 - {BELOW.format(cuts="recency", value="days")} AS r,
           1 + {BELOW.format(cuts="frequency", value="order_count")} AS f,
           1 + {BELOW.format(cuts="monetary", value="paid_total")} AS m
    FROM ({BUYERS}) AS buyers
"""
# Only what changed is written: most scores of yesterday are those of today.
WRITE = f"""
    UPDATE customers_customerstats AS stats
    SET recency_score = scored.r, frequency_score = scored.f, monetary_score = scored.m, rfm_group = scored.name
    FROM (
        SELECT stored.customer_id, scores.r, scores.f, scores.m, coalesce(grid.name, '') AS name
        FROM customers_customerstats AS stored
        LEFT JOIN ({SCORED}) AS scores USING (customer_id)
        LEFT JOIN unnest(%(grid_r)s::int[], %(grid_fm)s::int[], %(grid_name)s::text[]) AS grid (r, fm, name)
               ON grid.r = scores.r AND grid.fm = (scores.f + scores.m + 1) / 2
    ) AS scored (customer_id, r, f, m, name)
    WHERE stats.customer_id = scored.customer_id
      AND (stats.recency_score, stats.frequency_score, stats.monetary_score, stats.rfm_group)
          IS DISTINCT FROM (scored.r::smallint, scored.f::smallint, scored.m::smallint, scored.name::varchar)
"""


def group_of(recency: int, frequency: int, monetary: int) -> RfmGroup:
    """Return the group of three scores, each 1 to 5."""
    return GRID[recency][(frequency + monetary + 1) // 2 - 1]


@transaction.atomic
def score_everyone(now: datetime) -> RfmScoring | None:
    """Score every buyer as of a moment, and keep the cut points; None where nobody has bought yet.

    Two statements whatever the number of customers; writes the rows whose scores changed.
    """
    parameters: dict[str, date | list] = {"today": timezone.localdate(now), "fractions": FRACTIONS}
    with connection.cursor() as cursor:
        cursor.execute(THRESHOLDS, parameters)
        buyers, recency, frequency, monetary = cursor.fetchone()
        cuts = {"recency": recency or [], "frequency": frequency or [], "monetary": monetary or []}
        cursor.execute(WRITE, parameters | cuts | _grid_parameters())
    if not buyers:
        return None
    return RfmScoring.objects.create(
        computed_at=now, buyers=buyers, recency_days=recency, order_counts=frequency, paid_totals=monetary
    )


def _grid_parameters() -> dict[str, list]:
    cells = [(r, fm, name.value) for r, row in GRID.items() for fm, name in enumerate(row, start=1)]
    rows, columns, names = zip(*cells, strict=True)
    return {"grid_r": list(rows), "grid_fm": list(columns), "grid_name": list(names)}
