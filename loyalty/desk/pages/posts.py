"""What is posted from the desk: a look-up, a choice, an act, its cancelling. Each leads back to the page."""

from dataclasses import replace
from uuid import UUID

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crm_project.templatetags.formats import number_text, won_text
from customers.models import Customer, Store
from loyalty import ledger
from loyalty.coupons.redeeming import Redeemed
from loyalty.desk import acting, cards, coupon_use, finding, stores
from loyalty.desk.bills import Bill, read_bill, read_number
from loyalty.desk.finding import Asker
from loyalty.desk.goods import read_goods
from loyalty.desk.pages import session
from loyalty.desk.pages.guard import desk_post, desk_view
from loyalty.desk.pages.looked_up import customer_shown
from loyalty.desk.pages.session import FormState
from loyalty.desk.quoting import left_to_pay
from loyalty.errors import DeskRefused
from loyalty.models import Coupon, DeskAct, DeskLookup

Kind, Outcome = DeskAct.Kind, DeskLookup.Outcome
COUPON = "coupon"
# What usually follows for the same bill: a coupon first, points pay the rest, and what is paid earns.
NEXT = {COUPON: Kind.REDEEM, Kind.REDEEM: Kind.EARN, Kind.EARN: Kind.REDEEM}


@require_POST
@desk_view
def choose_store(request: HttpRequest, store: Store | None) -> HttpResponse:
    """Work in one of the person's stores."""
    try:
        chosen = stores.store_of(request.user, read_number(request.POST.get("store", "")))
    except DeskRefused as refusal:
        session.say(request, str(refusal), "bad", code=refusal.code)
    else:
        session.remember_store(request, chosen.pk)
    return HttpResponseRedirect(reverse("desk"))


@require_POST
@desk_post
def find(request: HttpRequest, store: Store) -> None:
    """Look a customer up by whatever was typed or scanned."""
    session.forget_customer(request)
    typed = request.POST.get("typed", "").strip()
    if not typed:
        raise DeskRefused(_("Type a phone number, or the last four digits with the initial."), code="NOTHING_TYPED")
    found = finding.find(typed, asker=Asker(store, by=request.user))
    session.remember_finding(request, found)
    if found.outcome == Outcome.NOT_FOUND:
        session.say(request, _("Nobody was found. Check the number, or ask for another way."), "wait", code="NOT_FOUND")
    elif found.outcome == Outcome.SEVERAL and not found.candidates:
        session.say(request, _("Too many fit. Ask for the whole phone number."), "wait", code="TOO_MANY_FIT")


@require_POST
@desk_post
def choose(request: HttpRequest, store: Store) -> None:
    """Take one of the few who fit."""
    session.remember_finding(
        request, finding.choose(request.POST.get("token", ""), asker=Asker(store, by=request.user))
    )


@require_POST
@desk_post
def leave(request: HttpRequest, store: Store) -> None:
    """Be ready for the next customer."""
    session.forget_customer(request)


@require_POST
@desk_post
def act(request: HttpRequest, store: Store) -> None:
    """Use coupons, use or earn points for a bill of the customer who was found."""
    form, customer = session.typed_form(request.POST), customer_shown(request, store)
    session.remember_form(request, form)
    try:
        bill = read_bill(store, receipt=form.receipt, won=form.bill)
        bill = replace(bill, goods=read_goods(store, form.goods, bill=bill.won))
        booked_kind = _book(request, form, customer, bill)
    except DeskRefused as refusal:
        if refusal.code == "NEEDS_CONFIRMATION":
            session.ask(request, form)
            return
        if refusal.code == "KEY_REUSED":
            session.remember_form(request, replace(form, key=""))
        raise
    session.remember_form(request, _next_form(form, booked_kind, bill))


@require_POST
@desk_post
def cancel(request: HttpRequest, store: Store) -> None:
    """Take back what was booked at this desk."""
    number = read_number(request.POST.get("act", ""))
    if request.POST.get("what") == "coupon":
        uses = coupon_use.cancel(number, store=store, by=request.user)
        words = _("Cancelled: the coupon of receipt %(receipt)s.") % {"receipt": uses[0].receipt}
        session.say(request, words, "good", details=[_("The customer can use it again.")])
        return
    taken_back = acting.cancel(number, store=store, key=_key(request.POST.get("key", "")), by=request.user)
    words = _("Cancelled: %(points)s points of receipt %(receipt)s.")
    told = {"points": number_text(taken_back.points), "receipt": taken_back.receipt}
    session.say(request, words % told, "good", details=[_usable(taken_back)])


@require_POST
@desk_post
def hand_out_card(request: HttpRequest, store: Store) -> None:
    """Give the customer who was found a membership card."""
    account = ledger.account_of(customer_shown(request, store).pk)
    card = cards.hand_out(account.pk, request.POST.get("card", ""))
    session.say(request, _("Card %(card)s is theirs now.") % {"card": card}, "good")


def _next_form(form: FormState, booked: str, bill: Bill) -> FormState:
    """Return the form for what usually follows: the same bill, as long as something of it is to be paid."""
    if not left_to_pay(bill):
        return FormState()
    return FormState(NEXT[booked], form.receipt, form.bill, goods=form.goods)


def _book(request: HttpRequest, form: FormState, customer: Customer, bill: Bill) -> str:
    """Book what the form says and have the page say it; return which kind it was."""
    if form.kind == COUPON:
        used = coupon_use.use(customer, form.codes, bill=bill, by=request.user)
        _say_used(request, used, bill)
        return COUPON
    booked = _book_points(form, customer, bill, by=request.user, is_confirmed=request.POST.get("is_confirmed") == "yes")
    _say_booked(request, booked, bill)
    return booked.kind


def _book_points(form: FormState, customer: Customer, bill: Bill, *, by: User, is_confirmed: bool) -> DeskAct:
    key = _key(form.key)
    if form.kind == Kind.EARN:
        return acting.earn(customer, bill=bill, key=key, by=by)
    points = read_number(form.points)
    if not points:
        raise DeskRefused(_("Type how many points are used."), code="BAD_POINTS")
    return acting.redeem(customer, points, bill=bill, key=key, by=by, is_confirmed=is_confirmed)


def _say_used(request: HttpRequest, used: Redeemed, bill: Bill) -> None:
    gifts = [use.coupon.gift for use in used.uses if use.coupon.kind == Coupon.Kind.GIFT]
    details = [_("Hand out: %(gift)s") % {"gift": gift} for gift in gifts] + [_to_pay(bill)]
    words = _("%(amount)s off by coupon.") % {"amount": won_text(used.discount)}
    session.say(request, words, "good", details=details)


def _say_booked(request: HttpRequest, booked: DeskAct, bill: Bill) -> None:
    points = {"points": number_text(booked.points)}
    if booked.kind == Kind.EARN:
        words, details = _("%(points)s points earned.") % points, [_usable(booked)]
    else:
        words, details = _("%(points)s points used.") % points, [_to_pay(bill), _usable(booked)]
    session.say(request, words, "good", act_id=booked.pk, details=details)


def _to_pay(bill: Bill) -> str:
    return _("To pay: %(amount)s") % {"amount": won_text(left_to_pay(bill))}


def _usable(booked: DeskAct) -> str:
    return _("Usable now: %(points)s points") % {"points": number_text(booked.available_after)}


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise DeskRefused(_("Open the desk again: this page is damaged."), code="BAD_KEY") from error
