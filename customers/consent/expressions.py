"""One thing a customer said about consent, and what nobody can have said."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from customers.errors import ConsentRefused
from customers.models import ConsentEntry
from customers.models.consent import Channel, Purpose

Action = ConsentEntry.Action
Method = ConsentEntry.Method


@dataclass(frozen=True)
class ConsentExpression:
    """One thing a customer said. `occurred_at` is when they said it; None where nobody knows, with evidence (I-08)."""

    customer_id: int
    purpose: str
    action: str
    occurred_at: datetime | None
    channel: str = ""
    wording_version: str = ""
    evidence: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Recorded:
    """How many expressions became entries, and how many were in the ledger already."""

    new: int
    unchanged: int


def check(expression: ConsentExpression) -> None:
    """Refuse what no customer can have said.

    Raises:
        ConsentRefused: an unknown word, a time without a zone, no time and no evidence either, or a purpose and a
            channel that do not go together.
    """
    if expression.purpose not in Purpose or expression.action not in Action:
        raise ConsentRefused(_("There is no such consent."))
    if expression.occurred_at is None:
        _check_undated(expression)
    elif expression.occurred_at.tzinfo is None:
        raise ConsentRefused(_("The time of a consent needs a time zone."))
    if expression.purpose == Purpose.MARKETING_USE:
        if expression.channel:
            raise ConsentRefused(_("The consent to marketing use belongs to no channel."))
    elif expression.channel not in Channel:
        raise ConsentRefused(_("Say which channel the consent is for."))


def _check_undated(expression: ConsentExpression) -> None:
    if expression.action != Action.GRANTED:
        raise ConsentRefused(_("Only a grant can be recorded without its date: say when the customer withdrew."))
    if not expression.evidence:
        raise ConsentRefused(_("A consent without its date needs evidence that it was given."))
