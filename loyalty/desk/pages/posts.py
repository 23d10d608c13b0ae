"""What is posted from the desk: a look-up, a choice, an act, its cancelling. Each leads back to the page."""

from dataclasses import replace
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crm_project.templatetags.formats import number_text, won_text
from customers.models import Customer, Store
from loyalty import ledger
from loyalty.desk import acting, cards, finding, stores
from loyalty.desk.bills import Bill, read_bill, read_number
from loyalty.desk.finding import Asker
from loyalty.desk.limits import usable_now
from loyalty.desk.pages import session
from loyalty.desk.pages.guard import desk_post, desk_view
from loyalty.desk.pages.session import FormState
from loyalty.desk.quoting import earning_now, points_used
from loyalty.errors import DeskRefused
from loyalty.models import Account, DeskAct, DeskLookup

Kind, Outcome = DeskAct.Kind, DeskLookup.Outcome


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
    """Use or earn points for a bill of the customer who was found."""
    form, customer = session.typed_form(request.POST), _customer(request, store)
    session.remember_form(request, form)
    try:
        bill = read_bill(store, receipt=form.receipt, won=form.bill)
        booked = _book(request, form, customer, bill)
    except DeskRefused as refusal:
        if refusal.code == "NEEDS_CONFIRMATION":
            session.ask(request, form)
            return
        if refusal.code == "KEY_REUSED":
            session.remember_form(request, replace(form, key=""))
        raise
    _say_booked(request, booked)
    # The other act for the same bill is what usually follows.
    then = Kind.EARN if booked.kind == Kind.REDEEM else Kind.REDEEM
    session.remember_form(request, FormState(kind=then, receipt=form.receipt, bill=form.bill))


@require_POST
@desk_post
def cancel(request: HttpRequest, store: Store) -> None:
    """Take back what was booked at this desk."""
    act_id = read_number(request.POST.get("act", ""))
    taken_back = acting.cancel(act_id, store=store, key=_key(request.POST.get("key", "")), by=request.user)
    words = _("Cancelled: %(points)s points of receipt %(receipt)s.")
    told = {"points": number_text(taken_back.points), "receipt": taken_back.receipt}
    session.say(request, words % told, "good", details=[_usable(taken_back)])


@require_POST
@desk_post
def hand_out_card(request: HttpRequest, store: Store) -> None:
    """Give the customer who was found a membership card."""
    account = ledger.account_of(_customer(request, store).pk)
    card = cards.hand_out(account.pk, request.POST.get("card", ""))
    session.say(request, _("Card %(card)s is theirs now.") % {"card": card}, "good")


@require_POST
@desk_view
def quote(request: HttpRequest, store: Store | None) -> HttpResponse:
    """Say while a bill is typed how many points may pay of it, and what it earns."""
    try:
        if store is None:
            raise DeskRefused(_("You work in several stores: choose the one you are in."), code="CHOOSE_STORE")
        customer = _customer(request, store)
        won = read_number(request.POST.get("bill", ""))
        return JsonResponse(_quoted(customer, Bill(store, request.POST.get("receipt", "")[:60], won)))
    except DeskRefused as refusal:
        # No error of theirs: a bill half typed has no quote yet.
        return JsonResponse({"code": refusal.code, "detail": str(refusal)})


def _quoted(customer: Customer, bill: Bill) -> dict[str, object]:
    now = timezone.now()
    account = Account.objects.select_related("program").get(pk=ledger.account_of(customer.pk).pk)
    usable = usable_now(account, ledger.standing_of(account.pk, now=now), bill=bill.won or None)
    earning = earning_now(bill, customer, program=account.program, now=now)
    paid_with_points = points_used(bill)
    return {
        "usable": usable,
        "usable_text": number_text(usable),
        "earns": earning.points,
        "earns_text": f"+{number_text(earning.points)}",
        "reasons": [f"{name}: {why}" for name, why in earning.reasons],
        "to_pay_text": won_text(max(0, bill.won - paid_with_points)),
    }


def _book(request: HttpRequest, form: FormState, customer: Customer, bill: Bill) -> DeskAct:
    key = _key(form.key)
    if form.kind == Kind.EARN:
        return acting.earn(customer, bill=bill, key=key, by=request.user)
    points = read_number(form.points)
    if not points:
        raise DeskRefused(_("Type how many points are used."), code="BAD_POINTS")
    is_confirmed = request.POST.get("is_confirmed") == "yes"
    return acting.redeem(customer, points, bill=bill, key=key, by=request.user, is_confirmed=is_confirmed)


def _say_booked(request: HttpRequest, booked: DeskAct) -> None:
    points = {"points": number_text(booked.points)}
    if booked.kind == Kind.EARN:
        session.say(
            request, _("%(points)s points earned.") % points, "good", act_id=booked.pk, details=[_usable(booked)]
        )
        return
    left = _("To pay: %(amount)s") % {"amount": won_text((booked.bill or 0) - booked.points)}
    session.say(
        request, _("%(points)s points used.") % points, "good", act_id=booked.pk, details=[left, _usable(booked)]
    )


def _usable(booked: DeskAct) -> str:
    return _("Usable now: %(points)s points") % {"points": number_text(booked.available_after)}


def _customer(request: HttpRequest, store: Store) -> Customer:
    """Return whom the page shows.

    Raises:
        DeskRefused: somebody else was looked up since, in another tab (`PAGE_OVER`), or it is too long ago.
    """
    lookup_id = request.session.get(session.LOOKUP) or 0
    if lookup_id and read_number(request.POST.get("lookup", "")) != lookup_id:
        raise DeskRefused(_("This page was used for another booking. Start again."), code="PAGE_OVER")
    return finding.customer_found(lookup_id, asker=Asker(store, by=request.user))


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise DeskRefused(_("Open the desk again: this page is damaged."), code="BAD_KEY") from error
