"""The KPIs: each a registered function of periods, with its formula, its inputs and a worked example.

`docs/kpis.md` says the same in prose. A KPI costs one function here: the board, the API and the command find it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Min
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from analytics.errors import UnknownKpi
from analytics.kpis import counts, formulas
from analytics.periods import Period, period_between
from crm_project.registry import Registry
from customers.models import CustomerStats

# How long a customer is expected to stay, for CLV. An assumption, and shown as one.
LIFETIME_DAYS = 730

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Input:
    """A number that went into a KPI. `unit`: won, people, orders, times or days."""

    label: Words
    value: Decimal | int | None
    unit: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A KPI's value for a period. `value` is won or a share of one; None where there is nobody to divide by."""

    value: Decimal | None
    numerator: int
    denominator: int
    inputs: tuple[Input, ...]


@dataclass(frozen=True, slots=True)
class Kpi:
    """What a KPI is: its name, its words, and how it is measured for several periods at once."""

    name: str
    label: Words
    question: Words
    formula: Words
    example: str
    what_counts: Words
    unit: str  # "won" or "share"
    measure: Callable[[Sequence[Period]], list[Reading]]
    less_is_better: bool = False
    usual_days: int | None = None  # asked for without a period: so many days, or everything since the first order

    def usual_period(self, *, first: str | None = None, last: str | None = None) -> Period:
        """Return the period between two days as people type them, or the usual one where they say nothing.

        Raises:
            PeriodRefused: not a day, or the wrong way round.
        """
        if first:
            return period_between(first, last)
        return period_between(None, last, default_days=self.usual_days) if self.usual_days else everything_until(last)

    def read(self, period: Period) -> Reading:
        """Return the value for one period."""
        return self.measure([period])[0]


KPIS: Registry[Kpi] = Registry("KPI")


def kpi(name: str, **told: Any) -> Callable:
    """Register the decorated measure as the KPI of that name; `told` are the fields of `Kpi`."""

    def register(measure: Callable[[Sequence[Period]], list[Reading]]) -> Callable:
        KPIS.register(name, Kpi(name=name, measure=measure, **told))
        return measure

    return register


def find(name: str) -> Kpi:
    """Return the KPI of that name, upper or lower case.

    Raises:
        UnknownKpi: there is none.
    """
    found = KPIS.get(name.lower())
    if found is None:
        raise UnknownKpi(
            _("There is no KPI “%(name)s”. There are: %(names)s.") % {"name": name, "names": ", ".join(KPIS.names())}
        )
    return found


def everything_until(last: str | None) -> Period:
    """Return the period from the day of the first purchase to the day `last` (today)."""
    end = period_between(None, last, default_days=1)
    bought_first = CustomerStats.objects.aggregate(Min("first_order_at"))["first_order_at__min"]
    return Period(min(timezone.localdate(bought_first), end.last), end.last) if bought_first else end


def as_json(found: Kpi, period: Period) -> dict[str, object]:
    """Return the reading as the command and the API give it: won as whole numbers, shares as fractions of one."""
    reading = found.read(period)
    return {
        "name": found.name,
        "value": _plain(reading.value, found.unit),
        "numerator": reading.numerator,
        "denominator": reading.denominator,
        "from": period.first.isoformat(),
        "to": period.last.isoformat(),
    }


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
    unit="won",
)
def lifetime_value(periods: Sequence[Period]) -> list[Reading]:
    """Measure CLV. The numerator is what all buyers of the period bring, the denominator how many they are."""
    rows = zip(periods, counts.purchases(periods), acquisition_cost(periods), strict=True)
    return [_lifetime_value(period, bought, cost.value) for period, bought, cost in rows]


def _lifetime_value(period: Period, bought: counts.Purchases, cost: Decimal | None) -> Reading:
    if not bought.buyers:
        return Reading(None, 0, 0, ())
    average = Decimal(bought.revenue) / bought.orders
    purchases = Decimal(bought.orders) / bought.buyers * LIFETIME_DAYS / period.days
    value = formulas.customer_lifetime_value(average_order=average, purchases=purchases, acquisition_cost=cost or 0)
    inputs = (
        Input(_("average order"), average, "won"),
        Input(_("purchases over the lifetime"), purchases, "times"),
        Input(_("acquisition cost"), cost, "won"),
        Input(_("expected lifetime (assumed)"), LIFETIME_DAYS, "days"),
    )
    return Reading(value, _whole(value * bought.buyers), bought.buyers, inputs)


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
    unit="won",
    less_is_better=True,
)
def acquisition_cost(periods: Sequence[Period]) -> list[Reading]:
    """Measure CAC. Without any spend entered it is unknown, not free."""
    spends, news = counts.spend(periods), counts.new_customers(periods)
    return [_acquisition_cost(spend, new) for spend, new in zip(spends, news, strict=True)]


def _acquisition_cost(spend: int, new: int) -> Reading:
    value = formulas.customer_acquisition_cost(spend=spend, new_customers=new) if spend else None
    inputs = (Input(_("marketing spend"), spend, "won"), Input(_("new customers"), new, "people"))
    return Reading(value, spend, new, inputs)


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
    unit="share",
    usual_days=30,
)
def retention_rate(periods: Sequence[Period]) -> list[Reading]:
    """Measure CRR."""
    return [_retention_rate(*row) for row in counts.kept_customers(periods)]


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
    unit="share",
)
def repeat_rate(periods: Sequence[Period]) -> list[Reading]:
    """Measure RPR."""
    return [_repeat_rate(repeaters, buyers) for repeaters, buyers in counts.repeat_buyers(periods)]


def _repeat_rate(repeaters: int, buyers: int) -> Reading:
    value = formulas.repeat_purchase_rate(repeat_buyers=repeaters, buyers=buyers)
    inputs = (
        Input(_("bought twice or more"), repeaters, "people"),
        Input(_("customers who bought"), buyers, "people"),
    )
    return Reading(value, repeaters, buyers, inputs)


@kpi(
    "pcr",
    label=_("Purchase conversion rate (PCR)"),
    question=_("How many visitors bought?"),
    formula=_("visitors who bought ÷ visitors"),
    example="50 ÷ 1,000 = 5 %",
    what_counts=_(
        "A visitor is a person seen on the website or in the app in the period; one known customer is one visitor on "
        "however many devices. They bought if they have a purchase in the period, online or in a store."
    ),
    unit="share",
)
def conversion_rate(periods: Sequence[Period]) -> list[Reading]:
    """Measure PCR."""
    return [_conversion_rate(buyers, visitors) for buyers, visitors in counts.visitors_who_bought(periods)]


def _conversion_rate(buyers: int, visitors: int) -> Reading:
    value = formulas.purchase_conversion_rate(buyers=buyers, visitors=visitors)
    inputs = (Input(_("visitors who bought"), buyers, "people"), Input(_("visitors"), visitors, "people"))
    return Reading(value, buyers, visitors, inputs)


def _whole(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _plain(value: Decimal | None, unit: str) -> float | int | None:
    if value is None:
        return None
    return _whole(value) if unit == "won" else float(value)
