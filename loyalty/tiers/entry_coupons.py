"""The coupons that a tier gives to whoever rises into it, at most once a year (KST) and tier.

A change of the ladder gives none: it would hand them to everyone whom the change lifted.
"""

import logging
from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from customers.models import Customer
from loyalty.coupons import issuing
from loyalty.errors import CouponRefused
from loyalty.models import Coupon, CouponIssue, Tier, TierCause, TierPeriod

logger = logging.getLogger(__name__)


def can_be_given(coupon: Coupon) -> bool:
    """Tell whether a coupon can be handed out as it stands: it runs, and each customer gets a code of their own."""
    return coupon.status == Coupon.Status.RUNNING and coupon.codes == Coupon.Codes.EACH and not coupon.is_history


def hand_out(rises: Collection[int], at: datetime) -> int:
    """Give the coupons of their new tier to the customers of these periods; return how many were given.

    One statement a coupon. A coupon that was stopped or has ended is left out: it must not hold up the rise.
    """
    if not rises:
        return 0
    rows = TierPeriod.objects.filter(pk__in=rises).exclude(cause=TierCause.RULES_CHANGED)
    tiers = Tier.objects.filter(pk__in=rows.values("tier"), entry_coupons__isnull=False).distinct()
    given = 0
    for tier in tiers.prefetch_related("entry_coupons").order_by("pk"):
        customers = Customer.objects.filter(pk__in=list(rows.filter(tier=tier).values_list("customer", flat=True)))
        for coupon in sorted(tier.entry_coupons.all(), key=lambda each: each.pk):
            given += _give(coupon, tier, customers, at)
    return given


def _give(coupon: Coupon, tier: Tier, customers: QuerySet[Customer], at: datetime) -> int:
    if not can_be_given(coupon):
        return 0
    year = str(timezone.localdate(at, timezone.get_default_timezone()).year)
    try:
        return issuing.issue(coupon, customers, origin=CouponIssue.Origin.TIER, reference=str(tier.pk), entry=year)
    except CouponRefused as refusal:
        logger.warning("Coupon %s of tier %s was not handed out: %s", coupon.pk, tier.pk, refusal)
        return 0
