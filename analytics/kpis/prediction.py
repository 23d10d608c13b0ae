"""What customers are expected to bring in the year after a moment: a model of pace and silence, as one statement.

Of each customer only four things go in: how many purchases, the first, the last, the revenue.

* **Pace**: purchases ÷ (days between first and last + the shop's mean pause). As if everybody had made one pause of
  the usual length besides their own, so that one purchase says little and many say much.
* **Leaving**: after each purchase a customer leaves for good with a probability `leaving`, one for the whole shop.
* **Still a customer** after a silence, by Bayes: a pause at least so long, by a customer who stayed, has probability
  exp(−pace × silence); so (1 − leaving) × that ÷ ((1 − leaving) × that + leaving).
* **Leaving** is then how many are probably gone ÷ all purchases, computed again with that: it has settled after a few
  rounds. It begins with buyers ÷ purchases, as if all were gone.
* **Orders expected** in 365 days of one who stays: pace slowed by leaving, (1 − exp(−pace × leaving × 365)) ÷ leaving.

Held against the second half of The Complete Journey in the tests; `docs/kpis.md` says how far it was off.
"""

DAYS_AHEAD = 365
ROUNDS = 3
# Silences beyond so many paces are all the same: nobody waits like that.
LONGEST = 600

OF_EACH = """
SELECT customer_id, orders, revenue,
       extract(epoch FROM ends - last_at) / 86400 * pace AS silence, pace,
       count(*) OVER () / sum(orders) OVER () AS leaving
  FROM (
       SELECT *, coalesce(orders / nullif(
                  between_days + sum(between_days) OVER () / nullif(sum(orders - 1) OVER (), 0), 0), 0) AS pace
         FROM (
              SELECT customer_id, count(*) AS orders, sum(revenue)::float8 AS revenue, max(placed_at) AS last_at,
                     extract(epoch FROM max(placed_at) - min(placed_at)) / 86400 AS between_days
                FROM bought WHERE placed_at < ends GROUP BY customer_id
              ) AS each
       ) AS spaced
"""
STAYED = f"(1 - leaving) * exp(-least(silence, {LONGEST})::float8)"
ALIVE = f"{STAYED} / ({STAYED} + leaving)"
AGAIN = f"""
SELECT customer_id, orders, revenue, silence, pace,
       greatest(sum(1 - {ALIVE}) OVER () / sum(orders) OVER (), 0.000001) AS leaving
  FROM ({{before}}) AS before
"""


def _settled() -> str:
    statement = OF_EACH
    for _round in range(ROUNDS):
        statement = AGAIN.format(before=statement)
    return statement


def persons(days_ahead: int) -> str:
    """Return the SQL of one row a customer known by a period's end: still one, orders and won of the days ahead."""
    orders = f"alive * (1 - exp(-least(pace * leaving * {int(days_ahead)}, {LONGEST})::float8)) / leaving"
    return f"""
        SELECT customer_id, alive, expected_orders,
               round((revenue / orders * expected_orders)::numeric)::bigint AS worth
          FROM (
               SELECT customer_id, orders, revenue, alive, {orders} AS expected_orders
                 FROM (SELECT *, {ALIVE} AS alive FROM ({_settled()}) AS settled) AS certain
               ) AS expected
    """


PERSONS = persons(DAYS_AHEAD)
TOTALS = """
coalesce(sum(worth), 0), count(customer_id), avg(expected_orders)::numeric, sum(alive)::numeric
"""
