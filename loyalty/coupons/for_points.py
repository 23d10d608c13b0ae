"""A coupon is had for points: the points go and the coupon comes in one transaction, or neither."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.models import Store
from loyalty import ledger
from loyalty.coupons import issuing
from loyalty.errors import CouponRefused
from loyalty.models import Coupon, CouponIssue, IssuedCoupon

ORIGIN = CouponIssue.Origin.POINTS


@transaction.atomic
def buy(
    coupon: Coupon, customer_id: int, *, source: str, reference: str, by: User | None = None, store: Store | None = None
) -> IssuedCoupon:
    """Give a customer the coupon for its price in points; a second call with the same number gives the same piece.

    The points go first: the account's row is locked before the coupon's, as in every sale that has both.

    Raises:
        LedgerRefused: the points do not suffice, or the account is frozen.
        CouponRefused: the coupon is not sold for points, not running, or the customer has enough of them.
    """
    if not coupon.points_price:
        raise CouponRefused(_("“%(coupon)s” cannot be had for points.") % {"coupon": coupon}, code="NOT_FOR_POINTS")
    entry = f"{source}:{reference}"
    ledger.redeem(
        ledger.account_of(customer_id).pk,
        coupon.points_price,
        receipt=ledger.Receipt(source, reference, line=f"coupon:{coupon.pk}"),
        occurred_at=timezone.now(),
        by=by,
        store=store,
    )
    customers = issuing.only(customer_id)
    issuing.issue(coupon, customers, origin=ORIGIN, reference=ORIGIN, entry=entry, by=by)
    piece = IssuedCoupon.objects.filter(coupon=coupon, customer=customer_id, entry=entry, issue__origin=ORIGIN).first()
    if piece is None:
        raise CouponRefused(
            _("This customer has as many of “%(coupon)s” as one may have.") % {"coupon": coupon}, code="CUSTOMER_LIMIT"
        )
    return piece
