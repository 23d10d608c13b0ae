"""What this app puts on the customer page: coupons used, in the timeline."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.timeline import TimelineItem, earlier, timeline_source
from loyalty.models import CouponRedemption


@timeline_source("coupons", label=gettext_lazy("Coupons"), icon="ticket")
def coupons(customer_id: int, before: datetime | None, limit: int) -> list[TimelineItem]:
    """Return the coupons the customer used."""
    rows = CouponRedemption.objects.filter(customer=customer_id).select_related("coupon")
    newest = earlier(rows, "redeemed_at", before).order_by("-redeemed_at", "-pk")
    return [
        TimelineItem(
            at=used.redeemed_at,
            kind="coupons",
            title=_("Used the coupon “%s”") % used.coupon.name,
            icon="ticket",
            tone="good",
        )
        for used in newest[:limit]
    ]
