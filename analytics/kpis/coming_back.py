"""Whether customers come back: retention, repeat purchases, the pause between, revenue of those who return."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from analytics.kpis import formulas, rules
from analytics.kpis.counts import BUYERS, IN_PERIOD, IN_SEOUL, ask, of_persons, repeat_buyers
from analytics.kpis.kpi import COMING_BACK, Group, Input, Reading, kpi
from analytics.kpis.slices import EVERYBODY, Slice
from analytics.kpis.worth import BOUGHT
from analytics.periods import Period

# Who bought within so many days before a period is a customer at its start.
CUSTOMER_FOR_DAYS = 365

# Two index probes a customer instead of reading a year of orders for each period.
KNOWN = f"""
SELECT known.customer_id, paid_total,
       EXISTS (SELECT FROM made WHERE made.customer_id = known.customer_id
                  AND placed_at >= starts - {CUSTOMER_FOR_DAYS} * interval '1 day' AND placed_at < starts) AS before,
       EXISTS (SELECT FROM made WHERE made.customer_id = known.customer_id AND {IN_PERIOD}) AS during
  FROM people AS known
 WHERE known.first_order_at < ends AND known.last_order_at >= starts - {CUSTOMER_FOR_DAYS} * interval '1 day'
"""
KEPT = "count(*) FILTER (WHERE before), count(*) FILTER (WHERE during), count(*) FILTER (WHERE during AND NOT before)"

# The day before each purchase day on which the same customer bought, however long ago: an index probe each.
PAUSES = f"""
SELECT today.customer_id, today.day - before.day AS pause
  FROM (SELECT DISTINCT customer_id, (placed_at {IN_SEOUL})::date AS day FROM bought WHERE {IN_PERIOD}) AS today
 CROSS JOIN LATERAL (
       SELECT (max(placed_at) {IN_SEOUL})::date AS day FROM made
        WHERE made.customer_id = today.customer_id AND placed_at < today.day::timestamp {IN_SEOUL}
       ) AS before
 WHERE before.day IS NOT NULL
"""
MEDIAN = "percentile_disc(0.5) WITHIN GROUP (ORDER BY pause)"
PAUSES_OF_PERIOD = f"{MEDIAN}, count(pause), count(DISTINCT customer_id)"
WAITED = f"SELECT customer_id, {MEDIAN} AS pause FROM ({PAUSES}) AS pauses GROUP BY customer_id"

# On the day of the first purchase ever a customer is new, and returning from the next on.
RETURNING = f"""
SELECT customer_id, coalesce(sum(revenue) FILTER (WHERE is_new), 0)::bigint AS new_revenue,
       coalesce(sum(revenue) FILTER (WHERE NOT is_new), 0)::bigint AS returning_revenue,
       bool_or(NOT is_new) AS has_returned
  FROM (
       SELECT bought.customer_id, revenue,
              (placed_at {IN_SEOUL})::date <= (first_order_at {IN_SEOUL})::date AS is_new
         FROM bought JOIN people ON people.customer_id = bought.customer_id WHERE {IN_PERIOD}
       ) AS purchase
 GROUP BY customer_id
"""
NEW_AND_RETURNING = """
coalesce(sum(new_revenue), 0), coalesce(sum(returning_revenue), 0), count(*) FILTER (WHERE has_returned)
"""
CAME_BACK = Group(_("Customers who came back"), WAITED, "pause", _("median pause"), unit="days")


@kpi(
    "crr",
    label=_("Customer retention rate (CRR)"),
    question=_("How many of our customers stayed?"),
    formula=_("(customers at the end − new ones) ÷ customers at the start"),
    example="(115 − 20) ÷ 100 = 95 %",
    what_counts=_(
        "At the start: who bought in the 365 days before the period. At the end: who bought in the period. New: those "
        "of them who were not customers at the start. So the rate is the share of last year's customers who bought."
    ),
    topic=COMING_BACK,
    unit="share",
    usual_days=30,
    numerator=Group(
        _("Customers who stayed"),
        KNOWN,
        "paid_total",
        _("revenue so far"),
        where="before AND during",
        rule=rules.kept_customers(CUSTOMER_FOR_DAYS),
    ),
    denominator=Group(
        _("Customers at the start"),
        KNOWN,
        "paid_total",
        _("revenue so far"),
        where="before",
        rule=rules.customers_before(CUSTOMER_FOR_DAYS),
    ),
)
def retention_rate(periods: Sequence[Period], within: Slice = EVERYBODY) -> list[Reading]:
    """Measure CRR."""
    return [_retention_rate(*row) for row in ask(of_persons(KNOWN, KEPT), periods, within)]


def _retention_rate(at_start: int, at_end: int, new: int) -> Reading:
    value = formulas.customer_retention_rate(at_start=at_start, at_end=at_end, new=new)
    inputs = (
        Input(_("customers at the start"), at_start, "people"),
        Input(_("customers at the end"), at_end, "people"),
        Input(_("new ones"), new, "people"),
    )
    return Reading(value, at_end - new, at_start, inputs)


@kpi(
    "rpr",
    label=_("Repeat purchase rate (RPR)"),
    question=_("How many buyers came back?"),
    formula=_("customers with two or more purchases ÷ customers who bought"),
    example="300 ÷ 1,000 = 30 %",
    what_counts=_("Purchases of known customers within the period. Cancelled and unpaid orders do not count."),
    topic=COMING_BACK,
    unit="share",
    numerator=Group(
        _("Customers who bought twice or more"),
        BUYERS,
        "orders",
        _("purchases in the period"),
        unit="orders",
        where="orders > 1",
        rule=rules.repeat_buyers,
    ),
    denominator=BOUGHT,
)
def repeat_rate(periods: Sequence[Period], within: Slice = EVERYBODY) -> list[Reading]:
    """Measure RPR."""
    return [_repeat_rate(repeaters, buyers) for repeaters, buyers in repeat_buyers(periods, within)]


def _repeat_rate(repeaters: int, buyers: int) -> Reading:
    value = formulas.repeat_purchase_rate(repeat_buyers=repeaters, buyers=buyers)
    inputs = (
        Input(_("bought twice or more"), repeaters, "people"),
        Input(_("customers who bought"), buyers, "people"),
    )
    return Reading(value, repeaters, buyers, inputs)


@kpi(
    "interval",
    label=_("Repurchase interval"),
    question=_("How long do customers wait before they buy again?"),
    formula=_("median of the days between a customer's purchase days"),
    example="7, 12, 30 → 12",
    what_counts=_(
        "Every pause that ended in the period, from the purchase day before, however long ago. Several purchases on "
        "one day are one. The numerator is how many pauses there were, the denominator whose they were."
    ),
    topic=COMING_BACK,
    unit="days",
    less_is_better=True,
    numerator=CAME_BACK,
    denominator=CAME_BACK,
)
def repurchase_interval(periods: Sequence[Period], within: Slice = EVERYBODY) -> list[Reading]:
    """Measure the median pause that ended in each period, in days."""
    return [_interval(*row) for row in ask(of_persons(PAUSES, PAUSES_OF_PERIOD), periods, within)]


def _interval(median: int | None, pauses: int, customers: int) -> Reading:
    inputs = (
        Input(_("pauses that ended"), pauses, "count"),
        Input(_("customers who came back"), customers, "people"),
    )
    return Reading(None if median is None else Decimal(median), pauses, customers, inputs)


@kpi(
    "returning",
    label=_("Revenue from returning customers"),
    question=_("Do regulars carry the shop, or new customers?"),
    formula=_("revenue of returning customers ÷ revenue of known customers"),
    example="72,000,000 ÷ 90,000,000 = 80 %",
    what_counts=_(
        "A customer is new on the day of their first purchase ever, and returning from the next day on. Guests are "
        "neither."
    ),
    topic=COMING_BACK,
    unit="share",
    numerator=Group(
        _("Returning customers"),
        RETURNING,
        "returning_revenue",
        _("revenue as a returning customer"),
        where="has_returned",
    ),
    denominator=BOUGHT,
)
def returning_revenue(periods: Sequence[Period], within: Slice = EVERYBODY) -> list[Reading]:
    """Measure how much of the revenue came from customers who had bought before."""
    rows = ask(of_persons(RETURNING, NEW_AND_RETURNING), periods, within)
    return [_returning(int(new), int(returning), people) for new, returning, people in rows]


def _returning(new: int, returning: int, people: int) -> Reading:
    inputs = (
        Input(_("revenue from new customers"), new, "won"),
        Input(_("revenue from returning customers"), returning, "won"),
        Input(_("returning customers"), people, "people"),
    )
    return Reading(formulas.divided(returning, new + returning), returning, new + returning, inputs)
