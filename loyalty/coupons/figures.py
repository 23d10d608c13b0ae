"""What is read of coupons for the admin: the month, the course of one coupon, its issues."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, F, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from customers.segments.clock import start_of_day
from loyalty.models import Coupon, CouponRedemption

USED = CouponRedemption.Status.USED
HELD = F("issued_count") - F("used_count") - F("expired_count") - F("withdrawn_count")
DAYS_OF_MONTH = 30
DAYS_OF_CHART = 60


@dataclass(frozen=True, slots=True)
class Month:
    """What coupons did in thirty days, and how many are in customers' hands. Won."""

    uses: int
    discount: int
    revenue: int
    held: int


def month(now: datetime) -> Month:
    """Return the figures of the last thirty days, of live uses only."""
    since = start_of_day(timezone.localdate(now) - timedelta(days=DAYS_OF_MONTH))
    used = CouponRedemption.objects.filter(redeemed_at__gte=since, status=USED).aggregate(
        uses=Count("pk"),
        discount=Sum(F("discount") - F("returned_discount")),
        revenue=Sum(F("paid_amount") - F("returned_amount") + F("returned_discount")),
    )
    pieces = Coupon.objects.filter(codes=Coupon.Codes.EACH, issued_count__gt=0)
    held = pieces.aggregate(held=Sum(HELD))["held"]
    return Month(used["uses"], used["discount"] or 0, used["revenue"] or 0, max(held or 0, 0))


def uses_by_day(coupon: Coupon, until: date) -> list[tuple[date, int]]:
    """Return how often the coupon was used on each day (KST) of the last sixty."""
    first = until - timedelta(days=DAYS_OF_CHART - 1)
    rows = CouponRedemption.objects.filter(coupon=coupon, redeemed_at__gte=start_of_day(first))
    rows = rows.exclude(status=CouponRedemption.Status.CANCELLED).order_by()
    zone = timezone.get_default_timezone()
    counted = dict(rows.values_list(TruncDate("redeemed_at", tzinfo=zone)).annotate(uses=Count("pk")))
    days = [first + timedelta(days=number) for number in range(DAYS_OF_CHART)]
    return [(day, counted.get(day, 0)) for day in days]


def held_of(coupon: Coupon) -> int:
    """Return how many pieces are still unused."""
    return max(coupon.issued_count - coupon.used_count - coupon.expired_count - coupon.withdrawn_count, 0)
