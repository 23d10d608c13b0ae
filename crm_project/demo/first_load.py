"""A first load of many rows: references are checked once at the end, by a join, instead of once a row."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, models, transaction
from django.db.backends.utils import CursorWrapper

FOREIGN_KEYS = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = 'f' AND conrelid = %s::regclass ORDER BY conname
"""


@contextmanager
def references_checked_at_the_end(*tables: type[models.Model]) -> Iterator[None]:
    """Lift the foreign keys of those tables that are empty, and put them back when the block ends.

    One transaction: a broken load leaves no row and every key. Nobody else can use the tables meanwhile, which is
    why this is for the first load only.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        keys = [key for table in tables if not table.objects.exists() for key in _keys(cursor, table)]
        for table, name, _definition in keys:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table, name, definition in keys:
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


def _keys(cursor: CursorWrapper, table: type[models.Model]) -> list[tuple[str, str, str]]:
    """Return (table, name, definition) of a table's foreign keys, quoted for SQL."""
    quote = connection.ops.quote_name
    name = table._meta.db_table
    cursor.execute(FOREIGN_KEYS, [name])
    return [(quote(name), quote(constraint), definition) for constraint, definition in cursor.fetchall()]
