"""Coupons on the customer page: those in hand in a card, and what was given and used in the timeline."""

from datetime import datetime

from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_project.templatetags.formats import won_text
from customers.models import Customer
from customers.profile.panels import panel
from customers.profile.timeline import TimelineItem, earlier, timeline_source
from loyalty.coupons import codes, finding, sentences, validity
from loyalty.models import CouponRedemption, IssuedCoupon

COUPONS_SHOWN = 4
Status = CouponRedemption.Status


@timeline_source("coupons", label=gettext_lazy("Coupons"), icon="ticket")
def coupons(customer_id: int, before: datetime | None, limit: int) -> list[TimelineItem]:
    """Return the coupons the customer was given and used."""
    given = IssuedCoupon.objects.filter(customer=customer_id).select_related("coupon")
    used = CouponRedemption.objects.filter(customer=customer_id).select_related("coupon")
    items = [_used_item(use) for use in _newest(used, "redeemed_at", before)[:limit]]
    items += [_given_item(piece) for piece in _newest(given, "issued_at", before)[:limit]]
    return sorted(items, key=lambda item: item.at, reverse=True)[:limit]


@panel("coupons", title=gettext_lazy("Coupons"), icon="ticket", order=50)
def held_coupons(customer: Customer, request: HttpRequest) -> SafeString | None:
    """List the coupons that the customer may use now and used last, for whoever may see them."""
    if not request.user.has_perm("loyalty.view_couponredemption"):
        return None
    held = list(finding.held_by(customer.pk, timezone.now())[: COUPONS_SHOWN + 1])
    used = CouponRedemption.objects.filter(customer=customer).exclude(status=Status.CANCELLED)
    newest = list(used.select_related("coupon").order_by("-redeemed_at", "-pk")[:COUPONS_SHOWN])
    if not held and not newest:
        return None
    context = {
        "held": [_held_row(piece) for piece in held[:COUPONS_SHOWN]],
        "more_held": len(held) > COUPONS_SHOWN,
        "used": newest,
        "more": used.count() - len(newest) if len(newest) == COUPONS_SHOWN else 0,
    }
    return render_to_string("loyalty/panel_coupons.html", context)


def _held_row(piece: IssuedCoupon) -> dict[str, object]:
    return {
        "name": piece.coupon.name,
        "benefit": sentences.benefit(piece.coupon),
        "code": codes.masked(piece.code),
        "last_day": validity.last_day_before(piece.expires_at) if piece.expires_at else None,
    }


def _newest(rows: QuerySet, at: str, before: datetime | None) -> QuerySet:
    return earlier(rows, at, before).order_by(f"-{at}", "-pk")


def _used_item(use: CouponRedemption) -> TimelineItem:
    is_cancelled = use.status == Status.CANCELLED
    words = _("Used the coupon “%s”, cancelled since") if is_cancelled else _("Used the coupon “%s”")
    return TimelineItem(
        at=use.redeemed_at,
        kind="coupons",
        title=words % use.coupon.name,
        icon="ticket",
        tone="quiet" if is_cancelled else "good",
        detail=_("%(discount)s off") % {"discount": won_text(use.cost)} if use.cost else "",
    )


def _given_item(piece: IssuedCoupon) -> TimelineItem:
    return TimelineItem(
        at=piece.issued_at, kind="coupons", title=_("Got the coupon “%s”") % piece.coupon.name, icon="ticket"
    )
