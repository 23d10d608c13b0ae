"""A coupon is used: at the till or online, by many at once, each use once and no use too many.

The row of the use comes first: its number makes a second call wait for the first one, and be answered with what that
did. Then a conditional UPDATE takes the use from the coupon's counter, another one the piece from its holder; where
either changes no row, the whole is rolled back and the refusal says why.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from customers.segments.refresh import touch
from loyalty.coupons import finding, quoting
from loyalty.coupons.baskets import Basket
from loyalty.coupons.discounts import Discount
from loyalty.coupons.finding import Found
from loyalty.coupons.refusals import refused
from loyalty.errors import CouponRefused
from loyalty.models import Coupon, CouponRedemption, IssuedCoupon

Held = IssuedCoupon.Status


@dataclass(frozen=True, slots=True)
class Redeemed:
    """The uses of one purchase, one for each coupon; `is_replay`: an earlier call did it."""

    uses: list[CouponRedemption]
    is_replay: bool = False

    @property
    def discount(self) -> int:
        """Return what the coupons take off together (won), without the cost of gifts."""
        return sum(use.discount for use in self.uses if use.coupon.kind != Coupon.Kind.GIFT)


def redeem(
    codes: Sequence[str], basket: Basket, *, source: str, reference: str, receipt: str = "", by: User | None = None
) -> Redeemed:
    """Use these coupons for a purchase, all of them or none.

    The shop's clock counts, not the till's. What comes off is computed here, never taken from the caller.

    Args:
        reference: the caller's own number of this act; a second call with it is the same act, for ever (I9, T13).
        receipt: the purchase; it takes its coupons in one act.

    Raises:
        CouponRefused: nothing was used; `code` and sentence say why.
    """
    basket = replace(basket, at=timezone.now())
    found = finding.find_all(codes)
    known = uses_of_act(source, reference)
    if known:
        return _replay(known, found, basket)
    try:
        with transaction.atomic():
            return Redeemed(_redeem(found, basket, source=source, reference=reference, receipt=receipt, by=by))
    except (IntegrityError, CouponRefused) as error:
        # A call with this number that was under way beside this one has finished meanwhile: that is the answer, not
        # that its use leaves nothing for this one (T13).
        known = uses_of_act(source, reference)
        if known:
            return _replay(known, found, basket)
        if isinstance(error, IntegrityError):
            raise _why(source, receipt) from error
        raise


def _why(source: str, receipt: str) -> CouponRefused:
    """Return the refusal behind a broken unique rule: another receipt's act, or another's use of the same piece."""
    taken = CouponRedemption.objects.filter(source=source, receipt=receipt, status=CouponRedemption.Status.USED)
    if receipt and taken.exists():
        return refused("RECEIPT_HAS_COUPONS")
    return refused("ALREADY_USED")


def _redeem(found: Sequence[Found], basket: Basket, *, reference: str, **terms: Any) -> list[CouponRedemption]:
    given = quoting.judged(found, basket)
    uses = _uses(found, given, basket, reference=reference, **terms)
    for use in uses:
        use.save(force_insert=True)
    for use in uses:
        _count(use, basket)
        _take(use, basket)
    if basket.customer_id:
        touch([basket.customer_id])
    return uses


def _uses(
    found: Sequence[Found],
    given: Sequence[Discount],
    basket: Basket,
    *,
    source: str,
    reference: str,
    receipt: str,
    by: User | None,
) -> list[CouponRedemption]:
    """Return the rows of the uses, not stored yet."""
    off = sum(each.off for each in given if each.coupon.kind != Coupon.Kind.FREE_SHIPPING)
    return [
        CouponRedemption(
            source=source,
            external_id=reference,
            coupon=piece.coupon,
            issued=piece.issued,
            customer_id=basket.customer_id,
            redeemed_at=basket.at,
            receipt=receipt,
            position=position,
            store=basket.store,
            sales_channel=basket.sales_channel,
            basket_amount=basket.amount,
            eligible_amount=discount.eligible,
            discount=discount.cost,
            paid_amount=basket.amount - off,
            staff=by,
        )
        for position, (piece, discount) in enumerate(zip(found, given, strict=True), start=1)
    ]


def _count(use: CouponRedemption, basket: Basket) -> None:
    """Take the use from the coupon's counter; from here on the coupon's row is ours."""
    running = Coupon.objects.filter(pk=use.coupon_id, status=Coupon.Status.RUNNING)
    counted = running.filter(Q(total_limit=None) | Q(used_count__lt=F("total_limit"))).update(
        used_count=F("used_count") + 1,
        discount_total=F("discount_total") + use.discount,
        revenue_total=F("revenue_total") + use.paid_amount,
    )
    coupon = Coupon.objects.get(pk=use.coupon_id)
    if not counted:
        finding.check_limits(coupon, None)
        raise refused("NOT_RUNNING", coupon=coupon)
    # Exact now: who else would use this coupon waits for its row.
    finding.check_limits(coupon, basket.customer_id, own=1)


def _take(use: CouponRedemption, basket: Basket) -> None:
    """Take the piece from its holder, unless somebody was quicker."""
    if use.issued_id is None:
        return
    held = IssuedCoupon.objects.filter(Q(expires_at=None) | Q(expires_at__gt=basket.at), pk=use.issued_id)
    if not held.filter(status=Held.HELD).update(status=Held.USED):
        now = IssuedCoupon.objects.select_related("coupon").get(pk=use.issued_id)
        finding.check_holder(Found(now.coupon, now), customer_id=basket.customer_id, at=basket.at)
        raise refused("ALREADY_USED")


def uses_of_act(source: str, reference: str) -> list[CouponRedemption]:
    """Return the uses that the act with this number made, in their order; none where there was no such act."""
    uses = CouponRedemption.objects.filter(source=source, external_id=reference)
    return list(uses.select_related("coupon", "issued", "customer").order_by("position"))


def uses_of_receipt(source: str, receipt: str) -> list[CouponRedemption]:
    """Return the uses that stand for a receipt, whatever the number of the act."""
    uses = CouponRedemption.objects.filter(source=source, receipt=receipt, status=CouponRedemption.Status.USED)
    return list(uses.select_related("coupon", "issued", "customer").order_by("position")) if receipt else []


def _replay(known: Sequence[CouponRedemption], found: Sequence[Found], basket: Basket) -> Redeemed:
    """Answer with what the earlier call did, if this one asks for the same.

    Raises:
        CouponRefused: `REFERENCE_REUSED`.
    """
    before = [(use.coupon_id, use.issued_id, use.customer_id, use.basket_amount) for use in known]
    asked = [
        (each.coupon.pk, each.issued.pk if each.issued else None, basket.customer_id, basket.amount) for each in found
    ]
    if before != asked:
        raise refused("REFERENCE_REUSED")
    return Redeemed(list(known), is_replay=True)
