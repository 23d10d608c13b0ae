"""What a return takes back: of each order whose points became fewer, from the awards it was given, newest first.

The ledger takes it from the award's own lot, then from others, and books what is missing as a debt.
"""

from collections.abc import Sequence

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from customers.models import Order
from loyalty import ledger, tiers
from loyalty.earning.validity import kst_day
from loyalty.ledger.awards import already_back
from loyalty.ledger.terms import Receipt
from loyalty.models import OrderAward, Program, Transaction

REDUCED = """
    SELECT result.order_id, result.points_before - result.points, result.revision
    FROM earning_result AS result WHERE result.points < result.points_before ORDER BY result.account_id, result.order_id
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


def take_back_reduced(cursor: CursorWrapper) -> int:
    """Take back what the orders in `earning_result` earn less than before; return how many they are."""
    cursor.execute(REDUCED)
    reduced = cursor.fetchall()
    orders = Order.objects.in_bulk([order_id for order_id, _points, _revision in reduced])
    for order_id, points, revision in reduced:
        take_back(orders[order_id], points, revision=revision)
    return len(reduced)


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


def take_back(order: Order, points: int, *, revision: int) -> None:
    """Take back points of an order's awards, the newest first; what staff took back already is not taken twice."""
    awards = Transaction.objects.filter(
        kind=Transaction.Kind.EARN, source_system=order.source, reference=order.external_id
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
        take_back(order, former, revision=award.revision)
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
