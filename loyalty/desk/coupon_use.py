"""Coupons used at the desk for a bill, and the use undone. Coupons go first: points pay what they leave."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.models import Customer, Order, Store
from loyalty import ledger
from loyalty.coupons import quoting, redeeming, taking_back
from loyalty.coupons.baskets import Basket
from loyalty.coupons.quoting import Offer
from loyalty.coupons.redeeming import Redeemed
from loyalty.coupons.refusals import refused
from loyalty.desk import limits, stores
from loyalty.desk.bills import Bill
from loyalty.desk.receipts import refuse_sold_at_till, standing
from loyalty.errors import CouponRefused, DeskRefused
from loyalty.models import Account, Coupon, CouponRedemption, DeskAct, TillTransaction

Status = CouponRedemption.Status
# What takes nothing off the goods of a bill: a gift is handed out beside it, and shipping is none of the desk's.
NOT_OFF_THE_BILL = (Coupon.Kind.GIFT, Coupon.Kind.FREE_SHIPPING)


@transaction.atomic
def use(customer: Customer, codes: Sequence[str], *, bill: Bill, by: User) -> Redeemed:
    """Use all of these coupons for a bill, or none; a second tap is answered with what the first one did.

    The account's row is locked first, as where points are booked: what one takes off a bill the other has to see.

    Raises:
        DeskRefused: points were booked for the bill already (`COUPONS_FIRST`), a till sold it (`RECEIPT_AT_TILL`),
            or it is their own (`OWN_ACCOUNT`).
        CouponRefused: one is of no use here; with the reason.
    """
    stores.refuse_own(customer, by)
    if not codes:
        raise DeskRefused(_("Choose a coupon, or scan its code."), code="NO_CODES")
    Account.objects.select_for_update(no_key=True).get(pk=ledger.account_of(customer.pk).pk)
    refuse_sold_at_till(bill)
    if _has_points(bill):
        raise DeskRefused(
            _("Points were booked for receipt %(receipt)s. Cancel them: coupons come first, then points.")
            % {"receipt": bill.receipt},
            code="COUPONS_FIRST",
        )
    act = {"source": bill.store.source, "reference": _reference(bill), "receipt": bill.receipt}
    try:
        return redeeming.redeem(codes, basket_of(bill, customer), by=by, **act)
    except CouponRefused as refusal:
        # Here the number of the act is that of the receipt: another act with it has taken the receipt's coupons.
        raise refused("RECEIPT_HAS_COUPONS") if refusal.code == "REFERENCE_REUSED" else refusal from refusal


def used_at(store: Store) -> QuerySet[CouponRedemption]:
    """Return the uses of coupons by people of a store; those of a till's sale come back with the sale alone."""
    sales = TillTransaction.objects.filter(
        source=OuterRef("source"), receipt=OuterRef("receipt"), kind=TillTransaction.Kind.SALE
    )
    return CouponRedemption.objects.filter(~Exists(sales), store=store, staff__isnull=False)


@transaction.atomic
def cancel(use_id: int, *, store: Store, by: User) -> list[CouponRedemption]:
    """Undo the use of coupons for a receipt of this store: one's own within ten minutes, anything by its manager.

    Raises:
        DeskRefused: it was used elsewhere or in a till's sale (`NOT_YOUR_STORE`), or a manager has to
            (`NEEDS_MANAGER`).
        CouponRefused: goods of it came back already (`HAS_RETURNS`).
    """
    used = used_at(store).filter(pk=use_id).first()
    if used is None:
        raise _not_here()
    if not may_cancel(used, by=by, now=timezone.now()):
        raise DeskRefused(
            _("Only the person who booked it can cancel it, within ten minutes. Ask the store's manager."),
            code="NEEDS_MANAGER",
        )
    reason = _("cancelled at the desk by %(person)s") % {"person": by.get_username()}
    uses = taking_back.cancel(used.source, used.external_id, reason=reason, by=by)
    # Asked again when the uses are locked: a till's sale that was under way is seen now, and this is rolled back.
    if not used_at(store).filter(pk=use_id).exists():
        raise _not_here()
    return uses


def may_cancel(used: CouponRedemption, *, by: User, now: datetime) -> bool:
    """Tell whether a person may cancel a use in their store: within ten minutes their own, else as its manager."""
    is_own = limits.is_own(by, booked_by=used.staff_id, booked_at=used.redeemed_at, now=now)
    return is_own or stores.manages(by, used.store)


def offers_for(bill: Bill, customer: Customer) -> list[Offer]:
    """Return the coupons that a customer holds against a bill: what each takes off, or why nothing."""
    return quoting.quote(basket_of(bill, customer)).offers


def off(bill: Bill) -> int:
    """Return what coupons have taken off a bill (won), as it stands."""
    rows = _of_receipt(bill).filter(status=Status.USED).exclude(coupon__kind__in=NOT_OFF_THE_BILL)
    return sum(rows.values_list("discount", flat=True))


def off_with(codes: Sequence[str], *, bill: Bill, customer: Customer) -> int:
    """Return what these coupons would take off a bill together (won).

    Raises:
        CouponRefused: one is of no use here; with the reason.
    """
    return sum(each.off for each in quoting.quote_codes(codes, basket_of(bill, customer)))


def basket_of(bill: Bill, customer: Customer) -> Basket:
    """Return a bill as coupons look at it."""
    return Basket(bill.lines, sales_channel=Order.SalesChannel.STORE, store=bill.store, customer_id=customer.pk)


def _not_here() -> DeskRefused:
    return DeskRefused(_("This was not booked at this store's desk."), code="NOT_YOUR_STORE")


def _has_points(bill: Bill) -> bool:
    booked = DeskAct.objects.filter(store=bill.store, receipt=bill.receipt).exclude(kind=DeskAct.Kind.CANCEL)
    return standing(booked).exists()


def _reference(bill: Bill) -> str:
    """Return the number of the act: that of the receipt, told apart where its coupons were cancelled before.

    By a sign that no receipt has, so that it is never another receipt's number.
    """
    cancelled = _of_receipt(bill).filter(status=Status.CANCELLED, position=1).count()
    return f"{bill.receipt}~{cancelled + 1}" if cancelled else bill.receipt


def _of_receipt(bill: Bill) -> QuerySet[CouponRedemption]:
    uses = CouponRedemption.objects.filter(source=bill.store.source, receipt=bill.receipt)
    return uses if bill.receipt else uses.none()
