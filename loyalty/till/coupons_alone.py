"""Coupons without a sale: a checkout that books its orders itself uses them for a receipt, and takes that back."""

from typing import Any

from customers.models import Customer
from loyalty.coupons import redeeming, taking_back
from loyalty.coupons.redeeming import Redeemed
from loyalty.coupons.refusals import refused as coupon_refused
from loyalty.models import CouponRedemption, TillTransaction
from loyalty.till import purchases
from loyalty.till.acts import Doing
from loyalty.till.refusals import refused

KIND = TillTransaction.Kind


def use(doing: Doing, customer: Customer | None, given: dict[str, Any]) -> Redeemed:
    """Use coupons for a receipt; a second time for the same one is a replay.

    Raises:
        CouponRefused: one is of no use here, or what was used for this receipt was taken back (`ALREADY_CANCELLED`).
    """
    basket = purchases.basket_of(doing.caller, customer, given)
    act = {"source": doing.caller.source, "reference": doing.receipt, "receipt": doing.receipt}
    used = redeeming.redeem(given["coupons"], basket, by=doing.caller.staff, **act)
    if any(each.status != CouponRedemption.Status.USED for each in used.uses):
        raise coupon_refused("ALREADY_CANCELLED")
    return used


def cancel(doing: Doing) -> list[CouponRedemption]:
    """Undo the use of all coupons of a receipt of this store.

    Raises:
        CouponRefused: nothing was used for it here (`NO_SUCH_USE`), or goods came back already.
        TillRefused: a till sold on this receipt, and its coupons come back with the sale alone (`NOT_REVERSIBLE`).
    """
    source, receipt, store = doing.caller.source, doing.receipt, doing.caller.store
    used = CouponRedemption.objects.filter(source=source, external_id=receipt)
    if used.exclude(store=store).exists():
        raise coupon_refused("NO_SUCH_USE")
    uses = taking_back.cancel(source, receipt, by=doing.caller.staff)
    # Asked when the uses are locked: a sale that was under way is seen now, and the refusal rolls this back.
    sold = TillTransaction.objects.filter(source=source, receipt=receipt, kind=KIND.SALE)
    if sold.exclude(undone_by__kind=KIND.REVERSAL).exists():
        raise refused("NOT_REVERSIBLE")
    return uses
