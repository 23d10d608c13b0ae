"""Statements that PostgreSQL plans once for a connection: of what is asked often of a few rows, planning is most.

A statement has $1, $2 … where its calls differ. A connection knows it from its first call on, whatever becomes of that
call's transaction, and forgets those that were not called for long.
"""

from collections import OrderedDict
from collections.abc import Sequence
from decimal import Decimal
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection
from django.db.backends.utils import CursorWrapper

# A connection keeps so many; each takes some hundred kilobytes of its server process.
MOST_KNOWN = 30

_numbers = count(1)
_known: WeakKeyDictionary[object, OrderedDict[str, None]] = WeakKeyDictionary()


class PreparedStatement:
    """A statement to be called with values of the given types, such as "bigint[], timestamptz".

    `parameters` stand for the %s that it has besides, as a statement made by the ORM does; None: it has none, and no
    sign of percent is doubled.
    """

    def __init__(self, sql: str, types: str, parameters: Sequence[Any] | None = None) -> None:
        self.name = f"prepared_{next(_numbers)}"
        self.parameters = parameters
        self._definition = f"PREPARE {self.name} ({types}) AS {sql}"
        self._call = f"EXECUTE {self.name} ({', '.join(['%s'] * (types.count(',') + 1))})"

    def rows(self, *values: Any) -> list[tuple]:
        """Call it and return its rows; those of a statement that returns none are empty."""
        with connection.cursor() as cursor:
            self._make_known(cursor)
            cursor.execute(self._call, values)
            return cursor.fetchall() if cursor.description else []

    def _make_known(self, cursor: CursorWrapper) -> None:
        known = _known.setdefault(connection.connection, OrderedDict())
        if self.name not in known:
            cursor.execute(self._definition, self.parameters)
            known[self.name] = None
        known.move_to_end(self.name)
        while len(known) > MOST_KNOWN:
            oldest, _nothing = known.popitem(last=False)
            cursor.execute(f"DEALLOCATE {oldest}")


def array(numbers: Sequence[int | Decimal]) -> str:
    """Return numbers as PostgreSQL writes an array of them."""
    return f"{{{','.join(map(str, numbers))}}}"


def text_array(texts: Sequence[str]) -> str:
    """Return texts as PostgreSQL writes an array of them."""
    quoted = [text.replace("\\", "\\\\").replace('"', '\\"') for text in texts]
    return '{"' + '","'.join(quoted) + '"}' if quoted else "{}"
