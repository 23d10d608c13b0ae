"""What customers are worth and what they cost: CLV by the formula, so far and predicted; CAC; the average order."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from analytics.kpis import formulas, prediction, rules
from analytics.kpis.counts import BUYERS, ask, of_persons
from analytics.kpis.kpi import WORTH, Group, Input, Reading, kpi, whole
from analytics.kpis.slices import EVERYBODY, Slice
from analytics.kpis.spending import spend
from analytics.periods import Period

# How long a customer is expected to stay, for CLV. An assumption, and shown as one.
LIFETIME_DAYS = 730

PURCHASES = "coalesce(sum(revenue), 0), coalesce(sum(orders), 0), count(customer_id)"
# First purchases are those of the statistics; in a slice with a store, those that were made there.
NEW = """
SELECT customer_id, first_order_at, paid_total FROM people
 WHERE first_order_at >= starts AND first_order_at < ends
   AND (%(store)s::bigint IS NULL OR EXISTS (
        SELECT FROM made WHERE made.customer_id = people.customer_id AND placed_at = first_order_at))
"""
# One reading of the purchases for all periods: by day first, then added up to each period's end.
SO_FAR = """
, days AS (
    SELECT (placed_at AT TIME ZONE 'Asia/Seoul')::date AS day, sum(revenue) AS revenue FROM bought GROUP BY 1
), begun AS (
    SELECT day, count(*) AS buyers
      FROM (SELECT (min(placed_at) AT TIME ZONE 'Asia/Seoul')::date AS day FROM bought GROUP BY customer_id) AS buyer
     GROUP BY day
)
SELECT coalesce((SELECT sum(revenue) FROM days WHERE day <= last), 0),
       coalesce((SELECT sum(buyers) FROM begun WHERE day <= last), 0)
  FROM period ORDER BY place
"""
BUYERS_SO_FAR = """
SELECT customer_id, count(*) AS orders, sum(revenue)::bigint AS revenue
  FROM bought WHERE placed_at < ends GROUP BY customer_id
"""
BOUGHT = Group(_("Customers who bought"), BUYERS, "revenue", _("revenue in the period"), rule=rules.buyers)
BOUGHT_BY_THEN = Group(
    _("Customers who had bought"), BUYERS_SO_FAR, "revenue", _("revenue so far"), rule=rules.bought_by_then
)
WON = Group(_("New customers"), NEW, "paid_total", _("revenue so far"), rule=rules.new_customers)
PREDICTED = Group(
    _("Customers who had bought"), prediction.PERSONS, "worth", _("expected in a year"), rule=rules.bought_by_then
)


class Purchases(NamedTuple):
    """What known customers bought: won, orders, and how many customers they were."""

    revenue: int
    orders: int
    buyers: int


def purchases(periods: Sequence[Period], within: Slice = EVERYBODY) -> list[Purchases]:
    """Return revenue, orders and buyers of each period."""
    rows = ask(of_persons(BUYERS, PURCHASES), periods, within)
    return [Purchases(int(revenue), int(orders), buyers) for revenue, orders, buyers in rows]


def new_customers(periods: Sequence[Period], within: Slice = EVERYBODY) -> list[int]:
    """Return how many customers bought for the first time ever in each period."""
    return [count for (count,) in ask(of_persons(NEW, "count(customer_id)"), periods, within)]


@kpi(
    "clv",
    label=_("Customer lifetime value (CLV)"),
    question=_("What is a customer worth over the time they stay?"),
    formula=_("average order × purchases over the lifetime − acquisition cost"),
    example="50,000 × 24 − 100,000 = 1,100,000",
    what_counts=_(
        "Orders of known customers. Purchases over the lifetime are those of the period per buyer, carried on for two "
        "years. The acquisition cost is the period's CAC, or nothing where no spend or no new customer is recorded."
    ),
    topic=WORTH,
    unit="won",
    numerator=BOUGHT,
    denominator=BOUGHT,
)
def lifetime_value(periods: Sequence[Period], within: Slice = EVERYBODY) -> list[Reading]:
    """Measure CLV. The numerator is what all buyers of the period bring, the denominator how many they are.

    Winning a customer costs what it costs from their source, or in the whole shop where the slice has no own spend.
    """
    costs = acquisition_cost(periods, Slice(source=within.source))
    rows = zip(periods, purchases(periods, within), costs, strict=True)
    return [_lifetime_value(period, bought, cost.value) for period, bought, cost in rows]


def _lifetime_value(period: Period, bought: Purchases, cost: Decimal | None) -> Reading:
    if not bought.buyers:
        return Reading(None, 0, 0, ())
    average = Decimal(bought.revenue) / bought.orders
    times = Decimal(bought.orders) / bought.buyers * LIFETIME_DAYS / period.days
    value = formulas.customer_lifetime_value(average_order=average, purchases=times, acquisition_cost=cost or 0)
    inputs = (
        Input(_("average order"), average, "won"),
        Input(_("purchases over the lifetime"), times, "times"),
        Input(_("acquisition cost"), cost, "won"),
        Input(_("expected lifetime (assumed)"), LIFETIME_DAYS, "days"),
    )
    return Reading(value, whole(value * bought.buyers), bought.buyers, inputs)


@kpi(
    "clv_historic",
    label=_("Revenue per customer so far"),
    question=_("What has a customer brought until now?"),
    formula=_("revenue until the end of the period ÷ customers who had bought by then"),
    example="1,200,000,000 ÷ 4,000 = 300,000",
    what_counts=_(
        "All purchases of known customers up to the last day, however long ago. Nothing is assumed and no cost is "
        "taken off: what CLV promises can be held against it."
    ),
    topic=WORTH,
    unit="won",
    numerator=BOUGHT_BY_THEN,
    denominator=BOUGHT_BY_THEN,
)
def value_so_far(periods: Sequence[Period], within: Slice = EVERYBODY) -> list[Reading]:
    """Measure the revenue per customer up to the end of each period."""
    return [_per_buyer(int(revenue), int(buyers)) for revenue, buyers in ask(SO_FAR, periods, within)]


def _per_buyer(revenue: int, buyers: int) -> Reading:
    inputs = (Input(_("revenue so far"), revenue, "won"), Input(_("customers who had bought"), buyers, "people"))
    return Reading(formulas.divided(revenue, buyers), revenue, buyers, inputs)


@kpi(
    "clv_predicted",
    label=_("Expected revenue of the next year (predicted CLV)"),
    question=_("What will a customer bring in the year to come?"),
    formula=_("own average order × orders expected in 365 days × probability of still being a customer, on average"),
    example="50,000 × 12 × 0.8 = 480,000",
    what_counts=_(
        "A model, not a count: each customer goes on at their own pace; the longer the silence against their own "
        "pause, the less likely they are still a customer. Only facts up to the last day of the period go in."
    ),
    topic=WORTH,
    unit="won",
    numerator=PREDICTED,
    denominator=PREDICTED,
)
def expected_value(periods: Sequence[Period], within: Slice = EVERYBODY) -> list[Reading]:
    """Measure what customers known at the end of each period are expected to bring in the 365 days after."""
    rows = ask(of_persons(prediction.PERSONS, prediction.TOTALS), periods, within)
    return [_expected_value(int(worth), *rest) for worth, *rest in rows]


def _expected_value(worth: int, buyers: int, orders: Decimal | None, alive: Decimal | None) -> Reading:
    inputs = (
        Input(_("orders expected of a customer in a year"), orders, "times"),
        Input(_("probably still customers"), whole(alive) if alive is not None else None, "people"),
        Input(_("customers who had bought"), buyers, "people"),
    )
    return Reading(formulas.divided(worth, buyers), worth, buyers, inputs if buyers else ())


@kpi(
    "cac",
    label=_("Customer acquisition cost (CAC)"),
    question=_("What does it cost to win a customer?"),
    formula=_("marketing spend ÷ new customers"),
    example="5,000,000 ÷ 200 = 25,000",
    what_counts=_(
        "Spend as entered by month; a month that lies only partly in the period counts by its days. A new customer is "
        "one whose first purchase ever lies in the period; signing up alone is not enough."
    ),
    topic=WORTH,
    unit="won",
    less_is_better=True,
    denominator=WON,
)
def acquisition_cost(periods: Sequence[Period], within: Slice = EVERYBODY) -> list[Reading]:
    """Measure CAC. Without any spend entered it is unknown, not free; so it is where spend cannot be told apart."""
    spends = spend(periods, within) if within.has_own_spend else [0 for _period in periods]
    return [_acquisition_cost(*row) for row in zip(spends, new_customers(periods, within), strict=True)]


def _acquisition_cost(spent: int, new: int) -> Reading:
    value = formulas.customer_acquisition_cost(spend=spent, new_customers=new) if spent else None
    inputs = (Input(_("marketing spend"), spent, "won"), Input(_("new customers"), new, "people"))
    return Reading(value, spent, new, inputs)


@kpi(
    "aov",
    label=_("Average order (AOV)"),
    question=_("How much is spent at a time?"),
    formula=_("revenue ÷ purchases"),
    example="90,000,000 ÷ 1,800 = 50,000",
    what_counts=_("Purchases of known customers in the period: paid − refunded − shipping."),
    topic=WORTH,
    unit="won",
    numerator=BOUGHT,
    denominator=BOUGHT,
)
def average_order(periods: Sequence[Period], within: Slice = EVERYBODY) -> list[Reading]:
    """Measure the average order. The denominator are purchases, not people."""
    return [_average_order(bought) for bought in purchases(periods, within)]


def _average_order(bought: Purchases) -> Reading:
    inputs = (
        Input(_("revenue"), bought.revenue, "won"),
        Input(_("purchases"), bought.orders, "orders"),
        Input(_("customers who bought"), bought.buyers, "people"),
    )
    return Reading(formulas.divided(bought.revenue, bought.orders), bought.revenue, bought.orders, inputs)
