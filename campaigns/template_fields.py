"""The fields that content may use, such as {{ name }}: what each is called and how it is read from a customer."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import ChannelAccount
from crm_project.registry import Registry
from customers.models import Customer, CustomerStats

# {{ attributes.<key> }} reads the shop's own attributes, whatever their keys.
ATTRIBUTES = "attributes"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a message is for and in whose name. Reading its fields costs no query."""

    customer: Customer
    stats: CustomerStats
    account: ChannelAccount


@dataclass(frozen=True, slots=True)
class Field:
    """A field of content; `read` returns None or "" where the customer has no value."""

    name: str
    label: object
    read: Callable[[Recipient], object]
    example: str


FIELDS: Registry[Field] = Registry("template field")


def field(name: str, label: object, *, example: str) -> Callable:
    """Register the decorated function of a Recipient as a field of that name."""

    def register(read: Callable[[Recipient], object]) -> Callable[[Recipient], object]:
        FIELDS.register(name, Field(name, label, read, example))
        return read

    return register


def values(recipient: Recipient) -> dict[str, object]:
    """Return the fields that have a value. A missing one is left out, so that the template can tell."""
    found = {each.name: each.read(recipient) for each in FIELDS}
    return {name: value for name, value in found.items() if value not in (None, "", {})}


def known_names() -> list[str]:
    """Return every field's name in the order of the list that editors see."""
    return FIELDS.names()


@field("name", _("name"), example="홍길동")
def name(recipient: Recipient) -> object:
    return recipient.customer.name


@field("customer_number", _("customer number"), example="A-1024")
def customer_number(recipient: Recipient) -> object:
    return recipient.customer.external_id


@field("joined_on", _("day of joining"), example="2025-03-02")
def joined_on(recipient: Recipient) -> object:
    return timezone.localdate(recipient.customer.joined_at)


@field("home_store", _("home store"), example="강남점")
def home_store(recipient: Recipient) -> object:
    return recipient.customer.home_store.name if recipient.customer.home_store else None


@field("order_count", _("number of orders"), example="7")
def order_count(recipient: Recipient) -> object:
    return recipient.stats.order_count


@field("paid_total", _("total spend, won"), example="324000")
def paid_total(recipient: Recipient) -> object:
    return recipient.stats.paid_total


@field("last_order_on", _("day of the last order"), example="2026-10-02")
def last_order_on(recipient: Recipient) -> object:
    return timezone.localdate(recipient.stats.last_order_at) if recipient.stats.last_order_at else None


@field("days_since_last_order", _("days since the last order"), example="40")
def days_since_last_order(recipient: Recipient) -> object:
    day = last_order_on(recipient)
    return (timezone.localdate() - day).days if day else None


@field("shop_name", _("name of the sender"), example="단골마트")
def shop_name(recipient: Recipient) -> object:
    return recipient.account.sender_name


@field("today", _("today"), example="2026-11-21")
def today(recipient: Recipient) -> object:
    return timezone.localdate()


@field(ATTRIBUTES, _("the shop's own attributes, as in attributes.colour"), example="파랑")
def attributes(recipient: Recipient) -> object:
    return {key: value for key, value in recipient.customer.attributes.items() if value not in (None, "")}
