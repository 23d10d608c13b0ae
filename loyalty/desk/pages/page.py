"""The desk: one full-screen page in three areas, to find, to see the customer, and to act."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from customers.models import Store
from loyalty.desk import finding, stores
from loyalty.desk.finding import Asker
from loyalty.desk.goods import MOST_LINES, categories_asked_for
from loyalty.desk.pages import session
from loyalty.desk.pages.guard import desk_view
from loyalty.desk.pages.session import FormState
from loyalty.desk.pages.today import booked_today
from loyalty.desk.standing_card import StandingCard, standing_card
from loyalty.earning import versions
from loyalty.errors import DeskRefused
from loyalty.tiers.customer_panel import share_of

# The first consonants of nearly every family name, in the order of the alphabet.
INITIALS = "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ"
QUICK_POINTS = (1_000, 5_000, 10_000)


@dataclass(frozen=True, slots=True)
class GoodsRow:
    """The two fields for goods of the bill; a spare one is shown once it is needed."""

    words: str = ""
    won: str = ""
    is_spare: bool = False


@require_GET
@never_cache
@desk_view
def desk(request: HttpRequest, store: Store | None) -> HttpResponse:
    """Show the desk as it stands: nobody found yet, a few to choose from, or the customer with what may be done."""
    now = timezone.now()
    is_manager = bool(store) and stores.manages(request.user, store)
    own_stores = list(stores.stores_of(request.user))
    card = _card(request, store, now) if store else None
    form = _form(request, card)
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
        "acts": booked_today(request.user, store, now, is_manager=is_manager) if store else [],
        "is_manager": is_manager,
        "goods_rows": _goods_rows(form),
        "categories": _categories(card),
        "typed_code": _typed_code(form, card),
        "initials": INITIALS,
        "quick_points": QUICK_POINTS,
    }
    return render(request, "desk/desk.html", context)


def _form(request: HttpRequest, card: StandingCard | None) -> FormState:
    """Return the act as it stands; whoever has no points to use is offered to earn some."""
    has_points = bool(card and card.usable_now)
    form = session.form_of(request, has_points=has_points)
    is_new = not form.key
    return replace(form, kind="earn") if is_new and form.kind == "redeem" and not has_points else form


def _goods_rows(form: FormState) -> list[GoodsRow]:
    """Return the fields for goods: what was typed, and empty ones of which the page shows the first."""
    empty = MOST_LINES - len(form.goods)
    return [GoodsRow(words, won) for words, won in form.goods] + [GoodsRow(is_spare=each > 0) for each in range(empty)]


def _typed_code(form: FormState, card: StandingCard | None) -> str:
    """Return the code that was typed beside the coupons that stand there to choose from."""
    offered = {held.code for held in card.coupons} if card else set()
    return next((code for code in form.codes if code not in offered), "")


def _categories(card: StandingCard | None) -> list[str]:
    """Return the categories that are worth typing for this customer."""
    if card is None or card.program is None:
        return []
    return categories_asked_for(versions.edited_rules(card.program), [held.coupon for held in card.coupons])


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
