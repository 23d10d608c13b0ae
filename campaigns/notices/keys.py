"""How an enrolment names the duty it is for: "duty:12", and "rehearsal:12" where the message only goes to the sandbox.

A rehearsal tells nobody anything, so its duty stays open and is enrolled again once the account is live.
"""

from collections.abc import Iterable

from django.db.models import CharField, Exists, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat
from django.db.models.query import QuerySet

from campaigns import gateways
from campaigns.models import Campaign, ChannelAccount, Message
from customers.models import NoticeDuty

DUTY, REHEARSAL = KINDS = ("duty", "rehearsal")


def kind_of(account: ChannelAccount) -> str:
    """Return which kind of entry a message over the account would be now."""
    return DUTY if gateways.is_live(account) else REHEARSAL


def key_of(duty_id: int, kind: str) -> str:
    """Return the key of the enrolment for a duty."""
    return f"{kind}:{duty_id}"


def duty_of(key: str) -> int:
    """Return the duty that a key names."""
    return int(key.partition(":")[2])


def messages_for(outer: str = "pk", *, kinds: Iterable[str] = KINDS) -> QuerySet[Message]:
    """Return, for a subquery of duties, the messages that were written for each of them."""
    of_duty = [Concat(Value(f"{kind}:"), Cast(OuterRef(outer), CharField())) for kind in kinds]
    return Message.objects.filter(customer=OuterRef("customer"), enrollment__entry_key__in=of_duty).exclude(
        campaign__duty=""
    )


def is_for_own_duty() -> Exists:
    """Return the condition on an enrolment that the duty it is for is its customer's."""
    named = [Concat(Value(f"{kind}:"), Cast("pk", CharField())) for kind in KINDS]
    duties = NoticeDuty.objects.filter(customer=OuterRef("customer")).alias(live=named[0], rehearsed=named[1])
    return Exists(duties.filter(Q(live=OuterRef("entry_key")) | Q(rehearsed=OuterRef("entry_key"))))


def in_hand(campaign: Campaign) -> QuerySet[NoticeDuty]:
    """Return the duties with a message of this campaign that may still leave, settled meanwhile or not."""
    open_message = messages_for().filter(campaign=campaign, status__in=Message.OPEN)
    return NoticeDuty.objects.filter(Exists(open_message), kind=campaign.duty)


def is_settled(campaign: Campaign) -> Exists:
    """Return the condition on a customer that what the campaign is about to tell them was settled meanwhile."""
    return Exists(in_hand(campaign).filter(customer=OuterRef("pk"), done_at__isnull=False))
