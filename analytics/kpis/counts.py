"""What the KPIs count, one statement a question for any number of periods. Guests' orders belong to nobody here."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.db import connection

from analytics.periods import Period
from customers.models import Event

# Who bought within so many days before a period is a customer at its start.
CUSTOMER_FOR_DAYS = 365

PERIODS = """
WITH period AS (
    SELECT * FROM unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[], %(firsts)s::date[], %(lasts)s::date[])
                  WITH ORDINALITY AS given (starts, ends, first, last, place)
)
"""

PURCHASES = """
SELECT coalesce(sum(revenue), 0), count(bought.id), count(DISTINCT customer_id)
  FROM period LEFT JOIN customers_order AS bought
       ON bought.is_purchase AND bought.customer_id IS NOT NULL AND placed_at >= starts AND placed_at < ends
 GROUP BY place ORDER BY place
"""

SPEND = """
SELECT coalesce(round(sum(amount * shared_days::numeric / month_days)), 0)
  FROM period LEFT JOIN LATERAL (
       SELECT amount, (month + interval '1 month')::date - month AS month_days,
              least(last + 1, (month + interval '1 month')::date) - greatest(first, month) AS shared_days
         FROM analytics_marketingspend WHERE month <= last AND month + interval '1 month' > first
       ) AS spent ON true
 GROUP BY place ORDER BY place
"""

NEW_CUSTOMERS = """
SELECT count(customer_id)
  FROM period LEFT JOIN customers_customerstats ON first_order_at >= starts AND first_order_at < ends
 GROUP BY place ORDER BY place
"""

# Two index probes a customer instead of reading a year of orders for each period.
KEPT_CUSTOMERS = """
SELECT count(*) FILTER (WHERE before), count(*) FILTER (WHERE during), count(*) FILTER (WHERE during AND NOT before)
  FROM period LEFT JOIN LATERAL (
       SELECT EXISTS (SELECT FROM customers_order AS bought WHERE bought.customer_id = known.customer_id
                         AND is_purchase AND placed_at >= starts - %(days)s * interval '1 day'
                         AND placed_at < starts) AS before,
              EXISTS (SELECT FROM customers_order AS bought WHERE bought.customer_id = known.customer_id
                         AND is_purchase AND placed_at >= starts AND placed_at < ends) AS during
         FROM customers_customerstats AS known
        WHERE known.first_order_at < ends AND known.last_order_at >= starts - %(days)s * interval '1 day'
       ) AS customer ON true
 GROUP BY place ORDER BY place
"""

REPEAT_BUYERS = """
SELECT count(*) FILTER (WHERE purchases > 1), count(purchases)
  FROM period LEFT JOIN LATERAL (
       SELECT count(*) AS purchases FROM customers_order
        WHERE is_purchase AND customer_id IS NOT NULL AND placed_at >= starts AND placed_at < ends
        GROUP BY customer_id
       ) AS buyer ON true
 GROUP BY place ORDER BY place
"""

VISITORS_WHO_BOUGHT = """
SELECT count(*) FILTER (WHERE EXISTS (
           SELECT FROM customers_order AS bought
            WHERE bought.customer_id = person.customer_id AND is_purchase AND placed_at >= starts AND placed_at < ends
       )), count(coalesce(customer_id, visitor_id))
  FROM period LEFT JOIN LATERAL (
       SELECT DISTINCT coalesce(event.customer_id, visitor.customer_id) AS customer_id,
              CASE WHEN coalesce(event.customer_id, visitor.customer_id) IS NULL THEN visitor.id END AS visitor_id
         FROM customers_event AS event LEFT JOIN customers_visitor AS visitor ON visitor.id = event.visitor_id
        WHERE event.occurred_at >= starts AND event.occurred_at < ends AND event.kind = ANY(%(visits)s)
       ) AS person ON true
 GROUP BY place ORDER BY place
"""


class Purchases(NamedTuple):
    """What known customers bought: won, orders, and how many customers they were."""

    revenue: int
    orders: int
    buyers: int


class Kept(NamedTuple):
    """Customers at the start of a period, those who bought in it, and those of the latter who were not there before."""

    at_start: int
    at_end: int
    new: int


def purchases(periods: Sequence[Period]) -> list[Purchases]:
    """Return revenue, orders and buyers of each period."""
    return [Purchases(int(revenue), orders, buyers) for revenue, orders, buyers in _ask(PURCHASES, periods)]


def spend(periods: Sequence[Period]) -> list[int]:
    """Return the marketing spend of each period in won; a month partly inside counts by its days."""
    return [int(amount) for (amount,) in _ask(SPEND, periods)]


def new_customers(periods: Sequence[Period]) -> list[int]:
    """Return how many customers bought for the first time ever in each period."""
    return [count for (count,) in _ask(NEW_CUSTOMERS, periods)]


def kept_customers(periods: Sequence[Period]) -> list[Kept]:
    """Return who was a customer at the start of each period, who bought in it, and who of these was new."""
    return [Kept(*row) for row in _ask(KEPT_CUSTOMERS, periods, days=CUSTOMER_FOR_DAYS)]


def repeat_buyers(periods: Sequence[Period]) -> list[tuple[int, int]]:
    """Return the customers with two or more purchases and those with any, for each period."""
    return _ask(REPEAT_BUYERS, periods)


def visitors_who_bought(periods: Sequence[Period]) -> list[tuple[int, int]]:
    """Return the visitors who bought and all visitors, for each period."""
    return _ask(VISITORS_WHO_BOUGHT, periods, visits=[kind.value for kind in Event.VISITS])


def _ask(question: str, periods: Sequence[Period], **parameters: int | list[str]) -> list[tuple]:
    given: dict[str, int | list[str] | list[date] | list[datetime]] = {
        "starts": [period.start for period in periods],
        "ends": [period.end for period in periods],
        "firsts": [period.first for period in periods],
        "lasts": [period.last for period in periods],
    }
    with connection.cursor() as cursor:
        cursor.execute(PERIODS + question, {**given, **parameters})
        return cursor.fetchall()
