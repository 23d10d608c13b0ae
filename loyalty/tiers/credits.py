"""What counts towards tiers: net spend, orders, points earned, each by its business date. The only writer of credits.

Append-only: a return is a negative row with the date of what was bought. A receipt counts once, for ever.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from crm_project.job_locks import NAMESPACE
from customers.models import CustomerMerge
from loyalty.models import TierCause, TierCreditProgress
from loyalty.tiers.evaluation import settle

ORDERS = "order"
WORTH_MEASURING = 10_000
# Held while orders are held against what was credited, so that two at once do not both write the difference.
LOCK = (NAMESPACE, 2)

WRITE = """
INSERT INTO loyalty_tiercredit (customer_id, business_date, net_spend, orders, points, source_system, reference, line)
SELECT customer_id, business_date, net_spend, orders, points, source_system, reference, line
FROM ({due}) AS due (customer_id, business_date, net_spend, orders, points, source_system, reference, line)
WHERE (net_spend, orders, points) <> (0, 0, 0)
ORDER BY customer_id, reference
ON CONFLICT DO NOTHING
RETURNING customer_id, least(net_spend, orders, points) < 0
"""
ONE = """
SELECT %(customer_id)s::bigint, %(business_date)s::date, %(net_spend)s::bigint, %(orders)s::int, %(points)s::bigint,
       %(source_system)s::text, %(reference)s::text, %(line)s::text
"""
# What an order is worth now, less what was credited for it so far: under whoever it was, by whatever date.
DIFFERENCE = """
WITH asked AS MATERIALIZED ({orders}),
merged AS MATERIALIZED (SELECT id, merged_into_id FROM customers_customer WHERE merged_into_id IS NOT NULL),
worth AS (
    SELECT bought.id::text AS reference, bought.customer_id AS owner_id,
           coalesce(merged.merged_into_id, bought.customer_id) AS customer_id,
           (bought.placed_at AT TIME ZONE 'Asia/Seoul')::date AS business_date,
           greatest(bought.revenue, 0) AS net_spend, (bought.revenue > 0)::int AS orders
    FROM asked JOIN customers_order AS bought ON bought.id = asked.id
    LEFT JOIN merged ON merged.id = bought.customer_id
    WHERE bought.customer_id IS NOT NULL
),
credited AS (
    SELECT credit.reference, min(credit.customer_id) AS owner_id,
           coalesce(merged.merged_into_id, credit.customer_id) AS customer_id, credit.business_date,
           sum(credit.net_spend)::bigint AS net_spend, sum(credit.orders)::int AS orders, count(*) AS lines
    FROM asked JOIN loyalty_tiercredit AS credit
         ON credit.source_system = %(source)s AND credit.reference = asked.id::text
    LEFT JOIN merged ON merged.id = credit.customer_id
    GROUP BY credit.reference, coalesce(merged.merged_into_id, credit.customer_id), credit.business_date
),
written AS (SELECT reference, sum(lines) AS lines FROM credited GROUP BY reference)
SELECT coalesce(worth.owner_id, credited.owner_id), business_date,
       coalesce(worth.net_spend, 0) - coalesce(credited.net_spend, 0),
       coalesce(worth.orders, 0) - coalesce(credited.orders, 0), 0::bigint, %(source)s::text, reference,
       (coalesce(written.lines, 0)
        + row_number() OVER (PARTITION BY reference ORDER BY customer_id, business_date))::text
FROM worth
FULL JOIN credited USING (reference, customer_id, business_date)
LEFT JOIN written USING (reference)
WHERE (coalesce(worth.net_spend, 0), coalesce(worth.orders, 0))
      <> (coalesce(credited.net_spend, 0), coalesce(credited.orders, 0))
"""
EVERY_ORDER = """
SELECT id FROM customers_order
UNION SELECT reference::bigint FROM loyalty_tiercredit WHERE source_system = %(source)s
"""
CHANGED_ORDERS = "SELECT id FROM customers_order WHERE changed_at >= %(since)s"
# The oldest moment at which a transaction under way may still write an order that was stamped before now.
SAFELY_SEEN = """
SELECT least(clock_timestamp(), min(xact_start)) - interval '1 minute' FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


def credit(
    customer_id: int,
    *,
    business_date: date,
    source_system: str,
    reference: str,
    line: str = "",
    net_spend: int = 0,
    orders: int = 0,
    points: int = 0,
) -> bool:
    """Count something towards a customer's tier, and move them up at once if it suffices; False if it was counted.

    Net spend in whole won; amounts of a return are negative, with the business date (KST) of what was bought.
    """
    given = {
        "customer_id": customer_id,
        "business_date": business_date,
        "net_spend": net_spend,
        "orders": orders,
        "points": points,
        "source_system": source_system,
        "reference": reference,
        "line": line,
    }
    return credit_many(ONE, given) == 1


@transaction.atomic
def credit_many(query: str, parameters: Mapping[str, Any] | None = None, *, cause: str = TierCause.RETURNED) -> int:
    """Count what a query gives, and move up whom it suffices; return how many rows were new.

    The query's columns: customer_id, business_date, net_spend, orders, points, source_system, reference, line. In the
    caller's transaction, so that points and what they count towards a tier are booked together. `cause` is what the
    history says of whoever falls; where it is a change of the ladder, of whoever rises too.
    """
    with connection.cursor() as cursor:
        cursor.execute(WRITE.format(due=query), parameters or {})
        written = cursor.fetchall()
        if len(written) >= WORTH_MEASURING:
            # What follows joins them; unmeasured, that would be planned as if the table were empty.
            cursor.execute("ANALYZE loyalty_tiercredit")
    customers = {customer_id for customer_id, _is_return in written}
    settle(customers, cause=cause, returned={customer_id for customer_id, is_return in written if is_return})
    return len(written)


@transaction.atomic
def credit_orders(orders: str, parameters: Mapping[str, Any] | None = None, *, cause: str = TierCause.RETURNED) -> int:
    """Count net spend and number of the orders whose ids a query gives (column `id`); return how many rows it took.

    Writes the difference to what was counted before, so that it may be called any number of times, and refunds,
    cancellations and orders that changed hands come out right.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", LOCK)
    return credit_many(DIFFERENCE.format(orders=orders), {"source": ORDERS} | dict(parameters or {}), cause=cause)


@transaction.atomic
def credit_changed_orders() -> int | None:
    """Count the orders that came in or changed since the last time; return how many rows it took.

    None, and nothing done, before `credit_every_order` ran for the first time.
    """
    progress = TierCreditProgress.objects.select_for_update().first()
    if progress is None:
        return None
    since = progress.looked_until
    _look_until_now()
    written = credit_orders(CHANGED_ORDERS, {"since": since})
    settle(_joined_or_parted(since))
    return written


@transaction.atomic
def credit_every_order() -> int:
    """Count all orders anew; writes nothing where all is as it should be. Return how many rows it took.

    Whom this lifts is told as a change of the ladder: it is years of orders at the first time, and no entry in a tier
    that coupons are given for.
    """
    _look_until_now()
    return credit_orders(EVERY_ORDER, cause=TierCause.RULES_CHANGED)


def _joined_or_parted(since: datetime) -> set[int]:
    """Return the customers of merges made or undone since: their books are read as one, or as two again."""
    merges = CustomerMerge.objects.filter(Q(merged_at__gte=since) | Q(undone_at__gte=since))
    return {customer_id for pair in merges.values_list("kept", "merged") for customer_id in pair}


def _look_until_now() -> None:
    with connection.cursor() as cursor:
        cursor.execute(SAFELY_SEEN)
        (looked_until,) = cursor.fetchone()
    TierCreditProgress.objects.update_or_create(pk=1, defaults={"looked_until": looked_until})
