"""One address, one message: of several customers with the same phone or e-mail the first by number gets it."""

from django.db.models import BooleanField, Case, Exists, OuterRef, Q, Value, When

from campaigns.channels.base import CHANNELS
from campaigns.models import Campaign, Message, SkipReason
from campaigns.pipeline.gate.question import Question, Reason
from customers.models import Customer

GOT_NOTHING = (Message.Status.SKIPPED, Message.Status.STOPPED, Message.Status.FAILED)


def reasons(question: Question, channels: tuple[str, ...]) -> list[Reason]:
    """Return the reason that another customer, earlier by number, gets this campaign at this address.

    `channels` are all over which the campaign sends: a number may be reached by text message and by KakaoTalk.
    """
    if question.campaign.entry == Campaign.Entry.STANDING:
        return []  # a notice is owed to each person, whoever else reads that mailbox
    earlier = question.channel.sharers(Customer.objects.filter(pk__lt=OuterRef("pk")))
    taken = Q()
    for key in channels:
        taken |= Q(_taken(question, key))
    # In this order for sure: looking through a campaign's messages is dear, an address shared is rare.
    is_taken = Case(
        When(Exists(earlier), then=Case(When(taken, then=Value(True)), default=Value(False))),
        default=Value(False),
        output_field=BooleanField(),
    )
    return [(SkipReason.DUPLICATE_ADDRESS, is_taken)]


def _taken(question: Question, key: str) -> Exists:
    messages = Message.objects.filter(
        campaign=question.campaign, customer_id__lt=OuterRef("pk"), account__channel=key
    ).exclude(status__in=GOT_NOTHING)
    with_address = messages.annotate(address=CHANNELS[key].address("customer__"))
    return Exists(with_address.filter(address=OuterRef("address")))
