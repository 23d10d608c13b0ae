"""The consent columns of a customer's record: `consent.email`, `consent.email.at`, `consent.email.night` …

A consent without the time it was said is refused: its two years (L-13) and its place among other expressions (I-08)
could not be known.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TypeVar

from django.utils import timezone
from django.utils.translation import gettext as _

from customers.errors import BadValue
from customers.ingest import values
from customers.ingest.schema import FieldRefused
from customers.models.consent import Channel, ConsentEntry, Purpose

Value = TypeVar("Value")

MARKETING = "consent.marketing_use"
# column → (purpose, channel)
TERMS = {MARKETING: (Purpose.MARKETING_USE, "")}
for _channel in Channel.values:
    TERMS[f"consent.{_channel}"] = (Purpose.AD_RECEIVE, _channel)
    TERMS[f"consent.{_channel}.night"] = (Purpose.AD_NIGHT, _channel)
CONSENT_COLUMNS = frozenset(TERMS) | {f"{name}.at" for name in TERMS}


def consents_of(record: Mapping[str, object]) -> list[dict[str, str]]:
    """Return what a record says about consent, as rows of the ledger.

    Raises:
        FieldRefused: a value cannot be understood, a time is missing, or night stands without the consent itself.
    """
    return [_entry(record, name) for name in _named(record)]


def _named(record: Mapping[str, object]) -> Iterator[str]:
    for name in TERMS:
        if name in record and _read(record, name, values.yes_or_no) is not None:
            yield name


def _entry(record: Mapping[str, object], name: str) -> dict[str, str]:
    purpose, channel = TERMS[name]
    granted = _read(record, name, values.yes_or_no)
    base = f"consent.{channel}"
    if purpose == Purpose.AD_NIGHT and granted and not _read(record, base, values.yes_or_no):
        raise FieldRefused(name, record[name], _("Advertising at night needs the consent to advertising as well."))
    said_at = _said_at(record, f"{name}.at")
    action = ConsentEntry.Action.GRANTED if granted else ConsentEntry.Action.WITHDRAWN
    return {"purpose": purpose, "channel": channel, "action": action, "occurred_at": said_at.isoformat()}


def _said_at(record: Mapping[str, object], name: str) -> datetime:
    said_at = _read(record, name, values.moment)
    if said_at is None:
        raise FieldRefused(name, "", _("When the customer said this is missing."))
    if said_at > timezone.now():
        raise FieldRefused(name, record[name], _("This lies in the future."))
    return said_at


def _read(record: Mapping[str, object], name: str, parse: Callable[[object], Value]) -> Value:
    try:
        return parse(record.get(name))
    except BadValue as refusal:
        raise FieldRefused(name, record[name], refusal) from refusal
