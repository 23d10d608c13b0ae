"""Which products come into question for whom, and what speaks for each: SQL over any number of customers.

Two relations, each a row a customer and product, with the features that `ranking` weighs:

* `again`: what the customer bought before and people buy again, once its cycle lets it be due within four weeks;
* `fresh`: what the customer never bought: companions of what they buy, popular in a group of theirs, or in a category
  they buy from.

What was bought and is not yet due, or is nothing that people buy again, is in neither; nor is what is not on sale or
sold out. Parameters: `customers`, `until` (no order from this moment on is looked at) and `today` (its day, KST), and
of the last rebuild `recent_buyers` and `repeat_share`.
"""

from customers.cycles.pauses import ENOUGH_OF_ALL, ENOUGH_OF_ONES_OWN, PRODUCT, pauses_of
from customers.models import ProductPopularity

# A purchase counts half after so many days, a quarter after twice as many.
HALF_LIFE_DAYS = 120
HORIZON_DAYS = 28
# Whose companions are looked up: what the customer buys most now.
ANCHORS = 20
FAVOURITE_CATEGORIES = 8
FROM_A_CATEGORY = 20
# A share known from few is drawn towards the usual one, as if so many more people had been seen.
BORROWED_REPEATERS = 5

# What is known of one product. A subquery a row, because candidates are few and the planner, who cannot know how many a
# customer has, would otherwise read all products for one customer. OFFSET 0 keeps it a subquery.
PRODUCT_OF = """
    CROSS JOIN LATERAL (
        SELECT category, is_active AND (stock IS NULL OR stock > 0) AS is_sellable,
               coalesce(demand.buyers, 0) AS buyers, coalesce(demand.repeat_buyers, 0) AS repeat_buyers,
               coalesce(demand.recent_buyers, 0) AS recent_buyers
        FROM customers_product LEFT JOIN customers_productdemand demand ON demand.product_id = id
        WHERE id = {relation}.product_id
        OFFSET 0
    ) AS product
"""
Group = ProductPopularity.Group

# Powers and logarithms are of float8: those of numeric take a hundred times as long.
# The median by its place in the sorted array: `percentile_disc` would begin a sort of its own for every product.
OWN = f"""
    own AS MATERIALIZED (
        SELECT * FROM (
            SELECT customer_id, subject AS product_id, max(day) AS last_day, count(*) AS days, count(gap) AS gaps,
                   (array_agg(gap ORDER BY gap))[(count(gap) + 1) / 2] AS median_gap,
                   sum(0.5::float8 ^ ((%(today)s::date - day) / {HALF_LIFE_DAYS}.0)) AS weight
            FROM ({pauses_of(PRODUCT, among="= ANY(%(customers)s)")}) AS pauses
            GROUP BY customer_id, subject
        ) AS bought {PRODUCT_OF.format(relation="bought")}
    ), appetite AS MATERIALIZED (
        SELECT customer_id, sum(weight) AS weight FROM own GROUP BY customer_id
    )
"""
# The cycle that holds: one's own from three pauses on, else everybody's, else what little one knows oneself.
CYCLE = f"""
    CASE WHEN own.gaps >= {ENOUGH_OF_ONES_OWN} THEN own.median_gap
         WHEN cycle.gaps >= {ENOUGH_OF_ALL} THEN cycle.median_days
         ELSE own.median_gap END
"""
DEMAND = "ln(({known}.recent_buyers + 1) / (%(recent_buyers)s + 1::float8))"
AGAIN = f"""
    again AS (
        SELECT own.customer_id, own.product_id, own.days, own.last_day, {CYCLE} AS cycle_days,
               own.gaps >= {ENOUGH_OF_ONES_OWN} AS is_own_cycle,
               ln(own.weight) AS habit,
               ln(1 + %(today)s::date - own.last_day) AS pause,
               ln((own.repeat_buyers + {BORROWED_REPEATERS} * %(repeat_share)s::float8 + 0.01)
                  / (own.buyers + {BORROWED_REPEATERS})) AS repeated,
               {DEMAND.format(known="own")} AS demand,
               ln(1 + appetite.weight) AS appetite
        FROM own
        JOIN appetite USING (customer_id)
        LEFT JOIN customers_productcycle cycle ON cycle.product_id = own.product_id
        WHERE own.is_sellable AND own.last_day + {CYCLE} <= %(today)s::date + {HORIZON_DAYS}
    )
"""
MEMBER = f"""
    member AS (
        SELECT customer_id, '{Group.EVERYONE}' AS kind, '' AS key FROM unnest(%(customers)s::bigint[]) AS customer_id
        UNION ALL
        SELECT customer_id, '{Group.RFM}', rfm_group FROM customers_customerstats
        WHERE customer_id = ANY(%(customers)s) AND rfm_group <> ''
        UNION ALL
        SELECT id, '{Group.STORE}', home_store_id::text FROM customers_customer
        WHERE id = ANY(%(customers)s) AND home_store_id IS NOT NULL
        UNION ALL
        SELECT customer_id, '{Group.SEGMENT}', segment_id::text FROM customers_segmentmembership
        WHERE customer_id = ANY(%(customers)s)
    )
"""
# Of several reasons of one kind the strongest is kept: the one that is told.
FRESH = f"""
    favourite AS MATERIALIZED (
        SELECT *, row_number() OVER (PARTITION BY customer_id ORDER BY weight DESC, category) AS place
        FROM (
            SELECT customer_id, category, sum(weight) AS weight FROM own GROUP BY customer_id, category
        ) AS by_category
    ), anchor AS (
        SELECT *, row_number() OVER (PARTITION BY customer_id ORDER BY weight DESC, product_id) AS place FROM own
    ), companion AS MATERIALIZED (
        SELECT anchor.customer_id, both_of.companion_id AS product_id,
               max(both_of.share * ln(both_of.lift)) AS together,
               (array_agg(both_of.product_id ORDER BY both_of.share * ln(both_of.lift) DESC))[1] AS anchor_id
        FROM anchor CROSS JOIN LATERAL (
            SELECT * FROM customers_productaffinity WHERE product_id = anchor.product_id OFFSET 0
        ) AS both_of
        WHERE anchor.place <= {ANCHORS}
        GROUP BY anchor.customer_id, both_of.companion_id
    ), popular AS MATERIALIZED (
        SELECT DISTINCT ON (member.customer_id, sold.product_id) member.customer_id, sold.product_id,
               sold."group" AS kind, sold.key, sold.lift
        FROM member JOIN customers_productpopularity sold ON sold."group" = member.kind AND sold.key = member.key
        ORDER BY member.customer_id, sold.product_id, sold.lift DESC, sold."group", sold.key
    ), evidence AS (
        SELECT customer_id, product_id, together, anchor_id, NULL AS group_kind, NULL AS group_key,
               NULL::float8 AS group_lift
        FROM companion
        UNION ALL
        SELECT customer_id, product_id, NULL, NULL, kind, key, lift FROM popular
        UNION ALL
        SELECT favourite.customer_id, sold.product_id, NULL, NULL, NULL, NULL, NULL
        FROM favourite CROSS JOIN LATERAL (
            SELECT product_id FROM customers_productpopularity
            WHERE "group" = '{Group.CATEGORY}' AND key = favourite.category AND place <= {FROM_A_CATEGORY}
            OFFSET 0
        ) AS sold
        WHERE favourite.place <= {FAVOURITE_CATEGORIES}
    ), candidate AS (
        SELECT customer_id, product_id, max(together) AS together, max(anchor_id) AS anchor_id,
               max(group_kind) AS group_kind, max(group_key) AS group_key, max(group_lift) AS group_lift
        FROM evidence GROUP BY customer_id, product_id
    ), fresh AS (
        SELECT candidate.customer_id, candidate.product_id, anchor_id, group_kind, group_key,
               favourite.place <= {FAVOURITE_CATEGORIES} AS is_favourite,
               coalesce(candidate.together, 0) AS together,
               ln(greatest(coalesce(candidate.group_lift, 1), 0.2)) AS group_lift,
               {DEMAND.format(known="product")} AS demand,
               ln(1 + coalesce(appetite.weight, 0)) AS appetite
        FROM candidate
        LEFT JOIN appetite ON appetite.customer_id = candidate.customer_id
        {PRODUCT_OF.format(relation="candidate")}
        LEFT JOIN favourite ON favourite.customer_id = candidate.customer_id AND favourite.category = product.category
        LEFT JOIN own ON own.customer_id = candidate.customer_id AND own.product_id = candidate.product_id
        WHERE own.product_id IS NULL AND product.is_sellable
    )
"""
