"""What lists of customers share: finding one, consents of a page of them, colours of RFM groups."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.contacts import normalise_email, normalise_phone
from customers.errors import BadValue
from customers.models import ConsentState, Customer
from customers.models.consent import Channel, Purpose
from customers.models.stats import RfmGroup

CHANNEL_ICONS = {
    Channel.EMAIL: "mail",
    Channel.SMS: "message-square",
    Channel.KAKAO: "send",
    Channel.PUSH: "smartphone",
    Channel.WEB_PUSH: "globe",
}
TRIGRAM = 3
SHOWN_CHANNELS = (Channel.EMAIL, Channel.SMS, Channel.PUSH)
RFM_TONES = {
    RfmGroup.CHAMPIONS: "accent",
    RfmGroup.LOYAL: "good",
    RfmGroup.PROMISING: "good",
    RfmGroup.NEW: "busy",
    RfmGroup.NEEDS_ATTENTION: "wait",
    RfmGroup.AT_RISK: "wait",
    RfmGroup.DORMANT: "quiet",
    RfmGroup.LOST: "bad",
}


def customers_found(customers: QuerySet[Customer], words: str) -> QuerySet[Customer]:
    """Return those with this phone, e-mail, number or name, by the one index that fits what was typed.

    Somebody who was merged is found by their number as whom they were merged into.
    """
    try:
        if "@" in words:
            return customers.alias(address=Lower("email")).filter(address=normalise_email(words))
        return customers.filter(phone=normalise_phone(words))
    except BadValue:
        # The numbers first: asked in one condition with the names they would take the index from both.
        numbered = list(Customer.objects.known_as(words).values_list("pk", flat=True))
        return customers.filter(Q(pk__in=numbered) | _named(words))


def _named(words: str) -> Q:
    """Return whose name has these letters. The index knows three in a row, and a name's beginning and end."""
    if len(words) >= TRIGRAM:
        return Q(name__icontains=words)
    begins = Q(name__istartswith=words)
    return begins | Q(name__iendswith=words) if len(words) > 1 else begins


def due_words(due_at: datetime) -> str:
    """Say when the next purchase is expected, by the day (KST): today, in 3 days, 5 days overdue."""
    days = (timezone.localdate(due_at) - timezone.localdate()).days
    if not days:
        return _("today")
    if days > 0:
        return ngettext("in %(n)d day", "in %(n)d days", days) % {"n": days}
    return ngettext("%(n)d day overdue", "%(n)d days overdue", -days) % {"n": -days}


def agreed_channels(customer_ids: Iterable[int]) -> dict[int, set[str]]:
    """Return the channels over which each of these customers agreed to advertising, in one query (P-03)."""
    states = ConsentState.objects.filter(
        customer__in=list(customer_ids), is_granted=True, purpose__in=[Purpose.AD_RECEIVE, Purpose.MARKETING_USE]
    )
    channels: dict[int, set[str]] = {}
    may_use = set()
    for customer_id, purpose, channel in states.values_list("customer", "purpose", "channel"):
        if purpose == Purpose.MARKETING_USE:
            may_use.add(customer_id)
        else:
            channels.setdefault(customer_id, set()).add(channel)
    return {customer_id: agreed for customer_id, agreed in channels.items() if customer_id in may_use}


def consent_marks(agreed: set[str]) -> list[dict[str, object]]:
    """Return the dots of a customer's channels for `{% consent_dots %}`."""
    return [
        {"label": channel.label, "icon": CHANNEL_ICONS[channel], "allowed": channel.value in agreed}
        for channel in SHOWN_CHANNELS
    ]
