"""A receipt is the desk's or a till's: whoever books points or coupons for it first is the one that knows the bill.

A till reckons what its sale comes to; points or a coupon booked beside it at the desk would be paid twice, and taken
back by nobody. So the desk refuses a receipt that a till sold, and a till one that the desk took points or coupons for.
"""

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from customers.models import Store
from loyalty.desk.bills import Bill
from loyalty.errors import DeskRefused
from loyalty.models import DeskAct, Hold, TillTransaction, Transaction

KIND = TillTransaction.Kind
_REVERSALS = Transaction.objects.filter(reverses=OuterRef("transaction")).values("reverses")
# How many points of an act at the desk were taken or given back.
BACK = Coalesce(Subquery(_REVERSALS.values(sum=Sum("points"))), 0)


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


def standing(acts: QuerySet[DeskAct]) -> QuerySet[DeskAct]:
    """Return those of acts of which not every point was taken or given back.

    A part that came back with goods is no cancel: the act stands, with all of its points.
    """
    return acts.alias(back=BACK).filter(points__gt=F("back"))


def uses_of(store: Store, receipt: str) -> QuerySet[DeskAct]:
    """Return the uses of points at a store's desk for a receipt that stand."""
    return standing(DeskAct.objects.filter(store=store, receipt=receipt, kind=DeskAct.Kind.REDEEM))
