"""The conditions on what a customer allowed and how they can be reached."""

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import ConsentState, Customer
from customers.models.consent import Channel, Purpose
from customers.segments.clock import Moment
from customers.segments.condition_kinds import LatestFact, date_words
from customers.segments.conditions import Condition, Operator, Part, Topic
from customers.segments.facts import Facts
from customers.segments.values import OneOf, SomeOf

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
    purpose = Purpose.AD_RECEIVE
    operators = (
        Operator("granted", gettext_lazy("granted"), gettext_lazy("%(what)s granted: %(value)s"), CHANNEL),
        Operator("not_granted", gettext_lazy("not granted"), gettext_lazy("%(what)s not granted: %(value)s"), CHANNEL),
    )

    def q(self, part: Part, moment: Moment) -> Q:
        granted = consent_holds(self.purpose, part["value"])
        return granted if part["op"] == "granted" else ~granted

    def actual(self, customer: Customer, part: Part, moment: Moment) -> str:
        state = ConsentState.objects.filter(customer=customer, purpose=self.purpose, channel=part["value"])
        return consent_words(state.first(), moment)


def consent_words(state: ConsentState | None, moment: Moment) -> str:
    """Say what a customer allowed and since when."""
    if state is None:
        return _("never asked or never answered")
    said = _("granted %(since)s") if state.is_granted else _("withdrawn %(since)s")
    return said % {"since": date_words(state.since, moment)}


class NightConsent(AdvertisingConsent):
    """Whether advertising may be received between 21:00 and 08:00 (L-06)."""

    name, label, purpose = "night_consent", gettext_lazy("consent to receive advertising at night"), Purpose.AD_NIGHT


class MarketingConsent(Condition):
    """Whether personal data may be used for marketing at all (P-03)."""

    name, label, topic = "marketing_consent", gettext_lazy("consent to marketing use"), Topic.CONSENT
    operators = (
        Operator("granted", gettext_lazy("granted"), gettext_lazy("%(what)s granted")),
        Operator("not_granted", gettext_lazy("not granted"), gettext_lazy("%(what)s not granted")),
    )

    def q(self, part: Part, moment: Moment) -> Q:
        granted = consent_holds(Purpose.MARKETING_USE)
        return granted if part["op"] == "granted" else ~granted

    def actual(self, customer: Customer, part: Part, moment: Moment) -> str:
        states = ConsentState.objects.filter(customer=customer, purpose=Purpose.MARKETING_USE)
        return consent_words(states.first(), moment)


class ConsentSince(LatestFact):
    """When the consent to receive advertising that holds now was given."""

    name, label, topic = "consent_since", gettext_lazy("consent to receive advertising given"), Topic.CONSENT
    facts = Facts(ConsentState, "since", Q(purpose=Purpose.AD_RECEIVE, is_granted=True))
    filters, labels = {"channels": "channel"}, {"channels": gettext_lazy("channel")}
    optional = {"channels": SomeOf(Channel.choices)}


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


CONDITIONS_ON_CONTACT = (AdvertisingConsent, NightConsent, MarketingConsent, ConsentSince, HasContact)
