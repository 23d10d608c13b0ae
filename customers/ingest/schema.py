"""Which columns a kind of record has, and how records become rows of the stage.

Records of one import mostly have the same keys, so what follows from the keys (a `Shape`) is worked out once.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from django.utils.translation import gettext as _

from customers.errors import BadValue
from customers.ingest import values
from customers.ingest.parser import Parser

LINE = "line"
own_name = values.name(100)


class FieldRefused(Exception):
    """A record's field cannot be understood."""

    def __init__(self, field: str, value: object, message: object, code: str = "bad_value") -> None:
        super().__init__(message)
        self.field = field
        self.value = value
        self.message = str(message)
        self.code = code


def as_json(value: object) -> str:
    """Return a value as a column of JSON holds it."""
    return json.dumps(value, ensure_ascii=False)


@dataclass(frozen=True)
class Column:
    """A column of the canonical files, documented in `docs/data.md`."""

    name: str
    parse: Parser
    sql_type: str
    required: bool = False

    @property
    def stage_name(self) -> str:
        """Return the column's name in the stage, which no SQL word can clash with."""
        return f"r_{self.name}"


class Shape:
    """What a record with certain keys holds, and which bits say so (`given`)."""

    def __init__(self, schema: "Schema", keys: Iterable[str]) -> None:
        present = set(keys)
        self.columns = [each if each.name in present else None for each in schema.columns]
        self.missing = [each.name for each in schema.columns if each.required and each.name not in present]
        self.own = [key for key in present if schema.prefix and key.startswith(schema.prefix)]
        self.unknown = sorted(key for key in present if not schema.knows(key))
        self.others = present & schema.others
        self.given = sum(1 << index for index, each in enumerate(self.columns) if each)


@dataclass(frozen=True)
class Schema:
    """A kind of record: its columns, and the prefix of those the shop makes up itself."""

    kind: str
    columns: tuple[Column, ...]
    prefix: str = ""
    # Columns that another module reads (consents).
    others: frozenset[str] = frozenset()
    _shapes: dict[tuple[str, ...], Shape] = field(default_factory=dict, init=False, repr=False, compare=False)

    def shape(self, record: Mapping[str, object]) -> Shape:
        """Return what follows from the record's keys."""
        keys = tuple(record)
        shape = self._shapes.get(keys)
        if shape is None:
            if len(self._shapes) > 1000:
                self._shapes.clear()
            shape = self._shapes[keys] = Shape(self, keys)
        return shape

    def bit(self, name: str) -> int:
        """Return the bit of `given` that says whether a record had the column."""
        return 1 << next(index for index, each in enumerate(self.columns) if each.name == name)

    def knows(self, name: str) -> bool:
        """Return whether a column of that name is read."""
        if name == LINE or name in self.others or any(each.name == name for each in self.columns):
            return True
        return bool(self.prefix) and name.startswith(self.prefix) and len(name) > len(self.prefix)

    def names(self) -> list[str]:
        """Return the names of all columns, the shop's own as a pattern."""
        return [each.name for each in self.columns] + sorted(self.others) + ([f"{self.prefix}…"] if self.prefix else [])

    def nearest(self, name: str, among: Iterable[str] | None = None) -> str | None:
        """Return the most similar name, for "did you mean"."""
        found = get_close_matches(name, list(among or self.names()), n=1, cutoff=0.5)
        return found[0] if found else None

    def read(self, records: Sequence[Mapping[str, object]], shape: Shape) -> list[Sequence[object]]:
        """Return the values of records of one shape, column by column; None for those they do not have.

        Raises:
            FieldRefused: a value is missing or cannot be understood. It is named right where there is one record.
        """
        if shape.missing:
            raise FieldRefused(shape.missing[0], "", _("This is missing."), "missing")
        return [_column(each, records) if each else [None] * len(records) for each in shape.columns]

    def own_values(self, record: Mapping[str, object], shape: Shape) -> dict[str, object]:
        """Return the values of the shop's own columns, by their names without the prefix.

        Raises:
            FieldRefused: a value cannot be understood.
        """
        own: dict[str, object] = {}
        for key in shape.own:
            try:
                name = own_name(key.removeprefix(self.prefix))
                value = values.free(record[key])
            except BadValue as refusal:
                raise FieldRefused(key, record[key], refusal) from refusal
            if name is None:
                raise FieldRefused(key, record[key], _("This is empty."))
            own[name] = value
        return own


def _column(column: Column, records: Sequence[Mapping[str, object]]) -> Sequence[object]:
    said = [record[column.name] for record in records]
    try:
        read = column.parse.column(said)
    except BadValue as refusal:
        raise FieldRefused(column.name, said[0], refusal) from refusal
    if column.required and None in read:
        raise FieldRefused(column.name, said[0], _("This is empty."), "missing")
    return read
