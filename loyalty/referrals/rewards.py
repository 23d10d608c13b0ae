"""What both get: points by the earning rule for referrals, or a coupon. And how it is taken back."""

from datetime import datetime

from django.utils.translation import gettext as _

from customers.segments.refresh import touch
from loyalty import ledger
from loyalty.coupons import issuing
from loyalty.coupons.withdrawing import withdraw
from loyalty.earning.deeds import reward_deed
from loyalty.errors import ReferralRefused
from loyalty.ledger.awards import already_back
from loyalty.ledger.terms import Receipt
from loyalty.models import (
    Coupon,
    CouponIssue,
    EarningRule,
    IssuedCoupon,
    Referral,
    ReferralTerms,
    Transaction,
)

SOURCE = "referral"
# All coupons for referrals are one issue of each coupon, so that their cost is one figure.
ISSUE = "friends"
SIDES = ("referrer", "friend")
Gift = ReferralTerms.Gift


def give(referral: Referral, terms: ReferralTerms, *, to_referrer: bool, at: datetime) -> None:
    """Give both what the terms say and note it on the referral, which the caller saves; a second time gives nothing.

    Args:
        to_referrer: no: who invited has had all of their month.

    Raises:
        LedgerRefused, CouponRefused, ReferralRefused: it cannot be given as things stand; nothing was.
    """
    # Points first, the accounts in their order: so does every sale that has points and coupons, and none waits for us.
    sides = SIDES if to_referrer else SIDES[1:]

    def turn(side: str) -> tuple[bool, int]:
        return getattr(terms, f"{side}_gets") != Gift.POINTS, getattr(referral, f"{side}_id")

    for side in sorted(sides, key=turn):
        _give(referral, side, getattr(terms, f"{side}_gets"), getattr(terms, f"{side}_coupon"), at)
    touch({referral.referrer_id, referral.friend_id} - {None})


def _give(referral: Referral, side: str, gift: str, coupon: Coupon | None, at: datetime) -> None:
    customer_id = getattr(referral, f"{side}_id")
    if gift == Gift.POINTS:
        setattr(referral, f"{side}_points", _points(referral, side, customer_id, at))
    elif gift == Gift.COUPON and coupon:
        setattr(referral, f"{side}_coupon", _coupon(referral, side, customer_id, coupon, at))


def _points(referral: Referral, side: str, customer_id: int, at: datetime) -> int:
    reference = _reference(referral, side)
    award = reward_deed(customer_id, EarningRule.Kind.REFERRAL, source=SOURCE, reference=reference, done_at=at)
    if award is None:
        raise ReferralRefused(
            _("No earning rule for referrals gives points now: none is in force, or its times a month are used up.")
        )
    return award.points


def _coupon(referral: Referral, side: str, customer_id: int, coupon: Coupon, at: datetime) -> IssuedCoupon | None:
    """Issue the coupon; None where the customer holds or has used as many as they may."""
    origin, entry = CouponIssue.Origin.REFERRAL, _reference(referral, side)
    issuing.issue(coupon, issuing.only(customer_id), origin=origin, reference=ISSUE, entry=entry, at=at)
    pieces = IssuedCoupon.objects.filter(issue__origin=origin, issue__reference=ISSUE, issue__coupon=coupon)
    return pieces.filter(customer=customer_id, entry=entry).first()


def take_back(referral: Referral, *, at: datetime) -> None:
    """Take the rewards of a referral back: points from the award, then as a debt; coupons that were not used."""
    awards = Transaction.objects.filter(
        kind=Transaction.Kind.EARN,
        source_system=SOURCE,
        reference__in=[_reference(referral, side) for side in SIDES],
    )
    for award in awards.order_by("account", "pk"):
        left = award.points - already_back(award)
        if left:
            receipt = Receipt(SOURCE, award.reference, line="returned")
            ledger.claw_back(award.pk, left, receipt=receipt, occurred_at=at)
    withdraw([referral.referrer_coupon_id, referral.friend_coupon_id])
    touch({referral.referrer_id, referral.friend_id} - {None})


def _reference(referral: Referral, side: str) -> str:
    return f"{referral.pk}-{side}"
