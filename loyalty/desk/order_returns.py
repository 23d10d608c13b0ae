"""The order of a receipt came back by the shop's own file or API: what was used for it at the desk comes back too.

Of an order that was cancelled or refunded whole all of it; of one that was refunded in part the points in the share of
the money paid back. Goods that came back at a till are its own to reckon. Worked out for the sum of all that came back,
less what was given back before, so that it may run as often as it likes.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from crm_project import queue
from customers.models import Order
from loyalty import ledger
from loyalty.coupons import taking_back
from loyalty.ledger.awards import already_back
from loyalty.ledger.terms import Receipt
from loyalty.models import Account, CouponRedemption, Transaction

SOURCE = "desk return"
# Times that the clock missed are made up for.
LOOKED_BACK = timedelta(days=7)
WHOLE = (Order.Status.CANCELLED, Order.Status.REFUNDED)
AT_A_TILL = "EXISTS (SELECT FROM loyalty_tilltransaction AS act WHERE act.order_id = bought.id AND act.kind = 'return')"
POINTS = f"""
    SELECT used.id, bought.id, wanted.points
    FROM customers_order AS bought
    JOIN customers_store AS store ON store.source = bought.source AND store.id = coalesce(bought.store_id, store.id)
    JOIN loyalty_deskact AS act
      ON act.store_id = store.id AND act.receipt = bought.external_id AND act.kind = 'redeem'
    JOIN loyalty_transaction AS used ON used.id = act.transaction_id
    CROSS JOIN LATERAL (
        SELECT CASE WHEN bought.status = ANY(%(whole)s) THEN used.points
                    WHEN bought.paid > 0 THEN least(used.points, used.points * bought.refunded / bought.paid)
                    ELSE 0 END AS points) AS wanted
    WHERE bought.changed_at >= %(since)s
      AND (bought.status = ANY(%(whole)s) OR (bought.refunded > 0 AND NOT {AT_A_TILL}))
      AND wanted.points > (SELECT coalesce(sum(points), 0) FROM loyalty_transaction WHERE reverses_id = used.id)
    ORDER BY used.account_id, used.id
"""
COUPONS = f"""
    SELECT use.id, bought.status
    FROM customers_order AS bought
    JOIN loyalty_couponredemption AS use
      ON use.source = bought.source AND use.receipt = bought.external_id AND use.status = 'used' AND use.position = 1
     AND use.receipt <> '' AND use.staff_id IS NOT NULL
    WHERE bought.changed_at >= %(since)s AND bought.status = ANY(%(whole)s) AND NOT {AT_A_TILL}
    ORDER BY use.id
"""


@dataclass(frozen=True, slots=True)
class GivenBack:
    """Of how many uses of points something came back, and of how many receipts the coupons."""

    points: int
    coupons: int


def give_back(now: datetime) -> GivenBack:
    """Give back what was used at desks for orders that came back lately; again it finds no more."""
    looked_at = {"since": now - LOOKED_BACK, "whole": list(WHOLE)}
    with connection.cursor() as cursor:
        cursor.execute(POINTS, looked_at)
        points = cursor.fetchall()
        cursor.execute(COUPONS, looked_at)
        coupons = cursor.fetchall()
    given = 0
    for used_id, order_id, wanted in points:
        given += _give_points(used_id, order_id, wanted, now)
        queue.progress()
    for use_id, status in coupons:
        _give_coupons(CouponRedemption.objects.get(pk=use_id), status)
        queue.progress()
    return GivenBack(given, len(coupons))


@transaction.atomic
def _give_points(used_id: int, order_id: int, wanted: int, now: datetime) -> int:
    used, order = Transaction.objects.get(pk=used_id), Order.objects.select_related("store").get(pk=order_id)
    Account.objects.select_for_update(no_key=True).get(pk=used.account_id)
    before = already_back(used)
    if wanted <= before:
        return 0
    receipt = Receipt(SOURCE, f"{used_id}", f"{before}")
    ledger.give_back(
        used_id, wanted - before, receipt=receipt, occurred_at=order.changed_at, store=order.store, now=now
    )
    return 1


def _give_coupons(first: CouponRedemption, status: str) -> None:
    """Undo the use for a cancelled order; of a refunded one all goods came back."""
    if status == Order.Status.CANCELLED:
        taking_back.cancel(first.source, first.external_id, reason=str(Order.Status.CANCELLED.label))
        return
    taking_back.return_rest(first.source, first.external_id, return_reference=f"{SOURCE} {first.pk}")
