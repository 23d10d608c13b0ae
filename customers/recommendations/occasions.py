"""Narrower lists for one occasion: what goes with something, what is due now, another category, a dearer one, the cart.

Each is one statement for some hundreds of customers, and yields the numbers of products, best first. What is off sale
or sold out is in none of them, nor what a customer bought and does not need again yet: *needed* is what is due within
a week, and not before two thirds of its cycle have passed.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from customers import carts
from customers.models import AffinityRebuild, Event
from customers.recommendations.candidates import AGAIN, FAVOURITE_CATEGORIES, FRESH, MEMBER, OWN
from customers.recommendations.ranking import CUSTOMERS_AT_ONCE, MEMORY, RANKED_AGAIN, RANKED_FRESH

# Products of customers by the customer's number.
Lists = dict[int, list[int]]

# What was put into the cart or looked at longer ago is forgotten.
REMEMBERED = timedelta(days=30)
# Who bought something so lately knows that they may buy it again.
LATELY_DAYS = 28
# The next price band: clearly more than what a customer usually pays in a category, and not another league.
DEARER, TOO_DEAR = 1.15, 1.8
DEARER_OF_A_CATEGORY = 2

NEEDED = "{0}.last_day + {0}.cycle_days <= %(today)s::date + least(7, {0}.cycle_days / 3)"
SELLABLE = "product.is_active AND (product.stock IS NULL OR product.stock > 0)"
TOP = """
    {relations}
    SELECT customer_id, product_id FROM (
        SELECT *, row_number() OVER (PARTITION BY customer_id ORDER BY score DESC, product_id) AS place
        FROM ({ranked}) AS ranked
    ) AS listed WHERE place <= %(limit)s ORDER BY customer_id, place
"""

DUE = TOP.format(
    relations=f"WITH {OWN}, {AGAIN}",
    ranked=f"SELECT customer_id, product_id, chance AS score FROM ({RANKED_AGAIN}) AS due WHERE {NEEDED.format('due')}",
)
BOUGHT_BEFORE = TOP.format(
    relations=f"WITH {OWN}",
    ranked=f"""
        SELECT customer_id, product_id, weight AS score FROM own
        WHERE is_sellable AND days > 1 AND last_day < %(today)s::date - {LATELY_DAYS}
    """,
)
OTHER_CATEGORIES = TOP.format(
    relations=f"WITH {OWN}, {MEMBER}, {FRESH}",
    ranked=f"""
        SELECT fresh.customer_id, fresh.product_id, chance AS score FROM ({RANKED_FRESH}) AS fresh
        JOIN customers_product product ON product.id = fresh.product_id
        WHERE NOT EXISTS (SELECT FROM own WHERE customer_id = fresh.customer_id AND own.category = product.category)
    """,
)
COMPANIONS = TOP.format(
    relations=f"""
        WITH {OWN}, {AGAIN}, anchor AS (
            SELECT * FROM unnest(%(of_customers)s::bigint[], %(of_products)s::bigint[]) AS of (customer_id, product_id)
        ), companion AS (
            SELECT anchor.customer_id, both_of.companion_id AS product_id,
                   max(both_of.share * ln(both_of.lift)) AS score
            FROM anchor CROSS JOIN LATERAL (
                SELECT * FROM customers_productaffinity WHERE product_id = anchor.product_id OFFSET 0
            ) AS both_of
            GROUP BY anchor.customer_id, both_of.companion_id
        )
    """,
    ranked=f"""
        SELECT companion.customer_id, companion.product_id, score FROM companion
        JOIN customers_product product ON product.id = companion.product_id
        LEFT JOIN own ON own.customer_id = companion.customer_id AND own.product_id = companion.product_id
        LEFT JOIN again ON again.customer_id = companion.customer_id AND again.product_id = companion.product_id
        WHERE {SELLABLE} AND (own.product_id IS NULL OR {NEEDED.format("again")})
          AND (companion.customer_id, companion.product_id) NOT IN (SELECT customer_id, product_id FROM anchor)
    """,
)
# Both categories and products of a category by how much they are bought: the place among them is the score.
DEARER_IN_FAVOURITES = TOP.format(
    relations=f"""
        WITH {OWN}, usual AS (
            SELECT *, row_number() OVER (PARTITION BY customer_id ORDER BY weight DESC, category) AS place
            FROM (
                SELECT own.customer_id, own.category, sum(weight) AS weight,
                       sum(weight * price) FILTER (WHERE price > 0) / sum(weight) FILTER (WHERE price > 0) AS price
                FROM own JOIN customers_product priced ON priced.id = own.product_id
                WHERE own.category <> '' GROUP BY own.customer_id, own.category
            ) AS by_category
        ), dearer AS (
            SELECT usual.customer_id, sold.product_id, usual.place AS category_place,
                   row_number() OVER (PARTITION BY usual.customer_id, usual.category ORDER BY sold.place) AS nth
            FROM usual
            JOIN customers_productpopularity sold ON sold."group" = 'category' AND sold.key = usual.category
            JOIN customers_product product ON product.id = sold.product_id
            LEFT JOIN own ON own.customer_id = usual.customer_id AND own.product_id = sold.product_id
            WHERE usual.place <= {FAVOURITE_CATEGORIES} AND own.product_id IS NULL AND {SELLABLE}
              AND product.price > usual.price * {DEARER} AND product.price <= usual.price * {TOO_DEAR}
        )
    """,
    ranked=f"""
        SELECT customer_id, product_id, -(category_place * 10 + nth) AS score FROM dearer
        WHERE nth <= {DEARER_OF_A_CATEGORY}
    """,
)
# What these customers ordered in the days that are remembered, read once for all of them.
LATELY = f"""
    WITH lately AS MATERIALIZED (
        SELECT bought.customer_id, line.product_id, max(bought.placed_at) AS at
        FROM customers_order bought JOIN customers_orderline line ON line.order_id = bought.id AND line.quantity > 0
        WHERE bought.customer_id = ANY(%(customers)s) AND bought.{carts.IS_ORDER}
          AND bought.placed_at >= %(remembered_since)s AND bought.placed_at < %(until)s
        GROUP BY bought.customer_id, line.product_id
    )
"""
EVENTS = """
    FROM customers_event WHERE customer_id = ANY(%(customers)s) AND product_id IS NOT NULL
     AND occurred_at >= %(remembered_since)s AND occurred_at < %(until)s AND kind {kinds}
"""
# Counted since the product was last ordered.
IN_CART = TOP.format(
    relations=LATELY,
    ranked=f"""
        SELECT customer_id, product_id, extract(epoch FROM put_in_at) AS score FROM (
            SELECT touch.customer_id, touch.product_id,
                   max(touch.occurred_at) FILTER (WHERE touch.kind = '{Event.Kind.CART_ADD}') AS put_in_at
            FROM (
                SELECT id, customer_id, product_id, kind, occurred_at, properties ->> 'quantity' AS quantity
                {EVENTS.format(kinds=f"IN ('{Event.Kind.CART_ADD}', '{Event.Kind.CART_REMOVE}')")}
            ) AS touch LEFT JOIN lately USING (customer_id, product_id)
            WHERE lately.at IS NULL OR lately.at < touch.occurred_at
            GROUP BY touch.customer_id, touch.product_id HAVING {carts.STILL_IN}
        ) AS seen JOIN customers_product product ON product.id = product_id
        WHERE {SELLABLE}
    """,
)
VIEWED = TOP.format(
    relations=LATELY,
    ranked=f"""
        SELECT customer_id, product_id, views + extract(epoch FROM latest) / 1e11 AS score FROM (
            SELECT customer_id, product_id, count(*) AS views, max(occurred_at) AS latest
            {EVENTS.format(kinds=f"= '{Event.Kind.PRODUCT_VIEW}'")}
            GROUP BY customer_id, product_id
        ) AS seen JOIN customers_product product ON product.id = product_id
        LEFT JOIN lately USING (customer_id, product_id)
        WHERE {SELLABLE} AND lately.at IS NULL
    """,
)
LAST_ORDERS = """
    SELECT latest.customer_id, line.product_id FROM unnest(%(customers)s::bigint[]) AS asked (customer_id)
    CROSS JOIN LATERAL (
        SELECT id, customer_id FROM customers_order WHERE customer_id = asked.customer_id AND is_purchase
           AND placed_at < %(until)s ORDER BY placed_at DESC, id DESC LIMIT 1
    ) AS latest
    JOIN customers_orderline line ON line.order_id = latest.id AND line.quantity > 0 AND line.product_id IS NOT NULL
    ORDER BY latest.customer_id, line.id
"""


def due_now(customer_ids: Collection[int], *, limit: int, now: datetime) -> Lists:
    """Return what each customer needs again, by their own cycle or the product's."""
    return _listed(DUE, customer_ids, limit=limit, now=now)


def bought_before(customer_ids: Collection[int], *, limit: int, now: datetime) -> Lists:
    """Return what each bought on two days or more, and not in the last four weeks; what they bought most first."""
    return _listed(BOUGHT_BEFORE, customer_ids, limit=limit, now=now)


def in_other_categories(customer_ids: Collection[int], *, limit: int, now: datetime) -> Lists:
    """Return what each might like in categories from which they never bought."""
    return _listed(OTHER_CATEGORIES, customer_ids, limit=limit, now=now)


def going_with(anchors: Mapping[int, Collection[int]], *, limit: int, now: datetime) -> Lists:
    """Return what is bought together with products, given by customer, except what they have and do not need."""
    pairs = [(customer_id, product_id) for customer_id, products in anchors.items() for product_id in products]
    given = {"of_customers": [pair[0] for pair in pairs], "of_products": [pair[1] for pair in pairs]}
    return _listed(COMPANIONS, list(anchors), limit=limit, now=now, **given)


def dearer_in_favourites(customer_ids: Collection[int], *, limit: int, now: datetime) -> Lists:
    """Return what costs 15 to 80 % more than what each usually pays, in the categories that they buy most."""
    return _listed(DEARER_IN_FAVOURITES, customer_ids, limit=limit, now=now)


def in_cart(customer_ids: Collection[int], *, limit: int, now: datetime) -> Lists:
    """Return what each put into the cart within 30 days, left there and did not buy, the latest first."""
    return _listed(IN_CART, customer_ids, limit=limit, now=now)


def viewed(customer_ids: Collection[int], *, limit: int, now: datetime) -> Lists:
    """Return what each looked at within 30 days and did not buy in them, most often looked at first."""
    return _listed(VIEWED, customer_ids, limit=limit, now=now)


def in_last_order(customer_ids: Collection[int], *, now: datetime) -> Lists:
    """Return what was in the last order of each."""
    return _gathered(_rows(LAST_ORDERS, {"customers": list(customer_ids), "until": now}))


def _listed(statement: str, customer_ids: Collection[int], *, limit: int, now: datetime, **given: Any) -> Lists:
    rebuilt = AffinityRebuild.objects.order_by("-finished_at").first() or AffinityRebuild(
        recent_buyers=0, repeat_share=0.0
    )
    parameters = {
        "until": now,
        "today": timezone.localdate(now, timezone.get_default_timezone()),
        "remembered_since": now - REMEMBERED,
        "recent_buyers": rebuilt.recent_buyers,
        "repeat_share": rebuilt.repeat_share,
        "limit": limit,
        **given,
    }
    ids = list(customer_ids)
    parts = [ids[start : start + CUSTOMERS_AT_ONCE] for start in range(0, len(ids), CUSTOMERS_AT_ONCE)]
    return _gathered(chain.from_iterable(_rows(statement, parameters | {"customers": part}) for part in parts))


@transaction.atomic
def _rows(statement: str, parameters: Mapping[str, Any]) -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL work_mem = '{MEMORY}'")
        cursor.execute(statement, parameters)
        return cursor.fetchall()


def _gathered(rows: Iterable[tuple[int, int]]) -> Lists:
    found: Lists = {}
    for customer_id, product_id in rows:
        found.setdefault(customer_id, []).append(product_id)
    return found
