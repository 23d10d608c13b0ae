"""Demand, companions and popularity computed anew from the orders before a moment.

Companions are counted over baskets: an order is a basket. Their *lift* is over orders (orders with both × all orders ÷
orders with one ÷ orders with the other), their support over people, so that one household's habit is no evidence.
A guest's order counts as a person.
"""

import time
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from customers.models import AffinityRebuild, ProductAffinity, ProductDemand, ProductPopularity

WINDOW = timedelta(days=365)
# A month of four whole weeks: every weekday counts equally often.
RECENT = timedelta(days=28)

# What nobody much buys goes with nothing that one could know.
LEAST_BUYERS = 20
LEAST_TOGETHER = 10
LEAST_LIFT = 1.2
COMPANIONS_KEPT = 20
# Pairs grow with the square of a basket and with every order. So much of a large basket (by chance) and of a frequent
# customer (the latest) says all there is, and keeps a wholesaler from outvoting everybody.
PRODUCTS_OF_A_BASKET = 40
ORDERS_OF_A_CUSTOMER = 50

POPULAR_KEPT = 50
# A group's share is drawn towards everybody's as if it had so many more buyers, who buy like all.
BORROWED_BUYERS = 100

LINES = """
    CREATE TEMPORARY TABLE affinity_line ON COMMIT DROP AS
    SELECT coalesce(bought.customer_id, -bought.id) AS buyer, bought.id AS order_id, bought.placed_at, line.product_id
    FROM customers_order bought JOIN customers_orderline line ON line.order_id = bought.id AND line.quantity > 0
    WHERE bought.is_purchase AND bought.placed_at >= %(since)s AND bought.placed_at < %(until)s
    GROUP BY 1, 2, 3, 4
"""
BOUGHT = """
    CREATE TEMPORARY TABLE affinity_bought ON COMMIT DROP AS
    SELECT buyer, product_id, count(*) AS orders, max(placed_at) AS last_at,
           count(DISTINCT (placed_at AT TIME ZONE 'Asia/Seoul')::date) AS days
    FROM affinity_line GROUP BY buyer, product_id
"""
DEMAND = """
    INSERT INTO customers_productdemand (product_id, orders, buyers, repeat_buyers, recent_buyers)
    SELECT product_id, sum(orders), count(*), count(*) FILTER (WHERE days > 1),
           count(*) FILTER (WHERE last_at >= %(recent)s)
    FROM affinity_bought GROUP BY product_id
"""
BASKETS = """
    CREATE TEMPORARY TABLE affinity_basket ON COMMIT DROP AS
    WITH latest AS (
        SELECT order_id, row_number() OVER (PARTITION BY buyer ORDER BY placed_at DESC, order_id DESC) AS nth
        FROM (SELECT DISTINCT buyer, order_id, placed_at FROM affinity_line) AS orders
    ), filled AS (
        SELECT buyer, order_id, product_id, row_number() OVER (
            PARTITION BY order_id ORDER BY hashint8extended(product_id, order_id), product_id
        ) AS nth
        FROM affinity_line
        JOIN latest USING (order_id) JOIN customers_productdemand USING (product_id)
        WHERE latest.nth <= %(orders_of_a_customer)s AND buyers >= %(least_buyers)s
    )
    SELECT buyer, order_id, product_id FROM filled WHERE nth <= %(products_of_a_basket)s
"""
SOLD = """
    CREATE TEMPORARY TABLE affinity_sold ON COMMIT DROP AS
    SELECT product_id, count(*) AS orders, count(DISTINCT buyer) AS buyers FROM affinity_basket GROUP BY product_id
"""
# Orders are counted for every pair, people for the few pairs that are left: counting people for all takes twice as
# long.
PAIRS = """
    CREATE TEMPORARY TABLE affinity_pair ON COMMIT DROP AS
    SELECT this.product_id AS product_id, that.product_id AS companion_id, count(*) AS orders
    FROM affinity_basket this
    JOIN affinity_basket that ON that.order_id = this.order_id AND that.product_id > this.product_id
    GROUP BY 1, 2 HAVING count(*) >= %(least_together)s
"""
PEOPLE = """
    CREATE TEMPORARY TABLE affinity_together ON COMMIT DROP AS
    SELECT product_id, companion_id, any_value(orders) AS orders, count(*) AS people
    FROM (
        SELECT DISTINCT this.product_id, that.product_id AS companion_id, this.buyer, pair.orders
        FROM affinity_basket this
        JOIN affinity_basket that ON that.order_id = this.order_id AND that.product_id > this.product_id
        JOIN affinity_pair pair ON pair.product_id = this.product_id AND pair.companion_id = that.product_id
    ) AS had_both
    GROUP BY product_id, companion_id HAVING count(*) >= %(least_together)s
"""
# The order of companions: often × surprising (orders × ln lift), the pair's part of the mutual information.
COMPANIONS = """
    INSERT INTO customers_productaffinity (product_id, place, companion_id, buyers_together, share, lift)
    SELECT product_id, place, companion_id, people, share, lift
    FROM (
        SELECT both_ways.product_id, companion_id, people, people / this.buyers::float8 AS share, lift,
               row_number() OVER (
                   PARTITION BY both_ways.product_id
                   ORDER BY both_ways.orders * ln(lift) DESC, companion_id
               ) AS place
        FROM (
            SELECT product_id, companion_id, orders, people FROM affinity_together
            UNION ALL
            SELECT companion_id, product_id, orders, people FROM affinity_together
        ) AS both_ways
        JOIN affinity_sold this ON this.product_id = both_ways.product_id
        JOIN affinity_sold that ON that.product_id = both_ways.companion_id
        CROSS JOIN (SELECT count(DISTINCT order_id) AS orders FROM affinity_basket) AS every
        CROSS JOIN LATERAL (
            SELECT both_ways.orders * every.orders::float8 / this.orders / that.orders AS lift
        ) AS measured
        WHERE lift >= %(least_lift)s
    ) AS ranked
    WHERE place <= %(companions_kept)s
"""
# Who belongs where. Shares are over those who bought anything lately; guests count in the whole only.
GROUPS = """
    CREATE TEMPORARY TABLE affinity_group ON COMMIT DROP AS
    WITH recent AS (SELECT DISTINCT buyer FROM affinity_bought WHERE last_at >= %(recent)s)
    SELECT buyer, 'everyone' AS kind, '' AS key FROM recent
    UNION ALL
    SELECT buyer, 'rfm', rfm_group FROM recent JOIN customers_customerstats ON customer_id = buyer
    WHERE rfm_group <> ''
    UNION ALL
    SELECT buyer, 'store', home_store_id::text FROM recent JOIN customers_customer customer ON customer.id = buyer
    WHERE home_store_id IS NOT NULL
    UNION ALL
    SELECT buyer, 'segment', segment_id::text FROM recent
    JOIN customers_segmentmembership ON customer_id = buyer
    JOIN customers_segment segment ON segment.id = segment_id AND segment.is_active
"""
POPULAR = """
    WITH size AS (
        SELECT kind, key, count(*) AS buyers FROM affinity_group GROUP BY kind, key
    ), sold AS (
        SELECT kind, key, product_id, count(*) AS buyers
        FROM affinity_bought JOIN affinity_group USING (buyer)
        WHERE last_at >= %(recent)s
        GROUP BY kind, key, product_id
    ), shares AS (
        SELECT sold.kind, sold.key, sold.product_id, sold.buyers, sold.buyers / size.buyers::float8 AS share,
               every.buyers / whole.buyers::float8 AS usual, size.buyers AS members
        FROM sold JOIN size USING (kind, key)
        JOIN sold every ON every.kind = 'everyone' AND every.product_id = sold.product_id
        JOIN size whole ON whole.kind = 'everyone'
    ), ranked AS (
        SELECT *, row_number() OVER (
            PARTITION BY kind, key
            ORDER BY (buyers + %(borrowed)s * usual) / (members + %(borrowed)s) DESC, product_id
        ) AS place
        FROM shares
    )
    INSERT INTO customers_productpopularity ("group", key, place, product_id, buyers, share, lift)
    SELECT kind, key, place, product_id, buyers, share, share / usual FROM ranked WHERE place <= %(popular_kept)s
"""
POPULAR_IN_CATEGORY = """
    INSERT INTO customers_productpopularity ("group", key, place, product_id, buyers, share, lift)
    SELECT 'category', category, place, product_id, recent_buyers, share, 1
    FROM (
        SELECT product.category, product_id, recent_buyers,
               recent_buyers / (sum(recent_buyers) OVER (PARTITION BY product.category))::float8 AS share,
               row_number() OVER (PARTITION BY product.category ORDER BY recent_buyers DESC, product_id) AS place
        FROM customers_productdemand JOIN customers_product product ON product.id = product_id
        WHERE product.category <> '' AND recent_buyers > 0
    ) AS ranked
    WHERE place <= %(popular_kept)s
"""
SIZES = """
    SELECT (SELECT count(DISTINCT order_id) FROM affinity_line),
           (SELECT count(DISTINCT buyer) FROM affinity_line),
           (SELECT count(*) FROM affinity_group WHERE kind = 'everyone'),
           coalesce(sum(repeat_buyers) / nullif(sum(buyers), 0)::float8, 0)
    FROM customers_productdemand
"""
STORED = (ProductAffinity, ProductPopularity, ProductDemand)


@transaction.atomic
def rebuild(as_of: datetime) -> AffinityRebuild:
    """Compute everything from the orders of the year before `as_of`; readers see the old until this commits.

    Statements over whole tables, however many customers there are; memory for sorting is taken for this one
    transaction.
    """
    started = time.monotonic()
    with connection.cursor() as cursor:
        # Two rebuilds at once would each delete the other's rows, or meet them.
        cursor.execute("LOCK TABLE customers_productdemand IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute("SET LOCAL work_mem = '256MB'")
        for model in STORED:
            cursor.execute(f"DELETE FROM {model._meta.db_table}")
        _run(cursor, _parameters(as_of))
        sizes = _sizes(cursor)
        for table in ("line", "bought", "basket", "sold", "pair", "together", "group"):
            cursor.execute(f"DROP TABLE affinity_{table}")
    return AffinityRebuild.objects.create(
        as_of=as_of,
        finished_at=timezone.now(),
        seconds=round(time.monotonic() - started, 3),
        **sizes,
        products=ProductDemand.objects.count(),
        products_with_companions=ProductAffinity.objects.filter(place=1).count(),
        pairs=ProductAffinity.objects.count(),
    )


def _parameters(as_of: datetime) -> dict[str, Any]:
    return {
        "since": as_of - WINDOW,
        "recent": as_of - RECENT,
        "until": as_of,
        "least_buyers": LEAST_BUYERS,
        "least_together": LEAST_TOGETHER,
        "least_lift": LEAST_LIFT,
        "companions_kept": COMPANIONS_KEPT,
        "products_of_a_basket": PRODUCTS_OF_A_BASKET,
        "orders_of_a_customer": ORDERS_OF_A_CUSTOMER,
        "popular_kept": POPULAR_KEPT,
        "borrowed": BORROWED_BUYERS,
    }


def _run(cursor: CursorWrapper, parameters: dict[str, Any]) -> None:
    """Run the statements in their order, each new table measured before it is joined."""
    cursor.execute(LINES, parameters)
    cursor.execute("ANALYZE affinity_line")
    cursor.execute(BOUGHT)
    cursor.execute("ANALYZE affinity_bought")
    cursor.execute(DEMAND, parameters)
    cursor.execute("ANALYZE customers_productdemand")
    cursor.execute(BASKETS, parameters)
    cursor.execute("ANALYZE affinity_basket")
    cursor.execute(SOLD)
    cursor.execute(PAIRS, parameters)
    cursor.execute("ANALYZE affinity_pair")
    for statement in (PEOPLE, COMPANIONS, GROUPS):
        cursor.execute(statement, parameters)
    cursor.execute("ANALYZE affinity_group")
    cursor.execute(POPULAR, parameters)
    cursor.execute(POPULAR_IN_CATEGORY, parameters)


def _sizes(cursor: CursorWrapper) -> dict[str, float]:
    """Return what later readings divide by."""
    cursor.execute(SIZES)
    return dict(zip(("orders", "buyers", "recent_buyers", "repeat_share"), cursor.fetchone(), strict=True))
