"""What the preference page shows a customer, and what it does with an answer.

Withdrawing takes one tap and no log-in (L-11). Agreeing needs the words that were read: the version shown is sent
along, and another one than the current is refused (P-02).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from customers.consent.expressions import Action, ConsentExpression, Method
from customers.consent.ledger import record_many
from customers.consent.sender import ShopIdentity, shop_identity
from customers.consent.wordings import current_wordings
from customers.errors import ConsentRefused
from customers.masking import mask_email, mask_phone
from customers.models import ConsentState, ConsentWording, Customer
from customers.models.consent import UNDATED, Channel, Purpose
from customers.segments.refresh import touch

# Advertising by e-mail needs no consent of its own at night (L-06).
NEEDS_NIGHT_CONSENT = frozenset(Channel) - {Channel.EMAIL}
GRANT, WITHDRAW, WITHDRAW_ALL = "grant", "withdraw", "withdraw_all"


@dataclass(frozen=True)
class Setting:
    """One consent as the customer sees it. `since` is empty where nothing was ever said or nobody knows when."""

    purpose: Purpose
    channel: Channel | None
    is_granted: bool
    since: datetime | None = None
    is_undated: bool = False
    was_asked: bool = False

    @property
    def terms(self) -> str:
        """Return how a form names this consent."""
        return f"{self.purpose} {self.channel or ''}".strip()


@dataclass(frozen=True)
class Offer:
    """Words to read, and the consents one may give after reading them."""

    wording: ConsentWording
    settings: list[Setting]


@dataclass(frozen=True)
class PreferencePage:
    """Everything on the page of one customer."""

    shop: ShopIdentity
    contact: str
    settings: list[Setting]
    offers: list[Offer]
    changed: list[Setting]

    @property
    def receives_anything(self) -> bool:
        """Return whether there is something left to withdraw."""
        return any(setting.is_granted for setting in self.settings)


def page_of(customer: Customer, *, changed: Iterable[str] = ()) -> PreferencePage:
    """Return what this customer allowed, and what they may allow; `changed` are the terms just spoken about."""
    settings = settings_of(customer)
    spoken_about = frozenset(changed)
    return PreferencePage(
        shop=shop_identity(),
        contact=" · ".join(filter(None, [mask_email(customer.email), mask_phone(customer.phone)])),
        settings=settings,
        offers=_offers(settings),
        changed=[setting for setting in settings if setting.terms in spoken_about],
    )


def settings_of(customer: Customer) -> list[Setting]:
    """Return the consents that concern this customer: channels that reach them, and any they spoke about."""
    held = {(state.purpose, state.channel): _setting(state) for state in ConsentState.objects.filter(customer=customer)}
    reached = {Channel.EMAIL: customer.email, Channel.SMS: customer.phone, Channel.KAKAO: customer.phone}
    terms: list[tuple[Purpose, Channel | None]] = []
    for channel in Channel:
        if reached.get(channel) or (Purpose.AD_RECEIVE, channel) in held:
            terms.append((Purpose.AD_RECEIVE, channel))
            if channel in NEEDS_NIGHT_CONSENT:
                terms.append((Purpose.AD_NIGHT, channel))
    terms.append((Purpose.MARKETING_USE, None))
    return [held.get((purpose, channel or ""), Setting(purpose, channel, False)) for purpose, channel in terms]


def answer(
    customer: Customer, said: str, *, terms: str, wording: str, evidence: Mapping[str, object], now: datetime
) -> list[str]:
    """Record what the customer pressed, and return the terms it was about. What holds already changes nothing.

    Raises:
        ConsentRefused: nonsense, or agreeing to words that are not, or no longer, the current ones.
    """
    settings = settings_of(customer)
    chosen = [each for each in settings if each.terms == terms or said == WITHDRAW_ALL]
    if said == GRANT:
        _refuse_other_words(settings, chosen, wording)
    elif said not in (WITHDRAW, WITHDRAW_ALL):
        raise ConsentRefused(_("This cannot be understood."))
    if not chosen:
        raise ConsentRefused(_("This cannot be understood."))
    action = Action.GRANTED if said == GRANT else Action.WITHDRAWN
    news = [each for each in chosen if each.is_granted != (said == GRANT) or not each.was_asked]
    _record(customer, news, action=action, wording=wording if said == GRANT else "", evidence=evidence, now=now)
    return [each.terms for each in chosen]


@transaction.atomic
def _record(
    customer: Customer,
    settings: Iterable[Setting],
    *,
    action: Action,
    wording: str,
    evidence: Mapping[str, object],
    now: datetime,
) -> None:
    expressions = [
        ConsentExpression(customer.pk, each.purpose, action, now, each.channel or "", wording, evidence)
        for each in settings
    ]
    if record_many(expressions, method=Method.LINK).new:
        touch([customer.pk])


def _refuse_other_words(settings: list[Setting], chosen: list[Setting], wording: str) -> None:
    offered = {setting.terms: offer.wording.version for offer in _offers(settings) for setting in offer.settings}
    for each in chosen:
        if not each.is_granted and offered.get(each.terms) != wording:
            raise ConsentRefused(_("The words have changed since you opened this page. Please read them again."))


def _offers(settings: list[Setting]) -> list[Offer]:
    """Return what may still be agreed to, by wording; at night only with advertising itself (L-09)."""
    by_day = {setting.channel for setting in settings if setting.purpose == Purpose.AD_RECEIVE and setting.is_granted}
    open_ones = [
        setting
        for setting in settings
        if not setting.is_granted and (setting.purpose != Purpose.AD_NIGHT or setting.channel in by_day)
    ]
    words = current_wordings()
    offers = [
        Offer(words[purpose], [each for each in open_ones if each.purpose == purpose])
        for purpose in (Purpose.AD_RECEIVE, Purpose.AD_NIGHT, Purpose.MARKETING_USE)
        if purpose in words
    ]
    return [offer for offer in offers if offer.settings]


def _setting(state: ConsentState) -> Setting:
    is_undated = state.since == UNDATED
    return Setting(
        Purpose(state.purpose),
        Channel(state.channel) if state.channel else None,
        state.is_granted,
        None if is_undated else state.since,
        is_undated,
        was_asked=True,
    )
