"""What is known of the files that shop systems write, and what they are made into."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from django.utils.functional import Promise

from customers.ingest.schema import LINE

# The rows of one thing, an order or a customer, under our names; those of columns that only help to understand it
# begin with RAW.
Record = dict[str, object]
RAW = "raw."


@dataclass
class Found:
    """What the rows of one thing come to, besides the records themselves whom and what they name."""

    records: list[Record] = field(default_factory=list)
    customers: list[Record] = field(default_factory=list)
    products: list[Record] = field(default_factory=list)


def as_they_are(rows: Sequence[Record]) -> Found:
    """Return rows that need no making."""
    return Found(records=list(rows))


@dataclass(frozen=True, eq=False)
class Export:
    """A kind of file of one system."""

    platform: str
    kind: str
    # Their name of a column → ours. Several of theirs may stand for one of ours: files differ by settings and year.
    columns: Mapping[str, str]
    # Names that tell this file from others.
    signature: frozenset[str]
    # The column whose rows belong together; empty where each row stands for itself.
    group_by: str = ""
    complete: Callable[[Sequence[Record]], Found] = as_they_are
    labels: Mapping[str, str | Promise] = field(default_factory=dict)
    # The people in it gave their contacts to get a delivery, not to hear from the shop (I-07).
    is_marketplace: bool = False
    # A customer of the same source with the same e-mail is the same one, whatever number the file gives or lacks.
    is_known_by_email: bool = False
    # Columns of ours that `complete` works out, so that no column of the file need be mapped to them.
    made: frozenset[str] = frozenset()


def text(row: Mapping[str, object], name: str) -> str:
    """Return a column's text; empty where the file has no such column."""
    return str(row.get(name) or "").strip()


def without_raw(row: Mapping[str, object]) -> Record:
    """Return the row with our columns only."""
    return {name: value for name, value in row.items() if not name.startswith(RAW)}


def line_of(row: Mapping[str, object]) -> int:
    """Return where the row stands in the file."""
    return cast(int, row[LINE])
