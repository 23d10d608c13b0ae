"""From a code, or a customer, to the coupons meant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet

from crm_project.templatetags.formats import day_text, number_text
from loyalty.coupons import codes, validity
from loyalty.coupons.refusals import refused
from loyalty.models import Coupon, CouponRedemption, IssuedCoupon

Held = IssuedCoupon.Status
MOST_CODES = 10
# How a state of an issued coupon is refused.
REFUSED_STATES = {Held.USED: "ALREADY_USED", Held.WITHDRAWN: "WITHDRAWN"}


@dataclass(frozen=True, slots=True)
class Found:
    """A coupon, and the one piece of it that somebody brings; none for a code that is the same for all."""

    coupon: Coupon
    issued: IssuedCoupon | None = None


def find(code: str) -> Found:
    """Return what a code stands for.

    Raises:
        CouponRefused: nothing (`NOT_FOUND`).
    """
    issued = IssuedCoupon.objects.select_related("coupon").filter(code=codes.key(code)).first()
    if issued:
        return Found(issued.coupon, issued)
    shared = Coupon.objects.filter(shared_code=codes.typed(code), source=Coupon.OWN).first()
    if shared is None:
        raise refused("NOT_FOUND")
    return Found(shared)


def find_all(typed: Sequence[str]) -> list[Found]:
    """Return what these codes stand for, in the order in which coupons are locked.

    Raises:
        CouponRefused: none or too many were named, one is unknown, or one is named twice.
    """
    if not typed:
        raise refused("NO_CODES")
    if len(typed) > MOST_CODES:
        raise refused("TOO_MANY_CODES", most=MOST_CODES)
    found = sorted(map(find, typed), key=lambda each: (each.coupon.pk, each.issued.pk if each.issued else 0))
    names = {(each.coupon.pk, each.issued and each.issued.pk) for each in found}
    if len(names) < len(found):
        raise refused("CODE_TWICE")
    return found


def on_offer(day: date) -> QuerySet[Coupon]:
    """Return the coupons that a campaign may tell of on a day: our own that run, and those of the shop's own system."""
    in_time = Q(valid_until=None) | Q(valid_until__gte=day)
    return Coupon.objects.filter(in_time, ~Q(source=Coupon.OWN) | Q(status=Coupon.Status.RUNNING))


def held_by(customer_id: int, at: datetime) -> QuerySet[IssuedCoupon]:
    """Return the coupons that a customer holds and may use now, the first to expire first."""
    return (
        IssuedCoupon.objects.filter(Q(expires_at=None) | Q(expires_at__gt=at), customer=customer_id, status=Held.HELD)
        .filter(coupon__status=Coupon.Status.RUNNING)
        .select_related("coupon")
        .order_by("expires_at", "pk")
    )


def check_holder(found: Found, *, customer_id: int | None, at: datetime) -> None:
    """Refuse somebody who may not use this piece, or not any more.

    Raises:
        CouponRefused: it is used, over, or another customer's.
    """
    if found.issued:
        _check_piece(found.issued, customer_id=customer_id, at=at)
    elif validity.is_over(found.coupon, at):
        raise refused("EXPIRED", coupon=found.coupon, day=day_text(found.coupon.valid_until))
    elif found.coupon.per_customer_limit and customer_id is None:
        raise refused("CUSTOMER_NEEDED", coupon=found.coupon)
    check_limits(found.coupon, customer_id)


def _check_piece(issued: IssuedCoupon, *, customer_id: int | None, at: datetime) -> None:
    if issued.customer_id is not None and issued.customer_id != customer_id:
        raise refused("OTHER_CUSTOMER")
    if issued.status in REFUSED_STATES:
        raise refused(REFUSED_STATES[Held(issued.status)])
    if issued.status == Held.EXPIRED or (issued.expires_at is not None and issued.expires_at <= at):
        last = validity.last_day_before(issued.expires_at) if issued.expires_at else None
        raise refused("EXPIRED", coupon=issued.coupon, day=day_text(last))


def check_limits(coupon: Coupon, customer_id: int | None, *, own: int = 0) -> None:
    """Refuse where all are used, or this customer has had theirs.

    Args:
        own: how many of the uses counted are the caller's own, which is exact under the lock on the coupon.

    Raises:
        CouponRefused: `USED_UP` or `CUSTOMER_LIMIT`.
    """
    if coupon.total_limit is not None and coupon.used_count - own >= coupon.total_limit:
        raise refused("USED_UP", coupon=coupon, count=number_text(coupon.total_limit))
    if customer_id is None or coupon.per_customer_limit is None:
        return
    if uses_of(coupon, customer_id) - own >= coupon.per_customer_limit:
        raise refused("CUSTOMER_LIMIT", coupon=coupon, count=number_text(coupon.per_customer_limit))


def uses_of(coupon: Coupon, customer_id: int) -> int:
    """Return how often a customer used the coupon, without what was cancelled or came back."""
    rows = CouponRedemption.objects.filter(coupon=coupon, customer=customer_id)
    return rows.filter(status=CouponRedemption.Status.USED).count()
