"""The desk: one full-screen page in three areas, to find, to see the customer, and to act."""

from datetime import datetime
from uuid import uuid4

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from customers.masking import CustomerView
from customers.models import Store
from loyalty.desk import acting, finding, stores
from loyalty.desk.finding import Asker
from loyalty.desk.pages import session
from loyalty.desk.pages.guard import desk_view
from loyalty.desk.standing_card import StandingCard, standing_card
from loyalty.errors import DeskRefused
from loyalty.ledger.terms import ZONE, start_of
from loyalty.models import DeskAct, Transaction
from loyalty.tiers.customer_panel import share_of

ACTS_SHOWN = 12
LOOKS = {
    DeskAct.Kind.REDEEM: ("shopping-cart", "busy"),
    DeskAct.Kind.EARN: ("plus", "good"),
    DeskAct.Kind.CANCEL: ("undo-2", "quiet"),
}
# The first consonants of nearly every family name, in the order of the alphabet.
INITIALS = "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ"
QUICK_POINTS = (1_000, 5_000, 10_000)


@require_GET
@never_cache
@desk_view
def desk(request: HttpRequest, store: Store | None) -> HttpResponse:
    """Show the desk as it stands: nobody found yet, a few to choose from, or the customer with what may be done."""
    now = timezone.now()
    own_stores = list(stores.stores_of(request.user))
    card = _card(request, store, now) if store else None
    form = session.form_of(request, has_points=bool(card and card.usable_now))
    context = admin.site.each_context(request) | {
        "title": _("Store desk"),
        "store": store,
        "stores": own_stores,
        "said": session.said(request),
        "candidates": session.candidates(request),
        "card": card,
        "lookup": request.session.get(session.LOOKUP),
        "tier_share": share_of(card.tier) if card and card.tier else None,
        "form": form,
        "asked": session.asked(request),
        # A key of its own for each look at the page, so that two taps on it are one act; a refused act keeps its.
        "key": form.key or str(uuid4()),
        "acts": acts_of_today(request.user, store, now) if store else [],
        "is_manager": bool(store) and stores.manages(request.user, store),
        "initials": INITIALS,
        "quick_points": QUICK_POINTS,
    }
    return render(request, "desk/desk.html", context)


def acts_of_today(user: User, store: Store, now: datetime) -> list[dict[str, object]]:
    """Return what the person booked in this store today, newest first; of all the store's people for its manager."""
    is_manager = stores.manages(user, store)
    booked = DeskAct.objects.filter(store=store, happened_at__gte=start_of(now.astimezone(ZONE).date()))
    rows = _with_names(booked if is_manager else booked.filter(by=user))
    return [_line(act, user, is_manager=is_manager, now=now) for act in rows[:ACTS_SHOWN]]


def _with_names(booked: QuerySet[DeskAct]) -> QuerySet[DeskAct]:
    taken_back = Transaction.objects.filter(reverses=OuterRef("transaction"))
    rows = booked.select_related("by", "transaction__account__customer").order_by("-happened_at", "-pk")
    return rows.annotate(is_cancelled=Exists(taken_back))


def _line(act: DeskAct, user: User, *, is_manager: bool, now: datetime) -> dict[str, object]:
    is_own = act.by_id == user.pk and now - act.happened_at <= acting.OWN_FOR
    is_open = act.kind != DeskAct.Kind.CANCEL and not act.is_cancelled
    return {
        "act": act,
        "look": LOOKS[act.kind],
        "name": CustomerView(act.transaction.account.customer).title,
        "is_cancelled": act.is_cancelled,
        "may_cancel": is_open and (is_own or is_manager),
        "needs_manager": is_open and not (is_own or is_manager),
        "by": "" if act.by_id == user.pk else act.by.get_full_name() or act.by.get_username(),
        "key": uuid4(),
    }


def _card(request: HttpRequest, store: Store, now: datetime) -> StandingCard | None:
    lookup_id = request.session.get(session.LOOKUP)
    if lookup_id is None:
        return None
    try:
        customer = finding.customer_found(lookup_id, asker=Asker(store, by=request.user), now=now)
    except DeskRefused as refusal:
        session.forget_customer(request)
        session.say(request, str(refusal), "wait", code=refusal.code)
        return None
    return standing_card(customer, store=store, now=now)
