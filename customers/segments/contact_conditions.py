"""The conditions on what a customer allowed and how they can be reached."""

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import ConsentState, Customer
from customers.models.consent import Channel, Purpose
from customers.segments.clock import Moment
from customers.segments.condition_kinds import date_words
from customers.segments.conditions import Condition, Operator, Part, Topic
from customers.segments.values import OneOf

CHANNEL = OneOf(Channel.choices)


def consent_holds(purpose: str, channel: str = "") -> Q:
    """Return the customers whose consent holds now; no row is no consent (L-01)."""
    states = ConsentState.objects.filter(purpose=purpose, channel=channel, is_granted=True)
    return Q(Exists(states.filter(customer=OuterRef("pk"))))


def advertising_allowed(channel: str) -> Q:
    """Return the customers to whom advertising may be sent over the channel: it takes both consents (P-03)."""
    return consent_holds(Purpose.MARKETING_USE) & consent_holds(Purpose.AD_RECEIVE, channel)


# The channels whose addresses stand on the customer, and where.
ADDRESS_OF = {Channel.EMAIL: "email", Channel.SMS: "phone", Channel.KAKAO: "phone"}
REACHED_BY = tuple(channel.value for channel in ADDRESS_OF)


def reachable_by(channel: str) -> Q:
    """Return the customers who have an address on the channel and allowed advertising over it."""
    return ~Q(**{ADDRESS_OF[Channel(channel)]: ""}) & advertising_allowed(channel)


class AdvertisingConsent(Condition):
    name, label, topic = "consent", gettext_lazy("consent to receive advertising"), Topic.CONSENT
    operators = (
        Operator("granted", gettext_lazy("granted"), gettext_lazy("%(what)s granted: %(value)s"), CHANNEL),
        Operator("not_granted", gettext_lazy("not granted"), gettext_lazy("%(what)s not granted: %(value)s"), CHANNEL),
    )

    def q(self, part: Part, moment: Moment) -> Q:
        granted = consent_holds(Purpose.AD_RECEIVE, part["value"])
        return granted if part["op"] == "granted" else ~granted

    def actual(self, customer: Customer, part: Part, moment: Moment) -> str:
        state = ConsentState.objects.filter(customer=customer, purpose=Purpose.AD_RECEIVE, channel=part["value"])
        return consent_words(state.first(), moment)


def consent_words(state: ConsentState | None, moment: Moment) -> str:
    """Say what a customer allowed and since when."""
    if state is None:
        return _("never asked or never answered")
    said = _("granted %(since)s") if state.is_granted else _("withdrawn %(since)s")
    return said % {"since": date_words(state.since, moment)}


CONTACTS = OneOf([("email", gettext_lazy("e-mail")), ("phone", gettext_lazy("phone"))])


class HasContact(Condition):
    name, label, topic = "contact", gettext_lazy("contact"), Topic.CONSENT
    operators = (
        Operator("known", gettext_lazy("known"), gettext_lazy("%(value)s known"), CONTACTS),
        Operator("unknown", gettext_lazy("not known"), gettext_lazy("%(value)s not known"), CONTACTS),
    )

    def q(self, part: Part, moment: Moment) -> Q:
        unknown = Q(**{part["value"]: ""})
        return unknown if part["op"] == "unknown" else ~unknown

    def actual(self, customer: Customer, part: Part, moment: Moment) -> str:
        return _("known") if getattr(customer, part["value"]) else _("not known")
