"""What this app puts on the customer page: coupons used, in the timeline and in a card."""

from datetime import datetime

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Customer
from customers.panels import panel
from customers.timeline import TimelineItem, earlier, timeline_source
from loyalty.models import CouponRedemption

COUPONS_SHOWN = 4


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


@panel("coupons", title=gettext_lazy("Points and coupons"), icon="ticket", order=50)
def used_coupons(customer: Customer, request: HttpRequest) -> SafeString | None:
    """List the coupons the customer used last, for whoever may see them."""
    if not request.user.has_perm("loyalty.view_couponredemption"):
        return None
    rows = CouponRedemption.objects.filter(customer=customer)
    used = list(rows.select_related("coupon").order_by("-redeemed_at", "-pk")[:COUPONS_SHOWN])
    more = rows.count() - len(used) if len(used) == COUPONS_SHOWN else 0
    return render_to_string("loyalty/panel_coupons.html", {"used": used, "more": more}) if used else None
