"""The table in which a person says which column is what: names, samples, the choice, and what still lacks."""

from collections.abc import Sequence
from dataclasses import dataclass

from customers.imports import looking, mapping, runs
from customers.imports.kinds import KINDS
from customers.imports.masking import masked
from customers.ingest.consent_columns import TERMS
from customers.models import ImportRun

SAMPLES = 3
LONGEST_SAMPLE = 40
LONGEST_LOOKED_AT = 200
LONGEST_NAME = 90


@dataclass(frozen=True)
class ColumnRow:
    """A column of the file."""

    name: str
    samples: list[str]
    chosen: str
    own: str  # as a column of the shop's own; empty where the kind has none


@dataclass(frozen=True)
class ColumnTable:
    """All of them, and the columns of ours that can be chosen."""

    rows: list[ColumnRow]
    choices: list[tuple[str, str]]
    checks: list[dict[str, object]]
    has_undated_consents: bool


def column_table(run: ImportRun, mapped: Sequence[str]) -> ColumnTable:
    """Return the table of a run's file with this choice. Samples are masked."""
    export = runs.export_of(run)
    shown = looking.first_rows(runs.looked_at(run))
    choices = mapping.choices(run.kind, export)
    listed = {name for name, _label in choices}
    rows = [
        ColumnRow(name, _samples(shown, index, ours), ours, _own(run, name, ours, listed))
        for index, (name, ours) in enumerate(zip(run.sight["names"], mapped, strict=True))
    ]
    checks: list[dict[str, object]] = [
        {"label": mapping.label(name, export), "tone": "good" if name in mapped else "bad"}
        for name in mapping.required(run.kind, export)
    ]
    undated = any(name in TERMS and f"{name}.at" not in mapped for name in mapped)
    return ColumnTable(rows, choices, checks, undated)


def _own(run: ImportRun, name: str, ours: str, listed: set[str]) -> str:
    prefix = KINDS[run.kind].schema.prefix
    if ours and ours not in listed:
        return ours
    return f"{prefix}{name[:LONGEST_NAME]}" if prefix and name else ""


def _samples(shown: Sequence[Sequence[str]], index: int, ours: str) -> list[str]:
    found = [masked(ours, cells[index][:LONGEST_LOOKED_AT])[:LONGEST_SAMPLE] for cells in shown if cells[index].strip()]
    return list(dict.fromkeys(found))[:SAMPLES]
