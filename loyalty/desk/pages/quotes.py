"""What the page says while a bill is typed: the points that may pay, what it earns, what each coupon takes off."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crm_project.templatetags.formats import number_text, won_text
from customers.models import Customer, Store
from loyalty import ledger
from loyalty.coupons.quoting import Offer
from loyalty.desk import coupon_use
from loyalty.desk.bills import LONGEST_RECEIPT, Bill, read_number
from loyalty.desk.goods import read_goods
from loyalty.desk.limits import usable_now
from loyalty.desk.pages import session
from loyalty.desk.pages.guard import desk_view
from loyalty.desk.pages.looked_up import customer_shown
from loyalty.desk.quoting import earning_now, left_to_pay
from loyalty.errors import CouponRefused, DeskRefused
from loyalty.models import Account, Coupon


@require_POST
@desk_view
def quote(request: HttpRequest, store: Store | None) -> HttpResponse:
    """Say while a bill is typed how many points may pay of it, what it earns, and what coupons take off."""
    try:
        if store is None:
            raise DeskRefused(_("You work in several stores: choose the one you are in."), code="CHOOSE_STORE")
        customer, form = customer_shown(request, store), session.typed_form(request.POST)
        won = read_number(form.bill)
        typed = [(words, cost) for words, cost in form.goods if read_number(cost)]
        bill = Bill(store, form.receipt[:LONGEST_RECEIPT], won, read_goods(store, typed, bill=won))
        return JsonResponse(_quoted(customer, bill, form.codes))
    except DeskRefused as refusal:
        # No error of theirs: a bill half typed has no quote yet.
        return JsonResponse({"code": refusal.code, "detail": str(refusal)})


def _quoted(customer: Customer, bill: Bill, codes: Sequence[str]) -> dict[str, object]:
    now = timezone.now()
    account = Account.objects.select_related("program").get(pk=ledger.account_of(customer.pk).pk)
    due = bill.won - coupon_use.off(bill)
    usable = usable_now(account, ledger.standing_of(account.pk, now=now), bill=due if bill.won else None)
    earning = earning_now(bill, customer, program=account.program, now=now)
    return {
        "usable": usable,
        "usable_text": number_text(usable),
        "earns": earning.points,
        "earns_text": f"+{number_text(earning.points)}",
        "reasons": [f"{name}: {why}" for name, why in earning.reasons],
        "to_pay": left_to_pay(bill),
        "nothing_text": won_text(0),
        **_coupons(customer, bill, codes),
    }


def _coupons(customer: Customer, bill: Bill, codes: Sequence[str]) -> dict[str, object]:
    """Return what each coupon of the customer would take off alone, and those that are chosen together."""
    if not bill.won:
        return _told({})
    told = {offer.issued.code: _offered(offer) for offer in coupon_use.offers_for(bill, customer)}
    if not codes:
        return _told(told)
    try:
        off = coupon_use.off_with(codes, bill=bill, customer=customer)
    except CouponRefused as refusal:
        return _told(told, refusal=str(refusal))
    return _told(told, off=off)


def _told(coupons: dict[str, object], *, off: int = 0, refusal: str = "") -> dict[str, object]:
    return {
        "coupons": coupons,
        "coupons_off": off,
        "coupons_text": f"−{won_text(off)}" if off else "",
        "coupons_refusal": refusal,
    }


def _offered(offer: Offer) -> dict[str, object]:
    if offer.refusal:
        return {"is_good": False, "text": offer.sentence, "needs_goods": offer.refusal == "NO_MATCHING_PRODUCT"}
    is_gift = offer.coupon.kind == Coupon.Kind.GIFT
    return {"is_good": True, "text": _("Gift") if is_gift else f"−{won_text(offer.off)}"}
