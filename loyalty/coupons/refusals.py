"""Why a coupon gives nothing, in words that a cashier can say to the customer."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from loyalty.errors import CouponRefused

SENTENCES: dict[str, str | Promise] = {
    "NOT_FOUND": _("There is no coupon with this code. Check it letter by letter; O and 0 count as the same."),
    "NOT_RUNNING": _("“%(coupon)s” is not offered at the moment."),
    "NOT_YET": _("“%(coupon)s” can be used from %(day)s."),
    "EXPIRED": _("“%(coupon)s” ended with %(day)s."),
    "ALREADY_USED": _("This coupon was used already."),
    "WITHDRAWN": _("This coupon was withdrawn by the shop."),
    "USED_UP": _("All %(count)s of “%(coupon)s” are used."),
    "CUSTOMER_LIMIT": _("“%(coupon)s” is for %(count)s uses per customer, and this customer has had them."),
    "OTHER_CUSTOMER": _("This coupon belongs to another customer."),
    "CUSTOMER_NEEDED": _("Find the customer first: “%(coupon)s” is limited per customer."),
    "WRONG_CHANNEL": _("“%(coupon)s” is good %(where)s."),
    "WRONG_STORE": _("“%(coupon)s” is not good in this store."),
    "NO_MATCHING_PRODUCT": _("Nothing in the basket belongs to “%(coupon)s”."),
    "BELOW_MINIMUM": _("%(missing)s more of the goods it is for is needed for “%(coupon)s”."),
    "NOT_COMBINABLE": _("“%(coupon)s” cannot be used together with another coupon."),
    "NOTHING_TO_REDUCE": _("“%(coupon)s” has nothing left to take off here."),
    "NO_CODES": _("No coupon was named."),
    "TOO_MANY_CODES": _("A purchase takes %(most)s coupons at most."),
    "CODE_TWICE": _("The same coupon was named twice."),
    "REFERENCE_REUSED": _("This number was sent before with another purchase. Send each purchase with a new one."),
    "RECEIPT_HAS_COUPONS": _("This receipt has coupons already. Cancel those first, then send all of them together."),
    "NO_SUCH_USE": _("No use of a coupon is known under this number."),
    "ALREADY_CANCELLED": _("This use was cancelled already."),
    "HAS_RETURNS": _("Goods of this purchase came back already: it can be returned, not cancelled."),
    "RETURN_TOO_MUCH": _("More would come back than was bought: %(left)s is left."),
}


def refused(code: str, **words: object) -> CouponRefused:
    """Return the refusal of that code, its sentence filled in."""
    return CouponRefused(SENTENCES[code] % words, code=code)
