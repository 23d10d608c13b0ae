"""What all advertising together adds: those who get none at all (U-32) against everybody else, over whole months.

Whole months, each looked at once it is over: a figure that is looked at every day would be called a success on the day
on which chance made it look like one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings

from analytics import periods
from analytics.experiments.comparison import Comparison, compare
from analytics.experiments.intervals import Arm
from analytics.experiments.verdict import Verdict, of_everything
from analytics.periods import Period
from analytics.rollups import kept
from analytics.statements import tuples
from campaigns import experiments

QUESTION = "shop holdout"
MONTHS = (1, 3, 12)
# Customers by when the period began: whoever came in it may have come by an advertisement or for lack of one.
GROUPS = """
SELECT {bucket} < %(shared)s AS is_control, count(*), count(bought.customer_id), coalesce(sum(bought.revenue), 0),
       coalesce(sum(bought.revenue * bought.revenue), 0),
       coalesce(sum(bought.revenue * bought.revenue * bought.revenue), 0)
  FROM customers_customer AS customer
  LEFT JOIN (
       SELECT customer_id, sum(revenue) AS revenue FROM customers_order
        WHERE is_purchase AND placed_at >= %(start)s AND placed_at < %(end)s AND customer_id IS NOT NULL
        GROUP BY customer_id) AS bought ON bought.customer_id = customer.id
 WHERE customer.joined_at < %(start)s AND customer.erased_at IS NULL AND customer.merged_into_id IS NULL
 GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class ShopReading:
    """A period and its two groups: `treated` got advertising as campaigns had it, `control` none."""

    period: Period
    treated: Arm
    control: Arm
    comparison: Comparison
    verdict: Verdict


def over_months(months: int, until: date | None = None) -> ShopReading | None:
    """Return the reading of the last complete months; None where nobody is held out of everything."""
    if not settings.GLOBAL_HOLDOUT_PERCENT:
        return None
    return of_period(_months(months, until or periods.today()))


def of_period(period: Period) -> ShopReading:
    """Return what everybody else spent per person beyond those held out of everything, in a period that is over."""
    [answer] = kept.read(QUESTION, [_about(period)])
    treated, control = (Arm(*sums) for sums in answer.figures)
    comparison = compare("", treated, control, is_over=period.last < periods.today())
    return ShopReading(period, treated, control, comparison, of_everything(comparison))


def _months(count: int, until: date) -> Period:
    months = periods.last_months(count, until)
    return Period(months[0].first, months[-1].last)


def _about(period: Period) -> str:
    """Name the period, and the share: another share is another group of people."""
    return f"{period.first}:{period.last}:{experiments.shared_buckets()}"


def _ask(abouts: Sequence[str]) -> list[Any]:
    return [_groups(*about.split(":")) for about in abouts]


def _groups(first: str, last: str, shared: str) -> list[list[int]]:
    period = Period(date.fromisoformat(first), date.fromisoformat(last))
    bucket = experiments.BUCKET_OF.format(text=f"'{experiments.HELD_OUT_OF_ALL}:' || customer.id")
    asked = {"start": period.start, "end": period.end, "shared": int(shared)}
    rows = tuples(GROUPS.format(bucket=bucket), asked)
    found = {is_control: [int(each) for each in sums] for is_control, *sums in rows}
    return [found.get(is_control, [0] * 5) for is_control in (False, True)]


def _abouts() -> Iterable[str]:
    if not settings.GLOBAL_HOLDOUT_PERCENT:
        return []
    return [_about(_months(count, periods.today())) for count in MONTHS]


kept.QUESTIONS.register(QUESTION, kept.Question(QUESTION, _ask, _abouts))
