"""The shop takes coupons back that nobody has used yet."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import F, QuerySet

from loyalty.models import Coupon, IssuedCoupon

Held = IssuedCoupon.Status


@transaction.atomic
def withdraw(piece_ids: Iterable[int | None]) -> int:
    """Take back those of the pieces that are still held; return how many. What was used stays used.

    The coupon's row is locked before its pieces, as it is when one is used.
    """
    pieces = IssuedCoupon.objects.filter(pk__in=[pk for pk in piece_ids if pk], status=Held.HELD)
    coupon_ids = sorted(set(pieces.values_list("coupon", flat=True)))
    return sum(_withdraw_of(coupon_id, pieces) for coupon_id in coupon_ids)


def _withdraw_of(coupon_id: int, pieces: QuerySet[IssuedCoupon]) -> int:
    Coupon.objects.select_for_update(no_key=True).get(pk=coupon_id)
    count = pieces.filter(coupon=coupon_id).update(status=Held.WITHDRAWN)
    Coupon.objects.filter(pk=coupon_id).update(withdrawn_count=F("withdrawn_count") + count)
    return count
