"""Values written into SQL that is put together from parts."""

from collections.abc import Iterable

from psycopg import sql


def literal(value: object) -> str:
    """Return a value quoted as SQL."""
    return sql.Literal(str(value) if isinstance(value, str) else value).as_string()


def literals(values: Iterable[object]) -> str:
    """Return values quoted as an SQL list: `'a', 'b'`."""
    return ", ".join(literal(value) for value in values)
