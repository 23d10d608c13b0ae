"""How many people bought this month, and who is slipping away: counted by a job, as people cannot be added up."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from analytics import periods
from analytics.cohorts import slipping
from analytics.cohorts.slipping import AtStake
from analytics.periods import Period
from analytics.rollups import kept
from analytics.statements import tuples

# Who are buyers of each stretch of days, had bought before it, bought in it more than once.
BUYERS = """
SELECT count(buyer.customer_id), count(*) FILTER (WHERE known.first_order_at < starts),
       count(*) FILTER (WHERE orders > 1)
  FROM unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[]) WITH ORDINALITY AS period (starts, ends, place)
  LEFT JOIN LATERAL (SELECT customer_id, count(*) AS orders FROM customers_order
        WHERE is_purchase AND customer_id IS NOT NULL AND placed_at >= starts AND placed_at < ends
        GROUP BY customer_id) AS buyer ON true
  LEFT JOIN customers_customerstats AS known ON known.customer_id = buyer.customer_id
 GROUP BY place ORDER BY place
"""


class Buyers(NamedTuple):
    """Known customers who bought in a period, those who had bought before it, those who bought in it repeatedly."""

    buyers: int
    returning: int
    repeaters: int


def month_and_before(today: date) -> tuple[Period, Period]:
    """Return the month so far and the same days of the month before: what the home page compares."""
    month = periods.month_so_far(today)
    return month, periods.same_days_of_month_before(month)


def buyers_in(asked: Sequence[Period]) -> tuple[list[Buyers], datetime]:
    """Return the buyers of each period, and when they were counted."""
    found = kept.read("home:buyers", [f"{period.first}:{period.last}" for period in asked])
    return [Buyers(*each.figures) for each in found], min(each.computed_at for each in found)


def slipping_away() -> AtStake:
    """Return how many are slipping away, and the won a year that are at stake."""
    [found] = kept.read("home:slipping", [""])
    return AtStake(*found.figures)


def _count_buyers(abouts: Sequence[str]) -> list[Any]:
    asked = [Period(*map(date.fromisoformat, about.split(":"))) for about in abouts]
    return [
        list(row)
        for row in tuples(BUYERS, {"starts": [each.start for each in asked], "ends": [each.end for each in asked]})
    ]


def _count_slipping(_abouts: Sequence[str]) -> list[Any]:
    found = slipping.at_stake(periods.today())
    return [[found.people, found.won]]


def _months() -> Iterable[str]:
    return [f"{period.first}:{period.last}" for period in month_and_before(periods.today())]


kept.QUESTIONS.register("home:buyers", kept.Question("home:buyers", _count_buyers, _months))
kept.QUESTIONS.register("home:slipping", kept.Question("home:slipping", _count_slipping, lambda: [""]))
