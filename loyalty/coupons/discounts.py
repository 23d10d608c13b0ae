"""The arithmetic of a coupon on a basket. Pure: terms and basket in, won out; nothing is read or written.

A percent is rounded down to whole won. Several coupons take off one after the other, each from what the ones before
left of its goods, so that together they never take off more than the goods cost.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from crm_project.templatetags.formats import day_text, won_text
from loyalty.coupons import validity
from loyalty.coupons.baskets import Basket, BasketLine
from loyalty.coupons.refusals import refused
from loyalty.errors import CouponRefused
from loyalty.models import Coupon

Kind = Coupon.Kind
OFF_THE_GOODS = (Kind.AMOUNT, Kind.PERCENT)


@dataclass(frozen=True, slots=True)
class Discount:
    """What a coupon takes off (won), of which goods; a gift takes nothing off and costs the shop its price."""

    coupon: Coupon
    eligible: int
    off: int
    cost: int


def fits(coupon: Coupon, line: BasketLine) -> bool:
    """Tell whether a line is of the goods that the coupon is for."""
    if not coupon.products and not coupon.categories:
        return True
    return line.sku in coupon.products or line.category in coupon.categories


def check_terms(coupon: Coupon, basket: Basket) -> None:
    """Refuse a basket that the coupon is not for, whoever brings it.

    Raises:
        CouponRefused: with the code and the sentence for the customer.
    """
    if coupon.status != Coupon.Status.RUNNING or coupon.is_history:
        raise refused("NOT_RUNNING", coupon=coupon)
    if not validity.has_begun(coupon, basket.at):
        raise refused("NOT_YET", coupon=coupon, day=day_text(coupon.valid_from))
    if coupon.sales_channel not in ("", basket.sales_channel):
        raise refused("WRONG_CHANNEL", coupon=coupon, where=coupon.get_sales_channel_display())
    if coupon.stores and (basket.store is None or basket.store.external_id not in coupon.stores):
        raise refused("WRONG_STORE", coupon=coupon)
    _check_goods(coupon, [line.amount for line in basket.bought if fits(coupon, line)])


def _check_goods(coupon: Coupon, amounts: list[int]) -> None:
    if not amounts:
        raise refused("NO_MATCHING_PRODUCT", coupon=coupon)
    missing = coupon.minimum_amount - sum(amounts)
    if missing > 0:
        raise refused("BELOW_MINIMUM", coupon=coupon, missing=won_text(missing))


def discounts(coupons: Sequence[Coupon], basket: Basket) -> list[Discount]:
    """Return what each coupon takes off, all of them used together in this order.

    Raises:
        CouponRefused: one of them is not for this basket, not to be combined, or has nothing to take off.
    """
    left = [line.amount for line in basket.bought]
    shipping = basket.shipping
    given = []
    for coupon in coupons:
        check_terms(coupon, basket)
        if len(coupons) > 1 and not coupon.is_combinable:
            raise refused("NOT_COMBINABLE", coupon=coupon)
        discount = _discount(coupon, basket, left, shipping)
        shipping -= discount.off if coupon.kind == Kind.FREE_SHIPPING else 0
        given.append(discount)
    return given


def best(coupons: Sequence[Coupon], basket: Basket) -> list[Discount]:
    """Return what gives the customer most: one coupon alone, or all those together that may be combined."""
    choices = [[coupon] for coupon in coupons]
    choices.append([coupon for coupon in coupons if coupon.is_combinable])
    given = [outcome for choice in choices if (outcome := _or_nothing(choice, basket))]
    return max(given, key=lambda outcome: sum(each.cost for each in outcome), default=[])


def _or_nothing(coupons: Sequence[Coupon], basket: Basket) -> list[Discount]:
    together: list[Coupon] = []
    for coupon in coupons:
        try:
            discounts([*together, coupon], basket)
        except CouponRefused:
            continue
        together.append(coupon)
    return discounts(together, basket)


def _discount(coupon: Coupon, basket: Basket, left: list[int], shipping: int) -> Discount:
    """Return what the coupon takes off, and take it from what is left of its lines."""
    mine = [position for position, line in enumerate(basket.bought) if fits(coupon, line)]
    eligible = sum(basket.bought[position].amount for position in mine)
    if coupon.kind == Kind.GIFT:
        return Discount(coupon, eligible, off=0, cost=coupon.gift_cost)
    available = shipping if coupon.kind == Kind.FREE_SHIPPING else sum(left[position] for position in mine)
    off = min(_promised(coupon, available), available)
    if off <= 0:
        raise refused("NOTHING_TO_REDUCE", coupon=coupon)
    if coupon.kind in OFF_THE_GOODS:
        _take(off, left, mine)
    return Discount(coupon, eligible, off=off, cost=off)


def _promised(coupon: Coupon, available: int) -> int:
    if coupon.kind == Kind.AMOUNT:
        return coupon.amount
    if coupon.kind == Kind.PERCENT:
        off = available * coupon.percent // 100
        return min(off, coupon.most_off) if coupon.most_off else off
    return available


def _take(off: int, left: list[int], positions: list[int]) -> None:
    for position in positions:
        taken = min(off, left[position])
        left[position] -= taken
        off -= taken


def taken_back(*, discount: int, eligible: int, returned: int) -> int:
    """Return how much of a discount goes with the goods returned so far (won, rounded down).

    Of the sum of all returns: ten small returns take back what one large one does (§2.8).
    """
    return discount * returned // eligible if eligible else 0
