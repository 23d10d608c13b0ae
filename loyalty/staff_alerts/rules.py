"""The rules by which bookings stand out. Each is one query over a day, so that a night costs the same for any staff.

A query gives person, customer (or null), how often, out of how many, and points; `since` and `until` bound the day.
"""

from dataclasses import dataclass
from datetime import timedelta

from loyalty.models import StaffAlert

Rule = StaffAlert.Rule

MOST_ADJUSTMENTS = 10
SOON = timedelta(hours=1)
QUICK = timedelta(minutes=2)
MOST_QUICK_USES = 5
LEAST_CANCELS = 5
CANCELS_ONE_IN = 5
MOST_RECEIPTS_OF_A_MEMBER = 3
LEAST_WITHOUT_A_SALE = 3
LEAST_LOOKUPS = 30
LOOKUPS_TO_A_BOOKING = 10
# Sales come in late where a shop sends them in files.
SALES_ARE_IN_AFTER_DAYS = 3

NUMBERS = {
    "most_adjustments": MOST_ADJUSTMENTS,
    "soon": SOON,
    "quick": QUICK,
    "most_quick_uses": MOST_QUICK_USES,
    "least_cancels": LEAST_CANCELS,
    "cancels_one_in": CANCELS_ONE_IN,
    "most_receipts": MOST_RECEIPTS_OF_A_MEMBER,
    "least_without_a_sale": LEAST_WITHOUT_A_SALE,
    "least_lookups": LEAST_LOOKUPS,
    "lookups_to_a_booking": LOOKUPS_TO_A_BOOKING,
}


@dataclass(frozen=True, slots=True)
class Query:
    """How one rule is asked, and how many days after the day it is asked about."""

    rule: str
    sql: str
    after_days: int = 1


OWN_ACCOUNT = """
    SELECT person.id, account.customer_id, count(*), 0, sum(booked.points)
    FROM loyalty_transaction AS booked
    JOIN auth_user AS person ON person.id = booked.by_id
    JOIN loyalty_account AS account ON account.id = booked.account_id
    JOIN customers_customer AS customer ON customer.id = account.customer_id
     AND (person.email <> '' AND lower(customer.email) = lower(person.email)
          OR EXISTS (SELECT FROM loyalty_storestaff AS staff
                     WHERE staff.user_id = person.id AND staff.customer_id = customer.id))
    WHERE booked.posted_at >= %(since)s AND booked.posted_at < %(until)s
    GROUP BY person.id, account.customer_id
"""
MANY_ADJUSTMENTS = """
    SELECT by_id, NULL::bigint, count(*), 0, sum(points) FROM loyalty_transaction
    WHERE kind = 'adjust' AND posted_at >= %(since)s AND posted_at < %(until)s
    GROUP BY by_id HAVING count(*) > %(most_adjustments)s
"""
# By whomever they were used: who adjusted is asked what for.
USED_AFTER_ADJUSTMENT = """
    SELECT person, customer, count(*), 0, sum(points)
    FROM (
        SELECT DISTINCT given.by_id AS person, account.customer_id AS customer, used.id, used.points
        FROM loyalty_transaction AS given
        JOIN loyalty_entry AS leg
          ON leg.transaction_id = given.id AND leg.account_id = given.account_id AND leg.amount > 0
        JOIN loyalty_account AS account ON account.id = given.account_id
        JOIN loyalty_transaction AS used ON used.account_id = given.account_id AND used.kind IN ('redeem', 'capture')
         AND used.posted_at > given.posted_at AND used.posted_at <= given.posted_at + %(soon)s
        WHERE given.kind = 'adjust' AND given.posted_at >= %(since)s AND given.posted_at < %(until)s
    ) AS soon
    GROUP BY person, customer
"""
# Last four digits and an initial fit many members: whoever knows them need not be the member.
QUICK_USES = """
    SELECT act.by_id, NULL::bigint, count(DISTINCT act.id), 0, sum(act.points)
    FROM loyalty_deskact AS act
    JOIN loyalty_transaction AS used ON used.id = act.transaction_id
    JOIN loyalty_account AS account ON account.id = used.account_id
    WHERE act.kind = 'redeem' AND act.happened_at >= %(since)s AND act.happened_at < %(until)s
      AND EXISTS (
        SELECT FROM loyalty_desklookup AS lookup
        WHERE lookup.by_id = act.by_id AND lookup.customer_id = account.customer_id AND lookup.outcome = 'found'
          AND lookup.how IN ('last_four', 'chosen')
          AND lookup.happened_at BETWEEN act.happened_at - %(quick)s AND act.happened_at)
    GROUP BY act.by_id HAVING count(*) > %(most_quick_uses)s
"""
MANY_CANCELS = """
    SELECT by_id, NULL::bigint, count(*) FILTER (WHERE is_cancel), count(*) FILTER (WHERE NOT is_cancel),
           coalesce(sum(points) FILTER (WHERE is_cancel), 0)
    FROM (
        SELECT by_id, kind = 'cancel' AS is_cancel, points FROM loyalty_deskact
        WHERE happened_at >= %(since)s AND happened_at < %(until)s
        UNION ALL
        SELECT staff_id, false, 0 FROM loyalty_couponredemption
        WHERE staff_id IS NOT NULL AND position = 1 AND redeemed_at >= %(since)s AND redeemed_at < %(until)s
        UNION ALL
        SELECT ended_by_id, true, 0 FROM loyalty_couponredemption
        WHERE ended_by_id IS NOT NULL AND position = 1 AND ended_at >= %(since)s AND ended_at < %(until)s
    ) AS done
    GROUP BY by_id
    HAVING count(*) FILTER (WHERE is_cancel) >= %(least_cancels)s
       AND count(*) FILTER (WHERE is_cancel) * %(cancels_one_in)s >= count(*) FILTER (WHERE NOT is_cancel)
"""
ONE_MEMBER = """
    SELECT act.by_id, account.customer_id, count(*), 0, sum(act.points)
    FROM loyalty_deskact AS act
    JOIN loyalty_transaction AS earned ON earned.id = act.transaction_id
    JOIN loyalty_account AS account ON account.id = earned.account_id
    WHERE act.kind = 'earn' AND act.happened_at >= %(since)s AND act.happened_at < %(until)s
    GROUP BY act.by_id, account.customer_id HAVING count(DISTINCT act.receipt) > %(most_receipts)s
"""
# Asked only where sales of that day came in from the store: elsewhere none ever do.
NO_SALE = """
    SELECT by_id, NULL::bigint, count(*) FILTER (WHERE NOT is_sold), count(*),
           coalesce(sum(points) FILTER (WHERE NOT is_sold), 0)
    FROM (
        SELECT act.by_id, act.points, EXISTS (
            SELECT FROM customers_order AS sale
            WHERE sale.source = store.source AND sale.external_id = act.receipt) AS is_sold
        FROM loyalty_deskact AS act
        JOIN customers_store AS store ON store.id = act.store_id
        WHERE act.kind = 'earn' AND act.happened_at >= %(since)s AND act.happened_at < %(until)s
          AND NOT EXISTS (SELECT FROM loyalty_transaction AS back WHERE back.reverses_id = act.transaction_id)
          AND EXISTS (
            SELECT FROM customers_order AS sale
            WHERE sale.store_id = store.id AND sale.placed_at >= %(since)s AND sale.placed_at < %(until)s)
    ) AS earned
    GROUP BY by_id HAVING count(*) FILTER (WHERE NOT is_sold) >= %(least_without_a_sale)s
"""
IDLE_LOOKUPS = """
    SELECT looked.by_id, NULL::bigint, looked.members, coalesce(booked.acts, 0), 0
    FROM (
        SELECT by_id, count(DISTINCT customer_id) AS members FROM loyalty_desklookup
        WHERE by_id IS NOT NULL AND terminal = '' AND happened_at >= %(since)s AND happened_at < %(until)s
        GROUP BY by_id HAVING count(DISTINCT customer_id) >= %(least_lookups)s
    ) AS looked
    LEFT JOIN (
        SELECT by_id, count(*) AS acts FROM (
            SELECT by_id FROM loyalty_deskact WHERE happened_at >= %(since)s AND happened_at < %(until)s
            UNION ALL
            SELECT staff_id FROM loyalty_couponredemption
            WHERE position = 1 AND redeemed_at >= %(since)s AND redeemed_at < %(until)s
        ) AS acts GROUP BY by_id
    ) AS booked ON booked.by_id = looked.by_id
    WHERE looked.members >= coalesce(booked.acts, 0) * %(lookups_to_a_booking)s
"""

QUERIES = (
    Query(Rule.OWN_ACCOUNT, OWN_ACCOUNT),
    Query(Rule.MANY_ADJUSTMENTS, MANY_ADJUSTMENTS),
    Query(Rule.USED_AFTER_ADJUSTMENT, USED_AFTER_ADJUSTMENT),
    Query(Rule.QUICK_USES, QUICK_USES),
    Query(Rule.MANY_CANCELS, MANY_CANCELS),
    Query(Rule.ONE_MEMBER, ONE_MEMBER),
    Query(Rule.NO_SALE, NO_SALE, after_days=SALES_ARE_IN_AFTER_DAYS),
    Query(Rule.IDLE_LOOKUPS, IDLE_LOOKUPS),
)
