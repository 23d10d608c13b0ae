"""What marketing cost in a period, for the KPIs that subtract or divide it."""

from collections.abc import Sequence

from analytics.kpis.counts import ask
from analytics.kpis.slices import EVERYBODY, Slice
from analytics.periods import Period

SPEND = """
SELECT coalesce(round(sum(amount * shared_days::numeric / month_days)), 0)
  FROM period LEFT JOIN LATERAL (
       SELECT amount, (month + interval '1 month')::date - month AS month_days,
              least(last + 1, (month + interval '1 month')::date) - greatest(first, month) AS shared_days
         FROM analytics_marketingspend
        WHERE month <= last AND month + interval '1 month' > first AND (%(source)s::text IS NULL OR source = %(source)s)
       ) AS spent ON true
 GROUP BY place ORDER BY place
"""


def spend(periods: Sequence[Period], within: Slice = EVERYBODY) -> list[int]:
    """Return the marketing spend of each period in won, of one source where the slice has one.

    A month partly inside counts by its days. Segment, store and cohort are left out of account.
    """
    return [int(amount) for (amount,) in ask(SPEND, periods, within)]
