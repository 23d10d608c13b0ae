"""A receipt is the desk's or a till's: whoever books points or coupons for it first is the one that knows the bill.

A till reckons what its sale comes to; points or a coupon booked beside it at the desk would be paid twice, and taken
back by nobody. So the desk refuses a receipt that a till sold, and a till one that the desk took points or coupons for.
"""

from django.db.models import Q
from django.utils.translation import gettext as _

from customers.models import Store
from loyalty.desk.bills import Bill
from loyalty.errors import DeskRefused
from loyalty.models import CouponRedemption, DeskAct, Hold, TillTransaction

KIND = TillTransaction.Kind


def refuse_sold_at_till(bill: Bill) -> None:
    """Refuse to use points or coupons at the desk for a receipt that a till sold or set points aside for.

    Raises:
        DeskRefused: `RECEIPT_AT_TILL`.
    """
    held = Q(kind=KIND.HOLD, hold__state__in=[Hold.State.OPEN, Hold.State.CAPTURED])
    sold = TillTransaction.objects.filter(Q(kind=KIND.SALE) | held, source=bill.store.source, receipt=bill.receipt)
    if sold.exclude(undone_by__kind=KIND.REVERSAL).exists():
        raise DeskRefused(
            _("Receipt %(receipt)s is the till's: use points and coupons there.") % {"receipt": bill.receipt},
            code="RECEIPT_AT_TILL",
        )


def has_points_of_desk(store: Store, receipt: str) -> bool:
    """Tell whether points were used at a store's desk for a receipt and not cancelled."""
    used = DeskAct.objects.filter(store=store, receipt=receipt, kind=DeskAct.Kind.REDEEM)
    return used.filter(transaction__reversals=None).exists()


def has_coupons(source: str, receipt: str) -> bool:
    """Tell whether coupons are used for a receipt."""
    return CouponRedemption.objects.filter(source=source, receipt=receipt, status=CouponRedemption.Status.USED).exists()
