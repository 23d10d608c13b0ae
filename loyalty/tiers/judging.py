"""The rules of tiers as one SQL query: credits, a ladder and a day in, where every customer stands out.

Pure: it reads and returns rows, stores nothing, and gives the same for the same day and credits. What it says:

* reached: the highest tier whose threshold the running window or the one before it holds. It is held at once.
* judged: the day a window ended, after the days of grace, by that day's evaluation alone: whoever bought just before
  midnight is not sent down by what is credited first, to rise with the rest. Only then does anyone go down, as the
  ladder's policy says; what came in during the grace counts for keeping, not for climbing.
* A tier given by hand holds until its end whatever is earned. Points spent play no part: only what was credited does.
"""

from collections.abc import Collection
from datetime import date
from typing import Any

from customers.segments.clock import start_of_day
from loyalty.models import TierRuleVersion
from loyalty.tiers.ladder import Ladder
from loyalty.tiers.windows import DAY, WINDOWS, Kind, dates_sql

# Whoever was merged into another is that other: both books are read as one (and apart again after an undo).
MERGED = "SELECT id, merged_into_id FROM customers_customer WHERE merged_into_id IS NOT NULL"

JUDGE = """
WITH merged AS MATERIALIZED ({merged}),
scope AS ({scope}),
dates AS (
    SELECT customer.id AS customer_id,
           {dates}
    FROM scope JOIN customers_customer AS customer ON customer.id = scope.customer_id
    WHERE customer.merged_into_id IS NULL AND customer.erased_at IS NULL
),
credited AS (
    SELECT coalesce(merged.merged_into_id, credit.customer_id) AS customer_id, business_date, {basis} AS amount
    FROM loyalty_tiercredit AS credit LEFT JOIN merged ON merged.id = credit.customer_id
    WHERE business_date <= {day} AND business_date >= {day} - make_interval(months => {lookback} + 2)
      AND {basis} <> 0 {among}
),
granted AS (
    SELECT coalesce(merged.merged_into_id, given.customer_id) AS customer_id,
           max(array_position(%(tiers)s::bigint[], given.tier_id)) AS rank
    FROM loyalty_tiergrant AS given LEFT JOIN merged ON merged.id = given.customer_id
    WHERE given.withdrawn_at IS NULL AND {day} BETWEEN given.starts_on AND given.ends_on
    GROUP BY 1
),
counted AS (
    SELECT dates.customer_id, dates.period_from, dates.next_from, dates.former_from, dates.window_from,
           dates.period_from + %(grace)s = {day} AS is_settled,
           dates.period_from + %(grace)s > {day} AS is_in_grace,
           coalesce(sum(amount) FILTER (WHERE business_date >= dates.window_from), 0)::bigint AS window_amount,
           coalesce(sum(amount) FILTER (
               WHERE business_date >= dates.former_from AND business_date < dates.period_from), 0)::bigint
               AS former_amount,
           coalesce(sum(amount) FILTER (
               WHERE business_date >= dates.former_from AND business_date < {day}), 0)::bigint AS kept_amount,
           coalesce(sum(amount) FILTER (WHERE business_date >= dates.former_from), 0)::bigint AS in_grace_amount,
           coalesce(sum(amount) FILTER (WHERE business_date >= dates.next_window_from), 0)::bigint
               AS next_amount
    FROM dates LEFT JOIN credited ON credited.customer_id = dates.customer_id
    GROUP BY dates.customer_id, dates.period_from, dates.next_from, dates.former_from, dates.window_from
),
stood AS (
    SELECT counted.*, standing.tier_id, standing.earned_tier_id, standing.since, standing.earned_since,
           standing.customer_id IS NOT NULL AS has_standing,
           -- 0: the tier left the ladder
           coalesce(array_position(%(tiers)s::bigint[], standing.earned_tier_id),
                    CASE WHEN standing.customer_id IS NULL THEN 1 ELSE 0 END) AS current_rank,
           coalesce(granted.rank, 0) AS granted_rank,
           greatest(1, width_bucket(greatest(window_amount, former_amount), %(thresholds)s::bigint[]))
               AS reached_rank,
           greatest(1, width_bucket(greatest(window_amount, former_amount, kept_amount), %(thresholds)s::bigint[]))
               AS settled_rank,
           -- late, it takes nothing reached after its day; run again, it takes no second step
           (%(is_evaluation)s AND is_settled AND coalesce(standing.earned_since <= %(midnight)s, false)
             AND NOT EXISTS (SELECT FROM loyalty_tierevaluation AS done
                              WHERE done.customer_id = counted.customer_id AND done.as_of = {day} AND done.is_judged))
               AS is_due
    FROM counted
    LEFT JOIN loyalty_tierstanding AS standing USING (customer_id)
    LEFT JOIN granted USING (customer_id)
),
judged AS (
    SELECT *, is_due OR current_rank = 0 OR {at_once} AS is_judged,
           CASE
               WHEN reached_rank >= current_rank THEN reached_rank
               WHEN %(downgrade)s = 'never' OR NOT (is_due OR {at_once}) THEN current_rank
               WHEN %(downgrade)s = 'one_down' THEN greatest(current_rank - 1, least(kept_rank, current_rank))
               ELSE least(kept_rank, current_rank)
           END AS earned_rank
    FROM (
        SELECT *, CASE WHEN is_due THEN settled_rank ELSE reached_rank END AS kept_rank FROM stood
    ) AS stood
),
held AS (
    SELECT *, greatest(earned_rank, granted_rank) AS holding_rank,
           CASE WHEN is_in_grace THEN greatest(in_grace_amount, window_amount) ELSE next_amount END AS keep_amount
    FROM judged
)
SELECT customer_id, is_judged, window_from, window_amount, former_from, former_amount,
       CASE WHEN is_due THEN kept_amount END AS kept_amount,
       current_rank, earned_rank, granted_rank, holding_rank,
       coalesce(tier_id, (%(tiers)s::bigint[])[1]) AS tier_before,
       coalesce(earned_tier_id, (%(tiers)s::bigint[])[1]) AS earned_before,
       -- what still counts on the last day of the running period is sure to suffice
       CASE WHEN holding_rank < cardinality(%(thresholds)s::bigint[])
            THEN greatest(1, (%(thresholds)s::bigint[])[holding_rank + 1] - next_amount) END AS next_missing,
       next_from - 1 AS reach_by,
       CASE WHEN %(downgrade)s = 'never' OR earned_rank = 1 OR granted_rank > earned_rank THEN 0
            ELSE greatest(0, (%(thresholds)s::bigint[])[earned_rank] - keep_amount) END AS keep_missing,
       CASE WHEN is_in_grace THEN period_from + %(grace)s ELSE next_from + %(grace)s END AS judged_on,
       since AS held_since, earned_since, has_standing
FROM held
"""

# Everyone who has a standing, or anything that could give one.
EVERYONE = f"""
    SELECT customer_id FROM loyalty_tierstanding
    UNION
    SELECT coalesce(merged.merged_into_id, credit.customer_id)
    FROM loyalty_tiercredit AS credit LEFT JOIN ({MERGED}) AS merged ON merged.id = credit.customer_id
"""
THESE = "SELECT unnest(%(customers)s::bigint[]) AS customer_id"
# The credits of these customers and of whom was merged into them.
AMONG_THESE = """AND credit.customer_id IN (
        SELECT unnest(%(customers)s::bigint[])
        UNION ALL SELECT id FROM merged WHERE merged_into_id = ANY (%(customers)s::bigint[]))"""
# Where returns lower tiers at once; nobody where they wait for the evaluation.
WHOM_A_RETURN_LOWERS = "customer_id = ANY (%(returned)s::bigint[])"


def judge_sql(ladder: Ladder, *, among: bool, at_once: str = WHOM_A_RETURN_LOWERS) -> str:
    """Return the query that judges everyone or, `among`, the customers given as the parameter `customers`.

    `at_once` is a condition on whom to judge whatever the day.
    """
    window = WINDOWS[Kind(ladder.window)]
    return JUDGE.format(
        merged=MERGED,
        scope=THESE if among else EVERYONE,
        among=AMONG_THESE if among else "",
        dates=dates_sql(ladder.window),
        basis=TierRuleVersion.Basis(ladder.basis).value,
        day=DAY,
        lookback=window.lookback,
        at_once=at_once,
    )


def judge_parameters(
    ladder: Ladder,
    as_of: date,
    *,
    is_evaluation: bool,
    customers: Collection[int] = (),
    returned: Collection[int] = (),
) -> dict[str, Any]:
    """Return what the query is asked with; `returned` are customers whom a return lowers without waiting.

    `is_evaluation`: judge those whose window ended, where it is the day for it.
    """
    return {
        "as_of": as_of,
        "is_evaluation": is_evaluation,
        "midnight": start_of_day(as_of),
        "months": ladder.window_months,
        "grace": ladder.grace_days,
        "downgrade": str(ladder.downgrade),
        "tiers": ladder.tier_ids,
        "thresholds": ladder.thresholds,
        "customers": list(customers),
        "returned": list(returned),
    }
