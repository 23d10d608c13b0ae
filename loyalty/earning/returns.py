"""What a return takes back: of each order whose points became fewer, from the awards it was given, newest first.

The ledger takes it from the award's own lot, then from others, and books what is missing as a debt.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from customers.models import Order
from loyalty import ledger, tiers
from loyalty.earning.desk_receipts import AFTER_DESK, line_of
from loyalty.earning.validity import kst_day
from loyalty.ledger.awards import already_back
from loyalty.ledger.batch_returns import claw_back_many
from loyalty.ledger.terms import Receipt
from loyalty.models import OrderAward, Program, Transaction

# Of each order the newest award first, as far as it was not taken back before.
REDUCED = """
    SELECT award_id, least(wanted - newer, not_back)::bigint AS points, source_system, reference, line, occurred_at,
           store_id
    FROM (
        SELECT award.id AS award_id, award.points - coalesce(back.points, 0) AS not_back,
               result.points_before - result.points AS wanted,
               coalesce(sum(award.points - coalesce(back.points, 0)) OVER (
                   newest_first ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS newer,
               bought.source AS source_system, bought.external_id AS reference,
               result.revision || '.' || row_number() OVER newest_first AS line,
               bought.changed_at AS occurred_at, bought.store_id
        FROM earning_result AS result
        JOIN customers_order AS bought ON bought.id = result.order_id
        JOIN loyalty_account AS account ON account.id = result.account_id
        JOIN loyalty_transaction AS award ON award.program_id = account.program_id AND award.kind = 'earn'
             AND award.source_system = bought.source AND award.reference = bought.external_id AND award.reference <> ''
        LEFT JOIN LATERAL (
            SELECT sum(points) AS points FROM loyalty_transaction WHERE reverses_id = award.id) AS back ON true
        WHERE result.points < result.points_before
        WINDOW newest_first AS (PARTITION BY bought.id ORDER BY award.id DESC)
    ) AS awards
    WHERE not_back > 0 AND newer < wanted
"""
MOVED = """
    SELECT award.order_id FROM loyalty_orderaward AS award
    JOIN customers_order AS bought ON bought.id = award.order_id
    LEFT JOIN customers_customer AS buyer ON buyer.id = bought.customer_id
    JOIN loyalty_account AS account ON account.id = award.account_id
    JOIN customers_customer AS holder ON holder.id = account.customer_id
    WHERE award.order_id = ANY(%s)
      AND coalesce(holder.merged_into_id, holder.id) IS DISTINCT FROM coalesce(buyer.merged_into_id, buyer.id)
    ORDER BY award.account_id, award.order_id
"""


def take_back_reduced(cursor: CursorWrapper, *, now: datetime | None = None) -> int:
    """Take back what the orders in `earning_result` earn less than before; return how many they are.

    What staff took back already is not taken twice.
    """
    claw_back_many(REDUCED, now=now)
    cursor.execute("SELECT count(*) FROM earning_result WHERE points < points_before")
    return cursor.fetchone()[0]


def take_back_moved(order_ids: Sequence[int], *, program: Program) -> int:
    """Take everything back of orders that turned out to be another customer's, or a guest's; return how many.

    The award then begins anew at nothing under whoever has the order now. A merge of customers is none of this: the
    ledger moves the points itself.
    """
    with connection.cursor() as cursor:
        cursor.execute(MOVED, [list(order_ids)])
        moved = [order_id for (order_id,) in cursor.fetchall()]
    for award in OrderAward.objects.filter(pk__in=moved).select_related("order", "account").order_by("account", "pk"):
        _begin_anew(award, program)
    return len(moved)


def begin_anew_after_desk(source: str, reference: str, *, program: Program) -> int | None:
    """Begin the award of an order anew of which nothing stands, for staff took it back; return the order."""
    awards = OrderAward.objects.filter(order__source=source, order__external_id=reference, points__gt=0)
    award = awards.select_related("order", "account").first()
    if award is None or line_of(award.order, program) != AFTER_DESK:
        return None
    _begin_anew(award, program)
    return award.pk


def _take_back(order: Order, points: int, *, revision: int, program: Program) -> None:
    awards = Transaction.objects.filter(
        program=program, kind=Transaction.Kind.EARN, source_system=order.source, reference=order.external_id
    )
    for number, award in enumerate(awards.order_by("-pk"), start=1):
        part = min(points, award.points - already_back(award))
        if part:
            line = f"{revision}.{number}"
            receipt = Receipt(order.source, order.external_id, line)
            ledger.claw_back(award.pk, part, receipt=receipt, occurred_at=order.changed_at, store=order.store)
            points -= part


def _begin_anew(award: OrderAward, program: Program) -> None:
    order, former = award.order, award.points
    award.revision += 1
    if former:
        _take_back(order, former, revision=award.revision, program=program)
        tiers.credit(
            award.account.customer_id,
            business_date=kst_day(order.placed_at),
            source_system="earning",
            reference=str(order.pk),
            line=str(award.revision),
            points=-former,
        )
    if order.customer_id:
        award.account = ledger.account_of(order.customer_id, program=program)
    award.won, award.points, award.reasons, award.awarded_at = 0, 0, [], timezone.now()
    award.save(update_fields=["account", "won", "points", "reasons", "revision", "awarded_at"])
