"""What a basket would get, and why not: asked as often as wanted, nothing is written and nothing promised."""

from collections.abc import Sequence
from dataclasses import dataclass

from loyalty.coupons import codes, discounts, finding, validity
from loyalty.coupons.baskets import Basket
from loyalty.coupons.discounts import Discount
from loyalty.coupons.finding import Found
from loyalty.errors import CouponRefused
from loyalty.models import Coupon, IssuedCoupon

MOST_OFFERED = 50


@dataclass(frozen=True, slots=True)
class Offer:
    """A coupon that the customer holds, held against the basket: what it takes off alone, or why nothing."""

    issued: IssuedCoupon
    off: int = 0
    refusal: str = ""
    sentence: str = ""

    @property
    def coupon(self) -> Coupon:
        """Return the coupon it is a piece of."""
        return self.issued.coupon

    @property
    def code(self) -> str:
        """Return the code, in groups."""
        return codes.shown(self.issued.code)

    @property
    def last_day(self) -> object:
        """Return the last day of this piece, or None."""
        return validity.last_day_before(self.issued.expires_at) if self.issued.expires_at else None


@dataclass(frozen=True, slots=True)
class Quote:
    """The coupons of a customer against a basket, and the choice that gives most."""

    offers: list[Offer]
    best: list[Offer]
    best_off: int


def quote(basket: Basket) -> Quote:
    """Return what each coupon that the customer holds would give, and which to take; a guest holds none."""
    if basket.customer_id is None:
        return Quote([], [], 0)
    held = list(finding.held_by(basket.customer_id, basket.at)[:MOST_OFFERED])
    offers = [_offer(issued, basket) for issued in held]
    pieces = {offer.coupon.pk: offer for offer in reversed(offers) if not offer.refusal}
    given = discounts.best([offer.coupon for offer in pieces.values()], basket)
    return Quote(offers, [pieces[each.coupon.pk] for each in given], sum(each.off for each in given))


def quote_codes(typed: Sequence[str], basket: Basket) -> list[Discount]:
    """Return what these codes together would take off.

    Raises:
        CouponRefused: one of them is of no use here; with the reason.
    """
    return judged(finding.find_all(typed), basket)


def judged(found: Sequence[Found], basket: Basket) -> list[Discount]:
    """Return what the coupons found give this basket and its customer.

    Raises:
        CouponRefused: one of them is of no use here; with the reason.
    """
    for each in found:
        finding.check_holder(each, customer_id=basket.customer_id, at=basket.at)
    return discounts.discounts([each.coupon for each in found], basket)


def _offer(issued: IssuedCoupon, basket: Basket) -> Offer:
    try:
        (discount,) = judged([Found(issued.coupon, issued)], basket)
    except CouponRefused as refusal:
        return Offer(issued, refusal=refusal.code, sentence=str(refusal))
    return Offer(issued, off=discount.off)
