"""Coupons whose last day is past. Nobody can use one even while this does not run: every use looks at the date.

This only tidies up: the state, the counters, and the segments of whom it concerns.
"""

from datetime import datetime

from django.db import connection, transaction
from django.db.models import F

from crm_project import queue
from loyalty.models import Coupon, IssuedCoupon

CHUNK = 20_000
# The coupon's row is locked before its pieces, as it is when one is used.
EXPIRE = """
    UPDATE loyalty_issuedcoupon SET status = 'expired' WHERE id IN (
        SELECT id FROM loyalty_issuedcoupon
        WHERE coupon_id = %s AND status = 'held' AND expires_at <= %s ORDER BY id LIMIT %s
    )
"""


def expire_due(now: datetime) -> int:
    """Mark the unused coupons whose last day is past; return how many. May be cut and called again."""
    expired = 0
    due = IssuedCoupon.objects.filter(status=IssuedCoupon.Status.HELD, expires_at__lte=now)
    for coupon_id in due.order_by().values_list("coupon", flat=True).distinct():
        while (count := _expire_chunk(coupon_id, now)) and not queue.out_of_time():
            expired += count
            queue.progress()
    return expired


@transaction.atomic
def _expire_chunk(coupon_id: int, now: datetime) -> int:
    Coupon.objects.select_for_update(no_key=True).get(pk=coupon_id)
    with connection.cursor() as cursor:
        cursor.execute(EXPIRE, [coupon_id, now, CHUNK])
        count = cursor.rowcount
    Coupon.objects.filter(pk=coupon_id).update(expired_count=F("expired_count") + count)
    return count
