"""What a merge would do, before anybody does it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from customers.identity.moving import moving_tables, rows_to_move
from customers.identity.values import Choice, choices
from customers.models import ConsentEntry, Customer
from customers.models.consent import Channel, Purpose

Terms = tuple[str, str]


@dataclass(frozen=True)
class ConsentOutcome:
    """What holds for each of the two over one channel, and what will hold for the one that is left."""

    label: str
    kept: bool | None
    other: bool | None
    together: bool | None


@dataclass(frozen=True)
class Preview:
    """The values to choose between, how many rows of each table move, and what becomes of the consents."""

    choices: list[Choice]
    moving: list[tuple[object, int]]
    consents: list[ConsentOutcome]


def preview(kept: Customer, merged: Customer) -> Preview:
    """Return what merging would do; writes nothing."""
    counts = [
        (table.model._meta.verbose_name_plural, rows_to_move(table, kept_id=kept.pk, merged_id=merged.pk).count())
        for table in moving_tables()
    ]
    return Preview(choices(kept, merged), [(name, count) for name, count in counts if count], _consents(kept, merged))


def _consents(kept: Customer, merged: Customer) -> list[ConsentOutcome]:
    entries = list(ConsentEntry.objects.filter(customer__in=[kept.pk, merged.pk]))
    ours = _held([entry for entry in entries if entry.customer_id == kept.pk])
    theirs = _held([entry for entry in entries if entry.customer_id == merged.pk])
    together = _held(entries)
    return [
        ConsentOutcome(_words(*terms), ours.get(terms), theirs.get(terms), together[terms])
        for terms in sorted(together)
    ]


def _held(entries: Iterable[ConsentEntry]) -> dict[Terms, bool]:
    """Return what one ledger adds up to: the latest expression decides, of two at once the withdrawal (I-08)."""
    granted: dict[Terms, datetime] = {}
    withdrawn: dict[Terms, datetime] = {}
    for entry in sorted(entries, key=lambda each: each.occurred_at):
        terms = entry.purpose, entry.channel
        if entry.action == ConsentEntry.Action.GRANTED:
            granted[terms] = entry.occurred_at
        elif entry.action == ConsentEntry.Action.WITHDRAWN:
            withdrawn[terms] = entry.occurred_at
    for terms in granted:
        if terms[0] == Purpose.AD_NIGHT:  # whoever withdraws advertising withdraws it at night as well (L-09)
            ends = [at for at in (withdrawn.get(terms), withdrawn.get((Purpose.AD_RECEIVE, terms[1]))) if at]
            withdrawn |= {terms: max(ends)} if ends else {}
    said = granted.keys() | withdrawn.keys()
    return {terms: terms in granted and (terms not in withdrawn or granted[terms] > withdrawn[terms]) for terms in said}


def _words(purpose: str, channel: str) -> str:
    return " · ".join(filter(None, [str(Purpose(purpose).label), str(Channel(channel).label) if channel else ""]))
