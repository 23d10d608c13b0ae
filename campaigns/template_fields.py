"""The fields that content may use, such as {{ name }}: what each is called and how it is read from a customer."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign, ChannelAccount
from crm_project.registry import Registry

# {{ attributes.<key> }} reads the shop's own attributes, whatever their keys.
ATTRIBUTES = "attributes"
# What the fields read of a customer. `pipeline/people.py` fetches these for many, and nothing more.
COLUMNS = (
    "external_id",
    "name",
    "locale",
    "joined_at",
    "attributes",
    "home_store__name",
    "stats__order_count",
    "stats__paid_total",
    "stats__last_order_at",
)


class Recipient(NamedTuple):
    """Whom a message is for and in whose name. Reading its fields costs no query.

    `customer` and `stats` are models, or rows that have their `COLUMNS`.
    """

    customer: Any
    stats: Any
    account: ChannelAccount
    # What was looked up for many customers at once, by the name of the field.
    looked_up: Mapping[str, object] = MappingProxyType({})


LookUp = Callable[[Collection[int], Campaign], Mapping[int, object]]
# By customer, what the trigger of the automation told that brings the message; {} outside of one.
Contexts = Mapping[int, Mapping[str, Any]]
LookUpInContext = Callable[[Collection[int], Campaign, Contexts], Mapping[int, object]]
Conceal = Callable[[object], object]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of content; `read` returns None or "" where the customer has no value.

    Args:
        inserts: what a click on it writes; by itself the bare field.
        is_always_there: every customer has a value, so no fallback is needed.
        look_up: reads the values of many customers at once; such a field costs queries, so only where it is used.
        look_up_in_context: the same, of what depends on what an automation began with.
        conceal: makes of a looked-up value what staff may read, where that is less than the recipient does.
    """

    name: str
    label: object
    read: Callable[[Recipient], object]
    example: object
    inserts: str = ""
    is_always_there: bool = False
    look_up: LookUp | None = None
    look_up_in_context: LookUpInContext | None = None
    conceal: Conceal | None = None

    @property
    def is_looked_up(self) -> bool:
        """Tell whether its values cost queries."""
        return bool(self.look_up or self.look_up_in_context)

    def found(self, customer_ids: Collection[int], campaign: Campaign, contexts: Contexts) -> Mapping[int, object]:
        """Return the looked-up values by customer."""
        if self.look_up_in_context:
            return self.look_up_in_context(customer_ids, campaign, contexts)
        return self.look_up(customer_ids, campaign) if self.look_up else {}

    @property
    def insertion(self) -> str:
        """Return what a click on the field writes."""
        return self.inserts or f"{{{{ {self.name} }}}}"


FIELDS: Registry[Field] = Registry("template field")


def field(name: str, label: object, *, example: object, inserts: str = "", is_always_there: bool = False) -> Callable:
    """Register the decorated function of a Recipient as a field of that name."""

    def register(read: Callable[[Recipient], object]) -> Callable[[Recipient], object]:
        FIELDS.register(name, Field(name, label, read, example, inserts, is_always_there))
        return read

    return register


def looked_up_field(
    name: str, label: object, *, example: object, inserts: str, conceal: Conceal | None = None
) -> Callable:
    """Register the decorated look-up, of customer ids and a campaign, as a field of that name."""

    def register(look_up: LookUp) -> LookUp:
        def read(recipient: Recipient) -> object:
            return recipient.looked_up.get(name)

        FIELDS.register(name, Field(name, label, read, example, inserts, look_up=look_up, conceal=conceal))
        return look_up

    return register


def field_in_context(
    name: str, label: object, *, example: object, inserts: str, conceal: Conceal | None = None
) -> Callable:
    """Register the decorated look-up, of customer ids, a campaign and contexts, as a field of that name."""

    def register(look_up: LookUpInContext) -> LookUpInContext:
        def read(recipient: Recipient) -> object:
            return recipient.looked_up.get(name)

        known = Field(name, label, read, example, inserts, look_up_in_context=look_up, conceal=conceal)
        FIELDS.register(name, known)
        return look_up

    return register


def look_up(
    customer_ids: Collection[int],
    campaign: Campaign,
    *,
    wanted: Iterable[str],
    contexts: Contexts | None = None,
    for_staff: bool = False,
) -> dict[int, dict[str, object]]:
    """Return, by customer, the values of those wanted fields that are looked up, each for all customers at once.

    Args:
        contexts: of the journeys that the messages belong to.
        for_staff: to be looked at, and not sent; what only the recipient may read is concealed.
    """
    found: dict[int, dict[str, object]] = {customer_id: {} for customer_id in customer_ids}
    for name in wanted:
        each = FIELDS.get(name)
        if each and each.is_looked_up and customer_ids:
            conceal = each.conceal if for_staff else None
            for customer_id, value in each.found(customer_ids, campaign, contexts or {}).items():
                found[customer_id][name] = conceal(value) if conceal else value
    return found


def values(recipient: Recipient, *, wanted: Collection[str] | None = None) -> dict[str, object]:
    """Return the fields that have a value, all or those `wanted`. A missing one is left out: the template can tell."""
    fields = FIELDS if wanted is None else _named(frozenset(wanted))
    found = {each.name: each.read(recipient) for each in fields}
    return {name: value for name, value in found.items() if value not in (None, "", {}, [])}


@lru_cache(maxsize=256)
def _named(names: frozenset[str]) -> tuple[Field, ...]:
    return tuple(each for each in FIELDS if each.name in names)


def known_names() -> list[str]:
    """Return every field's name in the order of the list that editors see."""
    return FIELDS.names()


@field("name", _("name"), example="홍길동", inserts="{{ name | honorific }}")
def name(recipient: Recipient) -> object:
    return recipient.customer.name


@field("customer_number", _("customer number"), example="A-1024", is_always_there=True)
def customer_number(recipient: Recipient) -> object:
    return recipient.customer.external_id


@field("joined_on", _("day of joining"), example="2025-03-02", is_always_there=True)
def joined_on(recipient: Recipient) -> object:
    return timezone.localdate(recipient.customer.joined_at)


@field("home_store", _("home store"), example="강남점", inserts="{{ home_store | default: '가까운 매장' }}")
def home_store(recipient: Recipient) -> object:
    return recipient.customer.home_store.name if recipient.customer.home_store else None


@field("order_count", _("number of orders"), example="7", is_always_there=True)
def order_count(recipient: Recipient) -> object:
    return recipient.stats.order_count


@field("paid_total", _("total spend, won"), example="324000", inserts="{{ paid_total | won }}", is_always_there=True)
def paid_total(recipient: Recipient) -> object:
    return recipient.stats.paid_total


@field("last_order_on", _("day of the last order"), example="2026-10-02")
def last_order_on(recipient: Recipient) -> object:
    return timezone.localdate(recipient.stats.last_order_at) if recipient.stats.last_order_at else None


@field("days_since_last_order", _("days since the last order"), example="40")
def days_since_last_order(recipient: Recipient) -> object:
    day = last_order_on(recipient)
    return (timezone.localdate() - day).days if day else None


@field("shop_name", _("name of the sender"), example="단골마트", is_always_there=True)
def shop_name(recipient: Recipient) -> object:
    return recipient.account.sender_name


@field("today", _("today"), example="2026-11-21", is_always_there=True)
def today(recipient: Recipient) -> object:
    return timezone.localdate()


@field(
    ATTRIBUTES,
    _("the shop's own attributes, as in attributes.colour"),
    example={"colour": "파랑"},
    inserts="{{ attributes.colour | default: '…' }}",
)
def attributes(recipient: Recipient) -> object:
    return {key: value for key, value in recipient.customer.attributes.items() if value not in (None, "")}
