"""Spend by month and source beside the customers won by it: what one cost, and what they have brought since.

Spend is read as it was entered a moment ago. Customers are everybody, so what they brought is kept by a job: once for
the longest stretch that the page offers, of which the others are parts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from analytics import periods
from analytics.kpis import formulas
from analytics.models import MarketingSpend
from analytics.periods import Period
from analytics.rollups import kept
from analytics.statements import tuples

QUESTION = "spend:brought"
# How many months the page offers.
OFFERED = (6, 12, 24)

# Customers since a month, by the month (KST) of their first purchase ever and their source, and all they have paid.
BROUGHT = """
SELECT date_trunc('month', first_order_at AT TIME ZONE 'Asia/Seoul')::date AS month,
       acquisition_source AS source, count(*) AS customers, sum(paid_total)::bigint AS revenue
  FROM customers_customerstats AS stats JOIN customers_customer AS customer ON customer.id = stats.customer_id
 WHERE first_order_at >= %(starts)s
 GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Brought:
    """Won spent, customers won by it, and what these have paid until now."""

    spend: int = 0
    customers: int = 0
    revenue: int = 0

    def __add__(self, other: "Brought") -> "Brought":
        return Brought(self.spend + other.spend, self.customers + other.customers, self.revenue + other.revenue)

    @property
    def cost_of_one(self) -> Decimal | None:
        """Return the CAC in won; None without spend or customers."""
        if not self.spend:
            return None
        return formulas.customer_acquisition_cost(spend=self.spend, new_customers=self.customers)

    @property
    def roi(self) -> Decimal | None:
        """Return (revenue − spend) ÷ spend; None without spend."""
        return formulas.divided(self.revenue - self.spend, self.spend)


@dataclass(frozen=True, slots=True)
class Matrix:
    """Months by sources, newest month first; the source with the most spend first. `as_of`: customers and revenue."""

    months: Sequence[date]
    sources: Sequence[str]
    cells: dict[tuple[date, str], Brought]
    as_of: datetime

    def rows(self) -> list[tuple[date, list[Brought], Brought]]:
        """Return each month with its cells and their sum."""
        cells = {month: self._of(month) for month in self.months}
        return [(month, cells[month], _sum(cells[month])) for month in self.months]

    def totals(self) -> list[Brought]:
        """Return the sum of each source over the months."""
        return [self.of_source(source) for source in self.sources]

    def of_source(self, source: str) -> Brought:
        """Return what a source came to."""
        return _sum(self.cells.get((month, source), Brought()) for month in self.months)

    @property
    def total(self) -> Brought:
        """Return what everything came to."""
        return _sum(self.totals())

    def _of(self, month: date) -> list[Brought]:
        return [self.cells.get((month, source), Brought()) for source in self.sources]


def _sum(cells: Iterable[Brought]) -> Brought:
    """Add up where money was spent: customers of months without any entered would make the others look cheap."""
    return sum((cell for cell in cells if cell.spend), Brought())


def read(months: Sequence[Period]) -> Matrix:
    """Return the matrix of months that the page offers, in two queries; sources without spend in them are left out."""
    whole = Period(months[0].first, months[-1].last)
    [brought] = kept.read(QUESTION, [_about(months[-1].last)])
    cells = {(date.fromisoformat(month), source): Brought(0, *rest) for month, source, *rest in brought.figures}
    spends: dict[str, int] = {}
    entered = MarketingSpend.objects.filter(month__gte=whole.first, month__lte=whole.last)
    for month, source, amount in entered.values_list("month", "source", "amount"):
        cells[month, source] = cells.get((month, source), Brought()) + Brought(spend=amount)
        spends[source] = spends.get(source, 0) + amount
    sources = sorted((source for source, spend in spends.items() if spend), key=lambda each: (-spends[each], each))
    return Matrix([month.first for month in reversed(months)], sources, cells, brought.computed_at)


def months_until(today: date, count: int) -> list[Period]:
    """Return the last `count` months, oldest first; the last is that of today, so far."""
    return [*periods.last_months(count - 1, today), periods.month_so_far(today)]


def _ask(abouts: Sequence[str]) -> list[list[Any]]:
    return [_brought(periods.month_of(date.fromisoformat(about))) for about in abouts]


def _brought(first: Period) -> list[Any]:
    """Return what the customers of a month and of all later ones brought."""
    return [[month.isoformat(), *rest] for month, *rest in tuples(BROUGHT, {"starts": first.start})]


def _abouts() -> list[str]:
    return [_about(periods.today())]


def _about(today: date) -> str:
    """Return the first day of the earliest month that the page offers: what is kept stands when the day turns."""
    return f"{periods.months_later(today, 1 - max(OFFERED))}"


kept.QUESTIONS.register(QUESTION, kept.Question(QUESTION, _ask, _abouts))
