"""Which of two customers' values the one that is left has, and how values are kept to be put back.

The kept customer's own value stands unless it is empty or a person chose the other one. Values kept for an undo are
texts, as a form or JSON holds them.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from django.db.models import Field

from customers.models import Customer

# What a person chooses between, in the order of the page, and what the rules decide alone.
CHOSEN_FIELDS = ("name", "phone", "email", "birthday", "gender", "locale", "home_store", "acquisition_source")
RULED_FIELDS = ("joined_at", "attributes", "is_demo")
# A stranger's contact from a marketplace must not become the address of somebody who may be written to (I-07).
CONTACTS = ("phone", "email")


@dataclass(frozen=True)
class Choice:
    """A field of which the two customers have different values."""

    name: str
    label: object
    kept: object
    other: object
    takes_other: bool


def choices(kept: Customer, merged: Customer) -> list[Choice]:
    """Return the fields of which the customers have different values, with what the rules propose."""
    return [
        Choice(name, field_of(name).verbose_name, ours, theirs, _proposed(kept, merged, name))
        for name in CHOSEN_FIELDS
        if _is_offered(kept, merged, name)
        and not _is_empty(theirs := _value(merged, name))
        and theirs != (ours := _value(kept, name))
    ]


def taken_over(kept: Customer, merged: Customer, chosen: Collection[str] | None = None) -> dict[str, object]:
    """Return the values that the kept customer takes from the other.

    Args:
        chosen: the fields whose value a person takes; None: as the rules propose.
    """
    offered = choices(kept, merged)
    values = {
        each.name: each.other for each in offered if (each.takes_other if chosen is None else each.name in chosen)
    }
    ruled = {name: _value(merged, name) for name in RULED_FIELDS if _proposed(kept, merged, name)}
    if "attributes" in ruled:
        ruled["attributes"] = merged.attributes | kept.attributes
    return values | ruled


def field_of(name: str) -> Field:
    """Return the field of Customer by name."""
    return cast(Field, Customer._meta.get_field(name))


def values_of(customer: Customer, names: Collection[str]) -> dict[str, object]:
    """Return the customer's values of these fields."""
    return {name: _value(customer, name) for name in names}


def packed(values: Mapping[str, object]) -> dict[str, object]:
    """Return values as JSON can hold them."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def unpacked(values: Mapping[str, object]) -> dict[str, object]:
    """Return kept values as the customer's fields have them."""
    return {name: field_of(name).to_python(value) for name, value in values.items()}


def write(customer: Customer, values: Mapping[str, object]) -> None:
    """Store these values of the customer, and nothing else of it."""
    if values:
        columns = {field_of(name).attname: value for name, value in values.items()}
        Customer.objects.filter(pk=customer.pk).update(**columns)


def _proposed(kept: Customer, merged: Customer, name: str) -> bool:
    ours, theirs = _value(kept, name), _value(merged, name)
    if ours == theirs:
        return False
    if name == "joined_at":
        return theirs < ours
    if name == "acquisition_source" and ours and theirs:
        return merged.joined_at < kept.joined_at
    if name == "is_demo":
        return bool(theirs)  # live gateways never send to made-up contacts: the stricter of the two
    if name == "attributes":
        return bool(set(theirs) - set(ours))
    return _is_empty(ours)


def _is_offered(kept: Customer, merged: Customer, name: str) -> bool:
    return name not in CONTACTS or kept.is_marketplace_contact or not merged.is_marketplace_contact


def _value(customer: Customer, name: str) -> Any:
    """Return the value as it is stored: of a store its id."""
    return getattr(customer, field_of(name).attname)


def _is_empty(value: object) -> bool:
    return value in (None, "", {})
