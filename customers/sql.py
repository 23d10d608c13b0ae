"""Values written into SQL that is put together from parts, and parts that the ORM has no name for."""

from collections.abc import Iterable

from django.db.models import F, Func, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from psycopg import sql


def literal(value: object) -> str:
    """Return a value quoted as SQL."""
    return sql.Literal(str(value) if isinstance(value, str) else value).as_string()


def literals(values: Iterable[object]) -> str:
    """Return values quoted as an SQL list: `'a', 'b'`."""
    return ", ".join(literal(value) for value in values)


def json_text(column: str, name: str) -> Combinable:
    """Return a key of a JSON column as text, empty where it has none."""
    # Not KeyTextTransform: it takes a name such as "2024" for a position in a list.
    read = Func(F(column), Value(name), function="jsonb_extract_path_text", output_field=TextField())
    return Coalesce(read, Value(""), output_field=TextField())
