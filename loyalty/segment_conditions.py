"""What a segment can ask about coupons."""

from collections.abc import Iterable

from django.db.models import Q
from django.utils.translation import gettext_lazy

from customers.segments.condition_kinds import CountInWindow
from customers.segments.conditions import Topic, register
from customers.segments.facts import Facts
from customers.segments.values import Lookup
from customers.segments.windows import Window
from loyalty.models import Coupon, CouponRedemption

MOST_FOUND = 50


def find_coupons(typed: str) -> Iterable[tuple[str, str]]:
    """Return coupons whose name or number holds what was typed."""
    found = Coupon.objects.filter(Q(name__icontains=typed) | Q(external_id__icontains=typed)).order_by("name")
    return found.values_list("external_id", "name")[:MOST_FOUND]


def coupon_labels(numbers: list[str]) -> dict[str, str]:
    """Return the names of coupons by their numbers."""
    return dict(Coupon.objects.filter(external_id__in=numbers).values_list("external_id", "name"))


@register
class CouponsRedeemed(CountInWindow):
    """How many coupons were used in the window, of any kind unless `coupons` names some."""

    name, label, topic = "coupon_redeemed", gettext_lazy("coupons used"), Topic.COUPONS
    facts = Facts(CouponRedemption, "redeemed_at")
    filters, labels = {"coupons": "coupon__external_id"}, {"coupons": gettext_lazy("coupons")}
    optional = {"coupons": Lookup(search=find_coupons, labels=coupon_labels), "window": Window()}
