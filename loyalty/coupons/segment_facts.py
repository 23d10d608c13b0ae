"""What a segment can ask about coupons: got, held unused, about to expire, used."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import ClassVar

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from customers.models import Customer
from customers.segments.clock import Moment, start_of_day
from customers.segments.condition_kinds import CountInWindow
from customers.segments.conditions import Condition, Operator, Part, Topic, register
from customers.segments.facts import Facts
from customers.segments.values import Days, Lookup, Times, Value
from customers.segments.windows import Window
from loyalty.models import Coupon, CouponRedemption, IssuedCoupon

MOST_FOUND = 50
HELD = Q(status=IssuedCoupon.Status.HELD)


def find_coupons(typed: str) -> Iterable[tuple[str, str]]:
    """Return coupons whose name or number holds what was typed."""
    found = Coupon.objects.filter(Q(name__icontains=typed) | Q(external_id__icontains=typed)).order_by("name")
    return found.values_list("external_id", "name")[:MOST_FOUND]


def coupon_labels(numbers: list[str]) -> dict[str, str]:
    """Return the names of coupons by their numbers."""
    return dict(Coupon.objects.filter(external_id__in=numbers).values_list("external_id", "name"))


COUPONS = Lookup(search=find_coupons, labels=coupon_labels)


class OfCoupons:
    """What conditions on coupons share: of any coupon unless `coupons` names some."""

    topic = Topic.COUPONS
    filters: ClassVar[Mapping[str, str]] = {"coupons": "coupon__external_id"}
    labels: ClassVar[Mapping[str, str | Promise]] = {"coupons": gettext_lazy("coupons")}


class CouponsInWindow(OfCoupons, CountInWindow):
    """How many coupons in a stretch of days."""

    optional = {"coupons": COUPONS, "window": Window()}


@register
class CouponsRedeemed(CouponsInWindow):
    """How many were used, without those whose use was cancelled."""

    name, label = "coupon_redeemed", gettext_lazy("coupons used")
    facts = Facts(CouponRedemption, "redeemed_at", ~Q(status=CouponRedemption.Status.CANCELLED))


@register
class CouponsIssued(CouponsInWindow):
    """How many were given to the customer, whatever became of them."""

    name, label = "coupon_issued", gettext_lazy("coupons issued")
    facts = Facts(IssuedCoupon, "issued_at")


@register
class CouponsHeld(OfCoupons, CountInWindow):
    """How many the customer holds now and may still use."""

    name, label, facts = "coupon_held", gettext_lazy("unused coupons"), Facts(IssuedCoupon, "issued_at", HELD)
    optional: ClassVar[dict[str, Value]] = {"coupons": COUPONS}

    def facts_in_window(self, part: Part, moment: Moment) -> QuerySet:
        return unexpired(super().facts_in_window(part, moment), moment)


@register
class CouponExpiring(OfCoupons, Condition):
    """Whether an unused coupon has its last day within the next days; today's last day is within 0 days."""

    name, label = "coupon_expiring", gettext_lazy("unused coupon expires")
    facts = Facts(IssuedCoupon, "issued_at", HELD)
    operators = (
        Operator(
            "within_next_days",
            gettext_lazy("within the next"),
            gettext_lazy("%(what)s within the next %(value)s"),
            Days(initial=7),
        ),
    )
    optional: ClassVar[Mapping[str, Value]] = {"coupons": COUPONS}

    def q(self, part: Part, moment: Moment) -> Q:
        return self.facts.owners(self._expiring(part, moment))

    def actual(self, customer: Customer, part: Part, moment: Moment) -> str:
        return Times().words(self._expiring(part, moment).filter(customer=customer).count())

    def _expiring(self, part: Part, moment: Moment) -> QuerySet:
        # A coupon expires at the midnight after its last day.
        until = start_of_day(moment.today + timedelta(days=part["value"] + 1))
        rows = unexpired(self.facts.of(moment), moment).filter(expires_at__lte=until)
        return rows.filter(coupon__external_id__in=part["coupons"]) if "coupons" in part else rows


def unexpired(pieces: QuerySet, moment: Moment) -> QuerySet:
    """Return the pieces whose last day is not past, whether or not they were marked."""
    return pieces.filter(Q(expires_at=None) | Q(expires_at__gt=moment.now))
