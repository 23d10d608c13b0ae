"""Who stays away, measured by their own cycle: churn over a period, the dormant and the lost at its end.

The repurchase risk of `customers.cycles.expectation`, read as of the day before a period and as of its last day: how
many in a hundred comparable pauses had ended by then. **Dormant** is from 90 on, only one in ten such pauses goes on
for longer; **lost** from 98 on, one in fifty. Cycles and rhythms are those known today.
"""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from analytics.kpis import formulas, rules
from analytics.kpis.counts import IN_SEOUL, ask, of_persons
from analytics.kpis.kpi import LEAVING, Group, Input, Reading, Words, kpi
from analytics.kpis.slices import EVERYBODY, Slice
from analytics.periods import Period
from customers.cycles.pauses import ENOUGH_OF_ONES_OWN

DORMANT_FROM, LOST_FROM = 90, 98

LAST_BEFORE = """
SELECT max(placed_at) AS at FROM made WHERE made.customer_id = people.customer_id AND placed_at < {moment}
"""


def _risk(last_at: str, day: str) -> str:
    """Return the SQL of the risk on a day after a last purchase, as `customers.cycles.expectation` has it."""
    waited = f"greatest({day} - ({last_at} {IN_SEOUL})::date, 0)"
    return f"""
        CASE WHEN {last_at} IS NULL THEN NULL
             WHEN cycle_gaps >= {ENOUGH_OF_ONES_OWN}
             THEN width_bucket({waited} / cycle_days::float8, rhythm.ratios)
             ELSE width_bucket({waited}, category.percentiles) END
    """


RISKS = f"""
SELECT customer_id, paid_total, {_risk("before.at", "(first - 1)")} AS risk_before, {_risk("now.at", "last")} AS risk
  FROM people
  LEFT JOIN customers_rhythm AS rhythm ON cycle_days BETWEEN rhythm.shortest_days AND rhythm.longest_days
  LEFT JOIN customers_categorycycle AS category ON category.category = people.cycle_category
 CROSS JOIN LATERAL ({LAST_BEFORE.format(moment="starts")}) AS before
 CROSS JOIN LATERAL ({LAST_BEFORE.format(moment="ends")}) AS now
 WHERE first_order_at < ends
"""
WAS_THERE = f"risk_before < {DORMANT_FROM}"
IS_DORMANT, IS_LOST = f"risk >= {DORMANT_FROM} AND risk < {LOST_FROM}", f"risk >= {LOST_FROM}"
CHURNED = f"""
count(*) FILTER (WHERE {WAS_THERE}), count(*) FILTER (WHERE {WAS_THERE} AND {IS_DORMANT}),
count(*) FILTER (WHERE {WAS_THERE} AND {IS_LOST})
"""
AWAY = f"count(risk), count(*) FILTER (WHERE {IS_DORMANT}), count(*) FILTER (WHERE {IS_LOST})"
SO_FAR = _("revenue so far")
WITH_A_CYCLE = Group(
    _("Customers with a known cycle"), RISKS, "paid_total", SO_FAR, where="risk IS NOT NULL", rule=rules.of_risk(0, 100)
)


@kpi(
    "churn",
    label=_("Churn rate"),
    question=_("How many customers stopped coming?"),
    formula=_("active customers who went dormant or were lost in the period ÷ customers active before it"),
    example="(40 + 10) ÷ 1,000 = 5 %",
    what_counts=_(
        "By each customer's own cycle. Active: repurchase risk below 90 on the day before the period. Dormant: 90 to "
        "97 on its last day. Lost: 98 and more. Where no cycle is known nobody can say, and they are left out."
    ),
    topic=LEAVING,
    unit="share",
    less_is_better=True,
    usual_days=30,
    numerator=Group(
        _("Customers who went dormant or were lost"),
        RISKS,
        "paid_total",
        SO_FAR,
        where=f"{WAS_THERE} AND risk >= {DORMANT_FROM}",
    ),
    denominator=Group(_("Customers active before"), RISKS, "paid_total", SO_FAR, where=WAS_THERE),
)
def churn_rate(periods: Sequence[Period], within: Slice = EVERYBODY) -> list[Reading]:
    """Measure churn."""
    return [_churn(*row) for row in ask(of_persons(RISKS, CHURNED), periods, within)]


def _churn(active: int, dormant: int, lost: int) -> Reading:
    inputs = (
        Input(_("active before the period"), active, "people"),
        Input(_("went dormant"), dormant, "people"),
        Input(_("were lost"), lost, "people"),
    )
    return Reading(formulas.divided(dormant + lost, active), dormant + lost, active, inputs)


@kpi(
    "dormant",
    label=_("Dormant customers"),
    question=_("How many are overdue, and can still be called back?"),
    formula=_("customers with a repurchase risk of 90 to 97 ÷ customers with a known cycle"),
    example="120 ÷ 1,000 = 12 %",
    what_counts=_(
        "On the last day of the period. Only one in ten of comparable pauses went on for longer than theirs, by their "
        "own cycle or that of a category they buy."
    ),
    topic=LEAVING,
    unit="share",
    less_is_better=True,
    usual_days=30,
    numerator=Group(
        _("Dormant customers"),
        RISKS,
        "paid_total",
        SO_FAR,
        where=IS_DORMANT,
        rule=rules.of_risk(DORMANT_FROM, LOST_FROM - 1),
    ),
    denominator=WITH_A_CYCLE,
)
def dormant_share(periods: Sequence[Period], within: Slice = EVERYBODY) -> list[Reading]:
    """Measure the share of dormant customers at the end of each period."""
    rows = ask(of_persons(RISKS, AWAY), periods, within)
    return [_share_of(_("dormant customers"), dormant, known) for known, dormant, _lost in rows]


@kpi(
    "lost",
    label=_("Lost customers"),
    question=_("How many have most likely gone for good?"),
    formula=_("customers with a repurchase risk of 98 and more ÷ customers with a known cycle"),
    example="80 ÷ 1,000 = 8 %",
    what_counts=_(
        "On the last day of the period. At most one in fifty of comparable pauses went on for longer than theirs."
    ),
    topic=LEAVING,
    unit="share",
    less_is_better=True,
    usual_days=30,
    numerator=Group(
        _("Lost customers"), RISKS, "paid_total", SO_FAR, where=IS_LOST, rule=rules.of_risk(LOST_FROM, 100)
    ),
    denominator=WITH_A_CYCLE,
)
def lost_share(periods: Sequence[Period], within: Slice = EVERYBODY) -> list[Reading]:
    """Measure the share of lost customers at the end of each period."""
    rows = ask(of_persons(RISKS, AWAY), periods, within)
    return [_share_of(_("lost customers"), lost, known) for known, _dormant, lost in rows]


def _share_of(label: Words, away: int, known: int) -> Reading:
    inputs = (Input(label, away, "people"), Input(_("customers with a known cycle"), known, "people"))
    return Reading(formulas.divided(away, known), away, known, inputs)
