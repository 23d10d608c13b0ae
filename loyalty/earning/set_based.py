"""What many orders earn, in one statement a step: `calculation.py` said in SQL, to the point the same.

earning_due (the caller's: which order under which version) → earning_order (its money, day and buyer)
→ earning_bill, earning_matched (its lines by category, where any rule asks for them) → earning_award (a row for each
order and rule that holds). All of them are tables of the transaction.
"""

import json
from collections.abc import Mapping

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from customers.cycles.pauses import IN_SEOUL
from loyalty.earning.buyers import IS_FIRST_PURCHASE, TIER_ON_THE_DAY
from loyalty.earning.rule_sets import Reward, Rule, RuleSet

TABLES = """
    CREATE TEMPORARY TABLE IF NOT EXISTS earning_version (
        version_id bigint PRIMARY KEY, rounding text, on_shipping boolean, on_points boolean
    ) ON COMMIT DELETE ROWS;
    CREATE TEMPORARY TABLE IF NOT EXISTS earning_excluded (version_id bigint, category text) ON COMMIT DELETE ROWS;
    CREATE TEMPORARY TABLE IF NOT EXISTS earning_rule (
        version_id bigint, key text, place int, kind text, sign int, rate_of numeric, rate_by numeric, fixed bigint,
        minimum_won bigint, most_points bigint, any_category boolean, stores bigint[], channel text, tier bigint,
        segment bigint, starts_on date, ends_on date
    ) ON COMMIT DELETE ROWS;
    CREATE TEMPORARY TABLE IF NOT EXISTS earning_rule_category (
        version_id bigint, key text, category text
    ) ON COMMIT DELETE ROWS;
    CREATE TEMPORARY TABLE IF NOT EXISTS earning_due (
        order_id bigint PRIMARY KEY, version_id bigint, holding text[]
    ) ON COMMIT DELETE ROWS;
    CREATE TEMPORARY TABLE IF NOT EXISTS earning_order (
        order_id bigint, version_id bigint, holding text[], customer_id bigint, store_id bigint, channel text,
        placed_at timestamptz, day date, money bigint
    ) ON COMMIT DELETE ROWS;
    CREATE TEMPORARY TABLE IF NOT EXISTS earning_share (
        order_id bigint, category text, amount bigint
    ) ON COMMIT DELETE ROWS;
    CREATE TEMPORARY TABLE IF NOT EXISTS earning_bill (
        order_id bigint, total numeric, counting numeric
    ) ON COMMIT DELETE ROWS;
    CREATE TEMPORARY TABLE IF NOT EXISTS earning_matched (
        order_id bigint, key text, amount numeric
    ) ON COMMIT DELETE ROWS;
    CREATE TEMPORARY TABLE IF NOT EXISTS earning_award (
        order_id bigint, key text, place int, won bigint, points bigint
    ) ON COMMIT DELETE ROWS;
"""
NAMES = (
    "earning_version",
    "earning_excluded",
    "earning_rule",
    "earning_rule_category",
    "earning_due",
    "earning_order",
    "earning_share",
    "earning_bill",
    "earning_matched",
    "earning_award",
)
# Quicker than to truncate: as a transaction begins they are empty.
EMPTY = ";".join(f"DELETE FROM {name}" for name in NAMES)
FILL_VERSIONS = """
    INSERT INTO earning_version SELECT * FROM jsonb_to_recordset(%s) AS version (
        version_id bigint, rounding text, on_shipping boolean, on_points boolean)
"""
FILL_EXCLUDED = (
    "INSERT INTO earning_excluded SELECT * FROM jsonb_to_recordset(%s) AS e (version_id bigint, category text)"
)
FILL_RULES = """
    INSERT INTO earning_rule SELECT * FROM jsonb_to_recordset(%s) AS rule (
        version_id bigint, key text, place int, kind text, sign int, rate_of numeric, rate_by numeric, fixed bigint,
        minimum_won bigint, most_points bigint, any_category boolean, stores bigint[], channel text, tier bigint,
        segment bigint, starts_on date, ends_on date)
"""
FILL_RULE_CATEGORIES = """
    INSERT INTO earning_rule_category
    SELECT * FROM jsonb_to_recordset(%s) AS c (version_id bigint, key text, category text)
"""
READ_ORDERS = f"""
    INSERT INTO earning_order
    SELECT bought.id, due.version_id, due.holding, bought.customer_id, bought.store_id, bought.channel,
           bought.placed_at, (bought.placed_at {IN_SEOUL})::date,
           CASE WHEN NOT bought.is_purchase OR (bought.refunded > 0 AND bought.refunded >= bought.paid) THEN 0
                ELSE greatest(0, bought.paid - bought.refunded
                                 - CASE WHEN version.on_shipping THEN 0 ELSE bought.shipping END
                                 + CASE WHEN version.on_points THEN bought.points_used ELSE 0 END) END
    FROM earning_due AS due
    JOIN customers_order AS bought ON bought.id = due.order_id
    JOIN earning_version AS version USING (version_id)
"""
SHARE_BILLS = """
    INSERT INTO earning_share
    SELECT line.order_id, product.category, greatest(sum(line.amount), 0)
    FROM customers_orderline AS line JOIN customers_product AS product ON product.id = line.product_id
    WHERE line.order_id IN (SELECT order_id FROM earning_order)
    GROUP BY line.order_id, product.category;
    ANALYZE earning_share;
    INSERT INTO earning_bill
    SELECT share.order_id, sum(share.amount), coalesce(sum(share.amount) FILTER (WHERE excluded.category IS NULL), 0)
    FROM earning_share AS share
    JOIN earning_order AS bought USING (order_id)
    LEFT JOIN earning_excluded AS excluded USING (version_id, category)
    GROUP BY share.order_id;
    INSERT INTO earning_matched
    SELECT share.order_id, wanted.key, sum(share.amount)
    FROM earning_share AS share
    JOIN earning_order AS bought USING (order_id)
    JOIN earning_rule_category AS wanted USING (version_id, category)
    GROUP BY share.order_id, wanted.key;
    ANALYZE earning_bill, earning_matched
"""
HOLDS = f"""
    CASE WHEN bought.holding IS NOT NULL THEN rule.key = ANY(bought.holding)
    ELSE rule.channel IN ('', bought.channel)
     AND (rule.stores = '{{}}' OR coalesce(bought.store_id = ANY(rule.stores), false))
     AND (rule.starts_on IS NULL OR rule.starts_on <= bought.day)
     AND (rule.ends_on IS NULL OR bought.day <= rule.ends_on)
     AND (rule.tier IS NULL OR coalesce(rule.tier = ({TIER_ON_THE_DAY}), false))
     AND (rule.segment IS NULL OR EXISTS (
            SELECT FROM customers_segmentmembership AS member
            WHERE member.segment_id = rule.segment AND member.customer_id = bought.customer_id))
     AND (rule.kind <> 'birthday' OR EXISTS (
            SELECT FROM customers_customer AS buyer WHERE buyer.id = bought.customer_id
            AND extract(month FROM buyer.birthday) = extract(month FROM bought.day)))
     AND (rule.kind <> 'first_purchase' OR {IS_FIRST_PURCHASE})
    END
"""
# won = won_of / won_by and points = won × rate_of / rate_by, both as fractions, which are rounded only here.
AWARD = f"""
    INSERT INTO earning_award
    SELECT order_id, key, place, div(won_of, won_by),
           CASE WHEN won_of <= 0 OR won_of < minimum_won * won_by THEN 0
                ELSE least(most_points, coalesce(fixed, sign * CASE rounding
                    WHEN 'up' THEN div(won_of * rate_of + won_by * rate_by - 1, won_by * rate_by)
                    WHEN 'nearest' THEN div(2 * won_of * rate_of + won_by * rate_by, 2 * won_by * rate_by)
                    ELSE div(won_of * rate_of, won_by * rate_by) END)) END
    FROM (
        SELECT bought.order_id, rule.key, rule.place, rule.sign, rule.rate_of, rule.rate_by, rule.fixed,
               rule.minimum_won, rule.most_points, version.rounding,
               bought.money * CASE WHEN rule.any_category AND bill.total > 0 THEN bill.counting
                                   WHEN rule.any_category THEN 1
                                   WHEN bill.total > 0 THEN coalesce(matched.amount, 0)
                                   ELSE 0 END AS won_of,
               CASE WHEN bill.total > 0 THEN bill.total ELSE 1 END AS won_by
        FROM earning_order AS bought
        JOIN earning_version AS version USING (version_id)
        JOIN earning_rule AS rule USING (version_id)
        LEFT JOIN earning_bill AS bill USING (order_id)
        LEFT JOIN earning_matched AS matched ON matched.order_id = bought.order_id AND matched.key = rule.key
        WHERE {HOLDS}
    ) AS priced
"""


def make_tables(cursor: CursorWrapper) -> None:
    """Make the tables of this calculation, or empty those of an earlier one of the same transaction."""
    cursor.execute(TABLES)
    cursor.execute(EMPTY)


def fill_rules(cursor: CursorWrapper, versions: Mapping[int, RuleSet]) -> None:
    """Put the rules of these versions where the orders find them."""
    cursor.execute(FILL_VERSIONS, [json.dumps([_version(pk, rules) for pk, rules in versions.items()])])
    rows = [
        _rule(pk, rules, place, rule)
        for pk, rules in versions.items()
        for place, rule in enumerate(rules.purchase_rules, start=1)
    ]
    cursor.execute(FILL_RULES, [json.dumps(rows, default=str)])
    excluded = [
        {"version_id": pk, "category": name} for pk, rules in versions.items() for name in rules.excluded_categories
    ]
    cursor.execute(FILL_EXCLUDED, [json.dumps(excluded)])
    cursor.execute(FILL_RULE_CATEGORIES, [json.dumps(list(_rule_categories(versions)))])


def calculate(cursor: CursorWrapper) -> None:
    """Fill `earning_award` for the orders in `earning_due`."""
    # Temporary tables are not measured by themselves; unmeasured, a hundred thousand orders look like a thousand.
    cursor.execute("ANALYZE earning_due")
    cursor.execute(READ_ORDERS)
    cursor.execute("ANALYZE earning_order")
    cursor.execute("SELECT EXISTS (SELECT FROM earning_excluded) OR EXISTS (SELECT FROM earning_rule_category)")
    (asks_for_categories,) = cursor.fetchone()
    if asks_for_categories:
        cursor.execute(SHARE_BILLS)
    cursor.execute(AWARD)
    cursor.execute("ANALYZE earning_award")


@transaction.atomic
def points_by_rule(rules: RuleSet, orders: str, parameters: list[object]) -> list[tuple[str, int, int, int]]:
    """Return for each rule (key, orders, customers, points) what it would have given; nothing is written.

    Args:
        orders: the SQL of a query of ids of orders.
    """
    with connection.cursor() as cursor:
        make_tables(cursor)
        fill_rules(cursor, {0: rules})
        cursor.execute(f"INSERT INTO earning_due SELECT id, 0, NULL FROM ({orders}) AS chosen (id)", parameters)
        calculate(cursor)
        cursor.execute(
            "SELECT key, count(*), count(DISTINCT customer_id), sum(points)::bigint"
            " FROM earning_award JOIN earning_order USING (order_id) WHERE points > 0 GROUP BY key"
        )
        return cursor.fetchall()


def _version(pk: int, rules: RuleSet) -> dict[str, object]:
    return {
        "version_id": pk,
        "rounding": rules.rounding,
        "on_shipping": rules.earns_on_shipping,
        "on_points": rules.earns_on_points_used,
    }


def _rule(pk: int, rules: RuleSet, place: int, rule: Rule) -> dict[str, object]:
    rate = rules.rate_of(rule)
    return {
        "version_id": pk,
        "key": rule.key,
        "place": place,
        "kind": rule.kind,
        "sign": -1 if rate < 0 else 1,
        "rate_of": abs(rate.numerator),
        "rate_by": rate.denominator,
        "fixed": rule.value if rule.reward == Reward.FIXED else None,
        "minimum_won": rule.minimum_won,
        "most_points": rule.most_points,
        "any_category": not rule.categories,
        "stores": list(rule.stores),
        "channel": rule.channel,
        "tier": rule.tier,
        "segment": rule.segment,
        "starts_on": rule.starts_on,
        "ends_on": rule.ends_on,
    }


def _rule_categories(versions: Mapping[int, RuleSet]) -> list[dict[str, object]]:
    """Return which categories count for which rule: those it names that earn at all."""
    return [
        {"version_id": pk, "key": rule.key, "category": category}
        for pk, rules in versions.items()
        for rule in rules.purchase_rules
        for category in sorted(set(rule.categories) - set(rules.excluded_categories))
    ]
