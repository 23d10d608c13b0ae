"""When a coupon may be used. Days are days of the shop (KST); the last one counts to its end.

The day of issue does not count (Civil Act, article 157): 30 days from the 1st end with the 31st.
"""

from datetime import date, datetime, timedelta

from django.utils import timezone

from customers.segments.clock import start_of_day
from loyalty.models import Coupon


def day_of(moment: datetime) -> date:
    """Return the day of a moment in the shop's time zone."""
    return timezone.localdate(moment, timezone.get_default_timezone())


def last_day(coupon: Coupon, issued_at: datetime) -> date | None:
    """Return the last day of a coupon that is issued then; None where it has no end."""
    begins = max(filter(None, [day_of(issued_at), coupon.valid_from]))
    own = begins + timedelta(days=coupon.days_valid) if coupon.days_valid else None
    return min(filter(None, [own, coupon.valid_until]), default=None)


def expires_at(coupon: Coupon, issued_at: datetime) -> datetime | None:
    """Return the first moment at which a coupon issued then is no good any more."""
    last = last_day(coupon, issued_at)
    return start_of_day(last + timedelta(days=1)) if last else None


def last_day_before(expires_at: datetime) -> date:
    """Return the last day on which a coupon that expires then is good."""
    return day_of(expires_at) - timedelta(days=1)


def has_begun(coupon: Coupon, at: datetime) -> bool:
    """Tell whether its first day has come."""
    return coupon.valid_from is None or coupon.valid_from <= day_of(at)


def is_over(coupon: Coupon, at: datetime) -> bool:
    """Tell whether its last day is past for everybody."""
    return coupon.valid_until is not None and coupon.valid_until < day_of(at)
