"""Opting out by the link in a message: what the page says, and the withdrawal."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from campaigns.channels.base import channel_of
from campaigns.links import Token
from campaigns.models import Message
from campaigns.tracking.appending import Caller
from campaigns.tracking.record import record
from customers import consent
from customers.consent.preference_links import url_of
from customers.models import ConsentEntry, ConsentState
from customers.models.consent import Purpose


@dataclass(frozen=True, slots=True)
class UnsubscribePage:
    """What the page tells: who sends, how to reach them, since when no advertising is sent, where the rest is set."""

    sender_name: str
    contact_phone: str
    withdrawn_at: datetime | None
    preferences_url: str


def page_of(message_id: int) -> UnsubscribePage | None:
    """Return what to show to the reader of the message, or None where there is no such message."""
    message = Message.objects.select_related("account").filter(pk=message_id).first()
    return _page(message) if message else None


def unsubscribe(token: Token, caller: Caller, *, at: datetime) -> UnsubscribePage | None:
    """Withdraw the reader's consent to advertising over the message's channel, at once (L-05).

    A second time changes nothing. Return None where there is no such message.
    """
    message = Message.objects.select_related("account").filter(pk=token.message_id).first()
    if message is None:
        return None
    with transaction.atomic():
        record(token, caller, at=at)
        if _withdrawn_at(message) is None:
            _withdraw(message, at)
    return _page(message)


def _withdraw(message: Message, at: datetime) -> None:
    purpose, channel = _terms(message)
    consent.withdraw(
        message.customer_id,
        purpose=purpose,
        channel=channel,
        occurred_at=at,
        method=ConsentEntry.Method.LINK,
        evidence={"message": message.pk, "campaign": message.campaign_id},
    )


def _terms(message: Message) -> tuple[str, str]:
    """Return purpose and channel of what is withdrawn: the way the message took, else marketing at all (L-26)."""
    channel = channel_of(message.account).consent
    return Purpose.AD_RECEIVE if channel else Purpose.MARKETING_USE, channel


def _withdrawn_at(message: Message) -> datetime | None:
    purpose, channel = _terms(message)
    states = ConsentState.objects.filter(
        customer_id=message.customer_id, purpose=purpose, channel=channel, is_granted=False
    )
    return states.values_list("since", flat=True).first()


def _page(message: Message) -> UnsubscribePage:
    account = message.account
    return UnsubscribePage(
        account.sender_name, account.contact_phone, _withdrawn_at(message), url_of(message.customer_id)
    )
