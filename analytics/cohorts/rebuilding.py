"""All cohort figures counted anew from the orders; nightly. One pass over the orders, then over months of customers."""

from datetime import date, timedelta

from django.db import connection, transaction
from django.utils import timezone

from analytics.models import CohortRebuild
from analytics.periods import Period, months_later
from customers.models import CustomerStats

# First purchases further back say little about today's shop.
MONTHS_KEPT = 36
# A second order within a year is what the curve shows; whoever comes later still counts as not back within it.
CURVE_DAYS = 365
STEPS_KEPT = 10

ACTIVITY = """
    CREATE TEMPORARY TABLE cohort_activity ON COMMIT DROP AS
    SELECT customer_id, date_trunc('month', placed_at AT TIME ZONE 'Asia/Seoul')::date AS month,
           count(*) AS orders, sum(revenue)::bigint AS revenue
      FROM customers_order WHERE is_purchase AND customer_id IS NOT NULL AND placed_at < %(until)s
     GROUP BY 1, 2
"""
# What the first order was, by index, customer by customer. Its category is the one most was spent on.
MEMBERS = """
    CREATE TEMPORARY TABLE cohort_member ON COMMIT DROP AS
    SELECT known.customer_id, known.cohort, known.orders, known.revenue,
           person.acquisition_source AS source, coalesce(first.store_id::text, '') AS store,
           coalesce(most.category, '') AS category, coalesce(standing.tier_id::text, '') AS tier,
           to_char(known.cohort, 'YYYY-MM') AS month,
           second.placed_at IS NOT NULL AS is_back,
           coalesce((second.placed_at AT TIME ZONE 'Asia/Seoul')::date, %(last_day)s::date)
           - (first.placed_at AT TIME ZONE 'Asia/Seoul')::date AS days
      FROM (SELECT customer_id, min(month) AS cohort, sum(orders) AS orders, sum(revenue)::bigint AS revenue
              FROM cohort_activity GROUP BY 1 HAVING min(month) >= %(first_month)s) AS known
      JOIN customers_customer AS person ON person.id = known.customer_id
      CROSS JOIN LATERAL (
           SELECT id, placed_at, store_id FROM customers_order AS bought
            WHERE bought.customer_id = known.customer_id AND is_purchase ORDER BY placed_at, id LIMIT 1
           ) AS first
      LEFT JOIN LATERAL (
           SELECT placed_at FROM customers_order AS bought
            WHERE bought.customer_id = known.customer_id AND is_purchase AND placed_at < %(until)s
            ORDER BY placed_at OFFSET 1 LIMIT 1
           ) AS second ON known.orders > 1
      LEFT JOIN LATERAL (
           SELECT product.category FROM customers_orderline AS line
             JOIN customers_product AS product ON product.id = line.product_id
            WHERE line.order_id = first.id
            GROUP BY product.category ORDER BY sum(line.amount) DESC, product.category LIMIT 1
           ) AS most ON true
      LEFT JOIN loyalty_tierstanding AS standing ON standing.customer_id = known.customer_id
"""
# What `GROUPING` says of a row of each set: a bit is set for what is not grouped by.
DIMENSION = """
    CASE GROUPING(source, store, category, tier, month) WHEN 31 THEN 'all' WHEN 15 THEN 'source' WHEN 23 THEN 'store'
         WHEN 27 THEN 'category' WHEN 29 THEN 'tier' ELSE 'month' END AS dimension,
    coalesce(source, store, category, tier, month, '') AS value
"""
# Customers and months are joined once, for all ways of telling customers apart.
CELLS = """
    INSERT INTO analytics_cohortcell (dimension, value, cohort, age, customers, orders, revenue)
    SELECT CASE GROUPING(source, store, category, tier) WHEN 15 THEN 'all' WHEN 7 THEN 'source' WHEN 11 THEN 'store'
                WHEN 13 THEN 'category' ELSE 'tier' END,
           coalesce(source, store, category, tier, ''), cohort, age, count(*), sum(orders), sum(revenue)
      FROM (SELECT source, store, category, tier, cohort, active.orders, active.revenue,
                   (12 * (extract(year FROM active.month) - extract(year FROM cohort))
                    + extract(month FROM active.month) - extract(month FROM cohort))::int AS age
              FROM cohort_activity AS active JOIN cohort_member USING (customer_id)) AS bought
     GROUP BY GROUPING SETS ((cohort, age), (cohort, age, source), (cohort, age, store), (cohort, age, category),
                             (cohort, age, tier))
"""
GROUPS = f"""
    WITH summed AS (
        SELECT {DIMENSION}, count(*) AS customers, sum(orders) AS orders, sum(revenue) AS revenue,
               ARRAY[{", ".join(f"count(*) FILTER (WHERE orders >= {n})" for n in range(1, STEPS_KEPT + 1))}] AS reached
          FROM cohort_member GROUP BY GROUPING SETS ((), (source), (store), (category), (tier), (month))
    ), counted AS (
        SELECT {DIMENSION}, days AS day, count(*) FILTER (WHERE is_back) AS back,
               count(*) FILTER (WHERE NOT is_back) AS not_yet
          FROM cohort_member WHERE days <= {CURVE_DAYS}
         GROUP BY GROUPING SETS ((days), (days, source), (days, store), (days, category), (days, tier), (days, month))
    ), by_day AS (
        SELECT dimension, value, array_agg(coalesce(back, 0) ORDER BY day) AS bought_again,
               array_agg(coalesce(not_yet, 0) ORDER BY day) AS not_yet
          FROM summed CROSS JOIN generate_series(0, {CURVE_DAYS}) AS day
          LEFT JOIN counted USING (dimension, value, day)
         GROUP BY dimension, value
    )
    INSERT INTO analytics_cohortgroup (dimension, value, customers, orders, revenue, bought_again, not_yet, reached)
    SELECT dimension, value, customers, orders, revenue, bought_again, not_yet, reached
      FROM summed JOIN by_day USING (dimension, value) WHERE customers > 0
"""


@transaction.atomic
def rebuild(today: date) -> CohortRebuild:
    """Count everything anew from the orders placed before a day (KST) began.

    Statements over whole tables, however many customers there are; memory for sorting is taken for this one
    transaction.
    """
    period = Period(first_month(today), today - timedelta(days=1))
    parameters = {"until": period.end, "last_day": period.last, "first_month": period.first}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '256MB'")
        cursor.execute("DROP TABLE IF EXISTS cohort_activity, cohort_member")
        cursor.execute(ACTIVITY, parameters)
        cursor.execute("ANALYZE cohort_activity")
        cursor.execute(MEMBERS, parameters)
        customers = cursor.rowcount
        cursor.execute("ANALYZE cohort_member; DELETE FROM analytics_cohortcell; DELETE FROM analytics_cohortgroup")
        cursor.execute(CELLS)
        cursor.execute(GROUPS)
    return CohortRebuild.objects.create(
        first_month=period.first, last_day=period.last, finished_at=timezone.now(), customers=customers
    )


def is_missing(today: date) -> bool:
    """Tell whether there are buyers of the months kept whom no count of the last two nights has seen."""
    counted = CohortRebuild.objects.filter(last_day__gte=today - timedelta(days=2), customers__gt=0)
    counting = Period(first_month(today), today - timedelta(days=1))
    buyers = CustomerStats.objects.filter(first_order_at__gte=counting.start, first_order_at__lt=counting.end)
    return not counted.exists() and buyers.exists()


def first_month(today: date) -> date:
    """Return the first day of the earliest month whose first-time buyers are counted."""
    return months_later(today, 1 - MONTHS_KEPT)
