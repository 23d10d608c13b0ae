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


def _score(is_beyond: str) -> str:
    """Return the SQL of one more than how many of the four cut points a comparison says are passed."""
    return f"(1 + {' + '.join(f'({is_beyond.format(number)})::int' for number in range(1, len(FRACTIONS) + 1))})"


STATISTICS = "customers_customerstats"
# The same from the orders, as it was when a month began: put down once, and read three times.
THEN = "rfm_buyers_then"
PUT_DOWN_THEN = f"""
    CREATE TEMPORARY TABLE {THEN} AS
    SELECT customer_id, count(*)::int AS order_count, sum(revenue)::bigint AS paid_total,
           max(placed_at) AS last_order_at
    FROM customers_order
    WHERE is_purchase AND customer_id IS NOT NULL
      AND placed_at < %(today)s::date::timestamp AT TIME ZONE 'Asia/Seoul'
    GROUP BY customer_id
"""
# Recency is counted in days, but moments are sorted: a later moment is never more days ago, so it is the same one.
CUT_BY = {"recency": "last_order_at DESC", "frequency": "order_count", "monetary": "paid_total"}
# Three queries as one, so that PostgreSQL may give each to a worker of its own. Texts, as one column has one type.
THRESHOLDS = "SELECT name, buyers, cuts FROM ({}) AS cut".format(
    " UNION ALL ".join(
        f"SELECT '{name}' AS name, count(*) AS buyers,"
        f" percentile_disc(%(fractions)s::float8[]) WITHIN GROUP (ORDER BY {order})::text[] AS cuts"
        " FROM {buyers} WHERE order_count > 0"
        for name, order in CUT_BY.items()
    )
)
# One more than how many cut points lie below; of recency, than how many days at which a score begins have come. Plain
# comparisons, as every row is asked: `width_bucket` over an array takes several times as long.
R = _score("last_order_at >= (%(recent_from)s::timestamptz[])[{}]")
F = _score("order_count > (%(frequency)s::int[])[{}]")
M = _score("paid_total > (%(monetary)s::bigint[])[{}]")
NAME = f"(%(names)s::text[])[{R} * 5 - 5 + ({F} + {M} + 1) / 2]"
STORED_NAME = "(%(names)s::text[])[recency_score * 5 - 5 + (frequency_score + monetary_score + 1) / 2]"
SCORED = f"customer_id, {R} AS r, {F} AS f, {M} AS m, {NAME} AS name"
# Only what changed is written: most scores of yesterday are those of today. Found by a query of its own, which several
# workers share. The name follows from the scores, so it is looked up for those that are stored. Who bought nothing, any
# more, has no scores.
FIND_CHANGED = f"""
    CREATE TEMPORARY TABLE rfm_changed AS
    SELECT order_count > 0 AS buys, {SCORED} FROM {STATISTICS}
    WHERE CASE WHEN order_count > 0
               THEN (recency_score, frequency_score, monetary_score) IS DISTINCT FROM ({R}, {F}, {M})
                    OR rfm_group <> {STORED_NAME}
               ELSE recency_score IS NOT NULL END
"""
WRITE_CHANGED = f"""
    UPDATE {STATISTICS} AS stats
    SET recency_score = CASE WHEN buys THEN r END, frequency_score = CASE WHEN buys THEN f END,
        monetary_score = CASE WHEN buys THEN m END, rfm_group = CASE WHEN buys THEN name ELSE '' END
    FROM rfm_changed AS changed WHERE stats.customer_id = changed.customer_id
"""
# The month is counted, and each buyer's group put down; again only where it is another than a month ago.
BEGIN_MONTH = f"""
    WITH scored AS MATERIALIZED (SELECT paid_total, {SCORED} FROM {THEN}), counted AS (
        INSERT INTO customers_rfmmonth (month, recency_score, frequency_score, monetary_score, customers, revenue)
        SELECT %(today)s::date, r, f, m, count(*), sum(paid_total) FROM scored GROUP BY r, f, m
    )
    UPDATE {STATISTICS} AS stats SET group_at_month_start = coalesce(scored.name, '')
    FROM {STATISTICS} AS stored LEFT JOIN scored USING (customer_id)
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
        cursor.execute("SET LOCAL work_mem = '128MB'")  # three sorts of a million values each
        buyers, cuts = _thresholds(cursor, STATISTICS, today)
        cursor.execute(FIND_CHANGED, _parameters(today, cuts))
        cursor.execute(WRITE_CHANGED)
        cursor.execute("DROP TABLE rfm_changed")
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
        cursor.execute(PUT_DOWN_THEN, {"today": month})
        buyers, cuts = _thresholds(cursor, THEN, month)
        if buyers:
            cursor.execute(BEGIN_MONTH, _parameters(month, cuts))
        cursor.execute(f"DROP TABLE {THEN}")
    return bool(buyers)


def thresholds(today: date) -> tuple[int, dict[str, list[int]]]:
    """Return how many buyers there are and the cut points of a day (KST), as the statistics stand; stores nothing."""
    with connection.cursor() as cursor:
        return _thresholds(cursor, STATISTICS, today)


def _thresholds(cursor: CursorWrapper, buyers: str, today: date) -> tuple[int, dict[str, list[int]]]:
    """Return how many buyers a table has, and the four cut points of each score; no cut points without buyers."""
    cursor.execute(THRESHOLDS.format(buyers=buyers), {"fractions": FRACTIONS})
    found = {name: (count, cuts or []) for name, count, cuts in cursor.fetchall()}
    seoul = timezone.get_default_timezone()
    moments = [datetime.fromisoformat(text) for text in found["recency"][1]]
    days = [(today - timezone.localdate(moment, seoul)).days for moment in moments]
    numbers = {name: [int(text) for text in found[name][1]] for name in ("frequency", "monetary")}
    return found["recency"][0], {"recency": days, **numbers}


def _parameters(today: date, cuts: dict[str, list[int]]) -> dict[str, Any]:
    """Return what the statements are given; a recency score begins with the day that many days ago."""
    beginnings = sorted(start_of_day(today - timedelta(days=days)) for days in cuts["recency"])
    names = [name.value for _recency, row in sorted(GRID.items()) for name in row]
    return {"today": today, "recent_from": beginnings, "names": names, **cuts}
