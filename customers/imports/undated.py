"""Consents that a file states without saying since when (I-08).

Nobody may be taken to have agreed at a date that nobody knows. So the operator chooses: leave them out, or record them
with evidence as "date unknown", which loses to every dated withdrawal and asks for confirmation within 30 days.
A "no" is always heard: where we hold a consent, the file withdraws it as of the day it was brought.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from customers import consent
from customers.consent import ConsentExpression
from customers.errors import BadValue
from customers.ingest import values
from customers.ingest.consent_columns import TERMS
from customers.models import ConsentEntry, ConsentState, Customer
from customers.models.consent import Purpose
from customers.platforms.exports import Record, line_of
from customers.privacy import contact_hashes
from customers.segments.refresh import touch

if TYPE_CHECKING:
    from customers.imports.storing import Counts


@dataclass(frozen=True)
class UndatedPolicy:
    """What becomes of consents without a date. Without evidence none is recorded."""

    brought_at: datetime
    evidence: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Said:
    """One statement of the file."""

    line: int
    customer_id: str
    purpose: str
    channel: str
    granted: bool


def take(records: Sequence[Record]) -> tuple[list[Record], list[Said]]:
    """Take out of the records the consent columns that no column of dates belongs to; return what those say.

    A value that is neither yes nor no stays, and is refused with its record.
    """
    kept: list[Record] = []
    said: list[Said] = []
    for record in records:
        undated = [name for name in TERMS if name in record and f"{name}.at" not in record]
        kept.append({name: value for name, value in record.items() if name not in undated} if undated else record)
        for name in undated:
            try:
                granted = values.yes_or_no(record[name])
            except BadValue:
                kept[-1][name] = record[name]
                continue
            if granted is not None:
                purpose, channel = TERMS[name]
                said.append(Said(line_of(record), str(record.get("customer_id") or ""), purpose, channel, granted))
    return kept, said


def record(said: Sequence[Said], *, source: str, policy: UndatedPolicy, counts: "Counts") -> None:
    """Record what was said, but for customers whose records were refused."""
    heard = [each for each in said if each.line not in counts.refused_lines]
    if not heard:
        return
    ids = {each.customer_id for each in heard}
    people = list(Customer.objects.filter(source=source, erased_at=None, external_id__in=ids))
    keys = {person.external_id: person.pk for person in people}
    known = [each for each in heard if each.customer_id in keys]
    counts.withdrawn += _withdraw([each for each in known if not each.granted], keys, policy)
    granted = _with_base([each for each in known if each.granted])
    if not policy.evidence:
        counts.left_out += len(granted)
        return
    # What an erased person agreed to is gone; without a date it counts as said before.
    erased_before = contact_hashes.returned(people)
    kept = [each for each in granted if keys[each.customer_id] not in erased_before]
    counts.left_out += len(granted) - len(kept)
    counts.granted += _record([_expression(each, keys, policy) for each in kept])


def _withdraw(said: Sequence[Said], keys: dict[str, int], policy: UndatedPolicy) -> int:
    """Withdraw what is granted now; saying no to what was never granted changes nothing."""
    held = set(
        ConsentState.objects.filter(
            customer__in={keys[each.customer_id] for each in said}, is_granted=True
        ).values_list("customer_id", "purpose", "channel")
    )
    return _record(
        [
            ConsentExpression(
                keys[each.customer_id],
                each.purpose,
                ConsentEntry.Action.WITHDRAWN,
                policy.brought_at,
                channel=each.channel,
            )
            for each in said
            if (keys[each.customer_id], each.purpose, each.channel) in held
        ]
    )


def _expression(each: Said, keys: dict[str, int], policy: UndatedPolicy) -> ConsentExpression:
    return ConsentExpression(
        keys[each.customer_id],
        each.purpose,
        ConsentEntry.Action.GRANTED,
        None,
        channel=each.channel,
        evidence=policy.evidence,
    )


def _record(expressions: Sequence[ConsentExpression]) -> int:
    recorded = consent.record_many(expressions, method=ConsentEntry.Method.IMPORT).new if expressions else 0
    if recorded:
        touch(each.customer_id for each in expressions)
    return recorded


def _with_base(said: Sequence[Said]) -> list[Said]:
    """Return the grants without those of the night that the same file does not grant the channel itself with."""
    bases = {(each.line, each.channel) for each in said if each.purpose == Purpose.AD_RECEIVE}
    return [each for each in said if each.purpose != Purpose.AD_NIGHT or (each.line, each.channel) in bases]
