"""Statements that PostgreSQL plans once for a connection: of what is asked often of a few rows, planning is most.

A statement has $1, $2 … where its calls differ. A connection knows it from its first call on, whatever becomes of that
call's transaction, and forgets those that were not called for long.
"""

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import count
from typing import Any, NamedTuple
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
        self.call = f"EXECUTE {self.name} ({', '.join(['%s'] * (types.count(',') + 1))})"

    def rows(self, *values: Any) -> list[tuple]:
        """Call it and return its rows; those of a statement that returns none are empty."""
        return together(Call(self, values))[0]

    def make_known(self, cursor: CursorWrapper) -> None:
        """Have the connection know it, and forget what was not called for long."""
        known = _known.setdefault(connection.connection, OrderedDict())
        if self.name not in known:
            cursor.execute(self._definition, self.parameters)
            known[self.name] = None
        known.move_to_end(self.name)
        while len(known) > MOST_KNOWN:
            oldest, _nothing = known.popitem(last=False)
            cursor.execute(f"DEALLOCATE {oldest}")


class Call(NamedTuple):
    """A statement and the values to call it with."""

    statement: PreparedStatement
    values: Sequence[Any]


def together(*calls: Call) -> list[list[tuple]]:
    """Call statements one after the other in one trip to the server and back; return the rows of each.

    Each sees what was committed before it began, as it would in a trip of its own.
    """
    with connection.cursor() as cursor:
        for call in calls:
            call.statement.make_known(cursor)
        cursor.execute(
            "; ".join([call.statement.call for call in calls]), [each for call in calls for each in call.values]
        )
        answers = [_rows(cursor)]
        while cursor.nextset():
            answers.append(_rows(cursor))
        return answers


def remembered(sql: str, types: str, parameters: Sequence[Any]) -> PreparedStatement:
    """Return the statement that says exactly this: the same as last time, so that connections know it still."""
    typed = tuple((type(each), each) for each in parameters)
    try:
        return _remembered(sql, types, typed)
    except TypeError:  # a list among them, which cannot be looked up
        return PreparedStatement(sql, types, parameters)


@lru_cache(maxsize=MOST_KNOWN)
def _remembered(sql: str, types: str, parameters: Sequence[tuple[type, Hashable]]) -> PreparedStatement:
    """Remember by type too, for 1 and True are the same to Python."""
    return PreparedStatement(sql, types, [each for _type, each in parameters])


def _rows(cursor: CursorWrapper) -> list[tuple]:
    # What `cursor.description` would tell too, but by an object for each column.
    return cursor.fetchall() if cursor.pgresult.nfields else []


def array(numbers: Sequence[int | Decimal]) -> str:
    """Return numbers as PostgreSQL writes an array of them."""
    return f"{{{','.join(map(str, numbers))}}}"


def text_array(texts: Sequence[str]) -> str:
    """Return texts as PostgreSQL writes an array of them."""
    quoted = [text.replace("\\", "\\\\").replace('"', '\\"') for text in texts]
    return '{"' + '","'.join(quoted) + '"}' if quoted else "{}"
