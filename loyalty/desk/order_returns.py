"""The order of a receipt came back by the shop's own file or API: what was used for it at the desk comes back too,
and of a guest's order what was earned for it there is taken back; a member's order sees to what it earned by itself.

Of an order that was cancelled or refunded whole all of it; of one that was refunded in part the points in the share of
the money paid back. Goods that came back at a till are its own to reckon. Worked out for the sum of all that came back,
less what was given back before, so that it may run as often as it likes.

A number alone makes no receipt an order's: two stores, and two people, may have the same one. Where the order names its
store or its buyer, they have to be those of the use; it has to name one of them; and where it would be two stores'
receipt alike, nothing comes back.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from crm_project import queue
from customers.models import Order
from loyalty import ledger
from loyalty.coupons import taking_back
from loyalty.ledger.awards import already_back
from loyalty.ledger.terms import Posting, Receipt
from loyalty.models import Account, CouponRedemption, CouponReturn, Transaction

SOURCE = "desk return"
# Times that the clock missed are made up for.
LOOKED_BACK = timedelta(days=7)
WHOLE = (Order.Status.CANCELLED, Order.Status.REFUNDED)
AT_A_TILL = "EXISTS (SELECT FROM loyalty_tilltransaction AS act WHERE act.order_id = bought.id AND act.kind = 'return')"
# Null where the order or the use names nobody.
IS_THE_BUYERS = "coalesce(holder.merged_into_id, holder.id) = coalesce(buyer.merged_into_id, buyer.id)"
# The points of a booking in the share of the money that was paid back.
SHARE = """
            SELECT CASE WHEN bought.status = ANY(%(whole)s) THEN {booked}.points
                        WHEN bought.paid > 0
                        THEN least({booked}.points, {booked}.points * bought.refunded / bought.paid)
                        ELSE 0 END AS points"""
POINTS = f"""
    SELECT used_id, order_id, points
    FROM (
        SELECT used.id AS used_id, used.account_id, bought.id AS order_id, wanted.points,
               min(act.store_id) OVER of_order = max(act.store_id) OVER of_order AS is_of_one_store
        FROM customers_order AS bought
        JOIN customers_store AS store ON store.source = bought.source AND store.id = coalesce(bought.store_id, store.id)
        JOIN loyalty_deskact AS act
          ON act.store_id = store.id AND act.receipt = bought.external_id AND act.kind = 'redeem'
        JOIN loyalty_transaction AS used ON used.id = act.transaction_id
        JOIN loyalty_account AS account ON account.id = used.account_id
        JOIN customers_customer AS holder ON holder.id = account.customer_id
        LEFT JOIN customers_customer AS buyer ON buyer.id = bought.customer_id
        CROSS JOIN LATERAL ({SHARE.format(booked="used")}) AS wanted
        WHERE bought.changed_at >= %(since)s
          AND (bought.status = ANY(%(whole)s) OR (bought.refunded > 0 AND NOT {AT_A_TILL}))
          AND coalesce({IS_THE_BUYERS}, bought.store_id IS NOT NULL)
          AND wanted.points > (SELECT coalesce(sum(points), 0) FROM loyalty_transaction WHERE reverses_id = used.id)
        WINDOW of_order AS (PARTITION BY bought.id)
    ) AS found
    WHERE is_of_one_store
    ORDER BY account_id, used_id
"""
# A receipt that earned stands for the order of its number (`acting.earn`).
EARNED = f"""
    SELECT award.id, bought.id, wanted.points
    FROM customers_order AS bought
    JOIN customers_store AS store ON store.source = bought.source AND store.id = coalesce(bought.store_id, store.id)
    JOIN loyalty_deskact AS act
      ON act.store_id = store.id AND act.receipt = bought.external_id AND act.kind = 'earn'
    JOIN loyalty_transaction AS award ON award.id = act.transaction_id
    CROSS JOIN LATERAL ({SHARE.format(booked="award")}) AS wanted
    WHERE bought.changed_at >= %(since)s AND bought.customer_id IS NULL
      AND (bought.status = ANY(%(whole)s) OR bought.refunded > 0)
      AND wanted.points > (SELECT coalesce(sum(points), 0) FROM loyalty_transaction WHERE reverses_id = award.id)
    ORDER BY award.account_id, award.id
"""
# The first use of each act, of which something was not given back here. A coupon that does not come back stays used.
COUPONS = f"""
    SELECT DISTINCT first.id, bought.status
    FROM customers_order AS bought
    JOIN loyalty_couponredemption AS use
      ON use.source = bought.source AND use.receipt = bought.external_id AND use.status = 'used'
     AND use.receipt <> '' AND use.staff_id IS NOT NULL
     AND coalesce(bought.store_id, use.store_id) IS NOT DISTINCT FROM use.store_id
    JOIN loyalty_couponredemption AS first
      ON first.source = use.source AND first.external_id = use.external_id AND first.position = 1
    LEFT JOIN customers_customer AS holder ON holder.id = use.customer_id
    LEFT JOIN customers_customer AS buyer ON buyer.id = bought.customer_id
    WHERE bought.changed_at >= %(since)s AND bought.status = ANY(%(whole)s)
      AND (use.returned_amount < use.eligible_amount OR NOT {AT_A_TILL})
      AND coalesce({IS_THE_BUYERS}, bought.store_id IS NOT NULL)
      AND NOT EXISTS (
          SELECT FROM loyalty_couponreturn AS back
          WHERE back.redemption_id = use.id AND back.external_id = '{SOURCE} ' || first.id)
    ORDER BY first.id
"""


@dataclass(frozen=True, slots=True)
class GivenBack:
    """Of how many uses of points something came back, of how many receipts the coupons, and of how many awards."""

    points: int
    coupons: int
    earned: int


def give_back(now: datetime) -> GivenBack:
    """Give back what was used at desks for orders that came back lately, and take back what guests' ones earned there.

    Again it finds no more.

    Raises:
        ExceptionGroup: some could not be given back; the others were.
    """
    failures: list[Exception] = []
    points = _each(_found(POINTS, now), lambda *row: _move_points(*row, ledger.give_back, now), failures)
    coupons = _each(_found(COUPONS, now), _give_coupons, failures)
    earned = _each(_found(EARNED, now), lambda *row: _move_points(*row, ledger.claw_back, now), failures)
    if failures:
        raise ExceptionGroup("Some points and coupons could not be given back", failures)
    return GivenBack(points, coupons, earned)


def _found(statement: str, now: datetime) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"since": now - LOOKED_BACK, "whole": list(WHOLE)})
        return cursor.fetchall()


def _each(rows: Sequence[tuple[Any, ...]], give: Callable[..., int], failures: list[Exception]) -> int:
    """Give back for each row; return for how many. One that fails keeps nobody else from theirs."""
    given = 0
    for row in rows:
        try:
            given += give(*row)
        except Exception as failure:
            failure.add_note(f"use or award {row[0]}")
            failures.append(failure)
        queue.progress()
    return given


@transaction.atomic
def _move_points(booked_id: int, order_id: int, wanted: int, move: Callable[..., Posting], now: datetime) -> int:
    """Give a use back, or take an award back (`move`), as far as it was not before."""
    booked, order = Transaction.objects.get(pk=booked_id), Order.objects.select_related("store").get(pk=order_id)
    Account.objects.select_for_update(no_key=True).get(pk=booked.account_id)
    before = already_back(booked)
    if wanted <= before:
        return 0
    receipt = Receipt(SOURCE, f"{booked_id}", f"{before}")
    move(booked_id, wanted - before, receipt=receipt, occurred_at=order.changed_at, store=order.store, now=now)
    return 1


@transaction.atomic
def _give_coupons(first_id: int, status: str) -> int:
    """Undo the act for a cancelled order; where goods came back, now or before, return the rest of them."""
    first = CouponRedemption.objects.get(pk=first_id)
    act = {"source": first.source, "external_id": first.external_id}
    has_returns = CouponReturn.objects.filter(redemption__in=CouponRedemption.objects.filter(**act)).exists()
    if status == Order.Status.CANCELLED and not has_returns:
        taking_back.cancel(first.source, first.external_id, reason=str(Order.Status.CANCELLED.label))
    else:
        taking_back.return_rest(first.source, first.external_id, return_reference=f"{SOURCE} {first.pk}")
    return 1
