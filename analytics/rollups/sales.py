"""What was sold, by day: marked days are added up again; until then they are read straight from the orders.

Whoever changes a fact marks its day with it (migration 0002). A refresh takes the marks it can see and then adds up;
what is committed in between leaves its own mark. So nothing is missed, however the transactions lie.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Min

from analytics.models import DirtyDay, SalesDay
from analytics.periods import Period
from analytics.rollups.locks import only_one_at_a_time
from analytics.rollups.raw import SALES_OF_DAYS, sales_of_days
from crm_project import queue

DAYS_AT_ONCE = 31

CLEAN = f"""
SELECT {SALES_OF_DAYS.columns} FROM analytics_salesday WHERE day BETWEEN %(first)s AND %(last)s
"""
# Two statements: what is marked after the first is as if it had happened after the second. In one, the planner would
# guess how many days are marked from what it once measured, and go through all orders for them.
MARKED_IN = "SELECT DISTINCT day FROM analytics_dirtyday WHERE day BETWEEN %(first)s AND %(last)s"
CLEAN_AND_MARKED = f"""{CLEAN} AND day <> ALL (%(marked)s::date[])
UNION ALL
{sales_of_days("SELECT unnest(%(marked)s::date[]) AS day")}
"""
BY_DAY = """
SELECT day, sum(orders)::bigint, coalesce(sum(revenue) FILTER (WHERE kind = 'returning'), 0)::bigint,
       coalesce(sum(revenue) FILTER (WHERE kind <> 'returning'), 0)::bigint
  FROM ({sales}) AS sales GROUP BY day ORDER BY day
"""
TOTALS = """
SELECT coalesce(sum(orders), 0)::bigint, coalesce(sum(revenue), 0)::bigint,
       coalesce(sum(orders) FILTER (WHERE kind <> 'guest'), 0)::bigint,
       coalesce(sum(revenue) FILTER (WHERE kind <> 'guest'), 0)::bigint,
       coalesce(sum(revenue) FILTER (WHERE kind = 'returning'), 0)::bigint
  FROM ({sales}) AS sales
 WHERE (%(store)s::bigint IS NULL OR store_id = %(store)s) AND (%(source)s::text IS NULL OR source = %(source)s)
"""
MARKED = "SELECT DISTINCT day FROM analytics_dirtyday ORDER BY day DESC"
ADD_UP = f"""
INSERT INTO analytics_salesday ({SALES_OF_DAYS.columns})
SELECT {SALES_OF_DAYS.columns} FROM ({sales_of_days("SELECT unnest(%s::date[]) AS day")}) AS fresh
"""


@dataclass(frozen=True, slots=True)
class SoldOnDay:
    """Purchases of a day (KST) and their revenue in won, of customers who came back and of new ones and guests."""

    day: date
    orders: int = 0
    returning: int = 0
    new: int = 0


@dataclass(frozen=True, slots=True)
class Sold:
    """Purchases of a period and their revenue in won: all, those of known customers, of those who came back."""

    orders: int
    revenue: int
    known_orders: int
    known_revenue: int
    returning_revenue: int


def by_day(period: Period) -> list[SoldOnDay]:
    """Return each day of the period, those without a sale too."""
    found = {row[0]: SoldOnDay(*row) for row in _read(BY_DAY, period)}
    return [found.get(day, SoldOnDay(day)) for day in period.each_day()]


def totals(periods: Sequence[Period], *, store: int | None = None, source: str | None = None) -> list[Sold]:
    """Return what each period brought, in one store and from one acquisition source where they are given."""
    return [Sold(*_read(TOTALS, period, store=store, source=source)[0]) for period in periods]


def _read(question: str, period: Period, **parameters: Any) -> list[tuple]:
    """Ask the question of the sums, and of the orders of marked days."""
    with connection.cursor() as cursor:
        cursor.execute(MARKED_IN, {"first": period.first, "last": period.last})
        marked = [day for (day,) in cursor.fetchall()]
        sales = CLEAN_AND_MARKED if marked else CLEAN
        given: dict[str, Any] = {"first": period.first, "last": period.last, "marked": marked, **parameters}
        cursor.execute(question.format(sales=sales), given)
        return cursor.fetchall()


def refresh_marked() -> int:
    """Add up the marked days, the latest first, as long as there is time; return how many days that were.

    A day that is marked again meanwhile waits for the next run: while a shop sells, today always is.
    """
    days, done = _marked(), 0
    while done < len(days) and not queue.out_of_time():
        refresh(days[done : done + DAYS_AT_ONCE])
        done = min(done + DAYS_AT_ONCE, len(days))
        queue.progress()
    return done


@transaction.atomic
def refresh(days: Sequence[date]) -> None:
    """Add these days up anew. Twice, or of days nobody marked, changes nothing that was right."""
    with connection.cursor() as cursor:
        only_one_at_a_time(cursor)
        # The marks first: a fact committed after this statement has a mark that stays.
        DirtyDay.objects.filter(day__in=days).delete()
        SalesDay.objects.filter(day__in=days).delete()
        cursor.execute(ADD_UP, [list(days)])


def mark_everything() -> None:
    """Mark every day on which there is an order or a sum, so that all of it is added up anew."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO analytics_dirtyday (day) SELECT day FROM analytics_salesday"
            f" UNION SELECT day FROM ({SALES_OF_DAYS.query}) AS raw"
        )


def marked_since() -> datetime | None:
    """Return since when the oldest mark waits; None where everything is added up."""
    return DirtyDay.objects.aggregate(Min("marked_at"))["marked_at__min"]


def _marked() -> list[date]:
    with connection.cursor() as cursor:
        cursor.execute(MARKED)
        return [day for (day,) in cursor.fetchall()]
