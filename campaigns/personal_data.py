"""Tables of this app that point at a customer."""

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from campaigns.automation.erased import ended_by_erasure
from campaigns.models import Enrollment, InAppMessage, Journey, Message
from campaigns.notices.keys import is_for_own_duty
from customers.personal_data import Erase, Merge, PersonalTable, register

# First, as whoever walks or ends journeys takes them before messages: else the two may wait for each other.
register(
    PersonalTable(
        Journey,
        merge=Merge.MOVE_UNLESS_TAKEN,
        erase=ended_by_erasure,
        explanation=_("Automations the customer entered, and how far they came; rows carry ids only"),
    )
)
register(
    PersonalTable(
        Enrollment,
        merge=Merge.MOVE_UNLESS_TAKEN,
        # Of a notice that is owed to both, one is enough: the other's message stays too, and the gate stops it.
        stays=Q(is_for_own_duty()),
        erase=Erase.KEEP,
        explanation=_("Campaigns the customer entered; the number of people a campaign was for stays right"),
    )
)
register(
    PersonalTable(
        Message,
        # Both entered the same campaign: the message that is still to leave stays, and the gate stops it.
        stays=Q(status__in=Message.OPEN, enrollment__customer=F("customer")),
        erase=Erase.KEEP,
        personal_fields=("failure_detail",),
        explanation=_("Messages the customer was sent; rows carry no address"),
    )
)
register(
    PersonalTable(
        InAppMessage,
        # Goes with its message, which the gate stops where both entered the same campaign.
        stays=Q(message__customer=F("customer")),
        erase=Erase.DELETE,
        explanation=_("Messages that wait for the customer in the shop's app"),
    )
)
