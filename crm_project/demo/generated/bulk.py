"""Rows of a query into a model's table, at the speed of the disk."""

from collections.abc import Mapping

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import Field, Model
from psycopg.types.json import Jsonb

from customers.ingest.first_load import EVERYTHING, checks_at_the_end_when_empty
from customers.sql import literal


def insert(cursor: CursorWrapper, model: type[Model], columns: Mapping[str, str], rows: str) -> int:
    """Insert `SELECT columns FROM rows`; return how many there were.

    A column that is not named gets the model's default, as a record that does not have it would. Where the table is
    empty its indexes are built once all rows are in.

    Args:
        columns: the SQL of each column's value.
    """
    others = (each for each in model._meta.concrete_fields if each.column not in columns and _needs_value(each))
    values = {each.column: _default(each) for each in others} | columns
    table = model._meta.db_table
    with checks_at_the_end_when_empty(cursor, table, rows=None, kinds=EVERYTHING):
        cursor.execute(f"INSERT INTO {table} ({', '.join(values)}) SELECT {', '.join(values.values())} FROM {rows}")
        written = cursor.rowcount
    cursor.execute(f"SELECT setval(pg_get_serial_sequence(%s, 'id'), max(id)) FROM {table} HAVING max(id) > 0", [table])
    return written


def _needs_value(field: Field) -> bool:
    return not (field.null or field.primary_key or field.generated or field.has_db_default())


def _default(field: Field) -> str:
    value = field.get_db_prep_save(field.get_default(), connection=connection) if not field.is_relation else None
    return literal(Jsonb(value) if isinstance(value, dict | list) else value)
