"""Spend by month and source beside the customers won by it: what one cost, and what they have brought since."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from analytics.kpis import formulas
from analytics.periods import Period
from analytics.statements import tuples

# Customers by the month (KST) of their first purchase ever, and all their revenue since, of the same source.
BROUGHT = """
SELECT month, source, coalesce(spent.amount, 0), coalesce(won.customers, 0), coalesce(won.revenue, 0)
  FROM (
       SELECT month, source, amount FROM analytics_marketingspend WHERE month BETWEEN %(first)s AND %(last)s
       ) AS spent
  FULL JOIN (
       SELECT date_trunc('month', first_order_at AT TIME ZONE 'Asia/Seoul')::date AS month,
              acquisition_source AS source, count(*) AS customers, sum(paid_total)::bigint AS revenue
         FROM customers_customerstats AS stats JOIN customers_customer AS customer ON customer.id = stats.customer_id
        WHERE first_order_at >= %(starts)s AND first_order_at < %(ends)s
        GROUP BY 1, 2
       ) AS won USING (month, source)
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
    """Months by sources, newest month first; the source with the most spend first."""

    months: Sequence[date]
    sources: Sequence[str]
    cells: dict[tuple[date, str], Brought]

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
    """Return the matrix of some months in one query; sources without any spend in them are left out."""
    whole = Period(months[0].first, months[-1].last)
    asked = {"first": whole.first, "last": whole.last, "starts": whole.start, "ends": whole.end}
    cells = {(month, source): Brought(*rest) for month, source, *rest in tuples(BROUGHT, asked)}
    spends: dict[str, int] = {}
    for (_month, source), brought in cells.items():
        spends[source] = spends.get(source, 0) + brought.spend
    sources = sorted((source for source, spend in spends.items() if spend), key=lambda each: (-spends[each], each))
    return Matrix([month.first for month in reversed(months)], sources, cells)
