"""The first load of a large table."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.utils import CursorWrapper


@contextmanager
def checks_at_the_end_when_empty(cursor: CursorWrapper, table: str) -> Iterator[None]:
    """Check the constraints of all rows written here at once, at the end, where the table was empty before.

    Row by row, the foreign keys of a million lines take longer than all the rest of their import. An empty table has
    no readers to keep waiting, so its constraints are dropped and put back in the same transaction, which checks all
    rows in one join and builds the indexes in one pass. A table with rows, or of another owner, is left as it is.
    """
    constraints = _constraints(cursor, table) if _is_empty_and_ours(cursor, table) else []
    if constraints:
        # While checks of rows wait for the commit, neither their table nor one that refers to it can be altered.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    for name, _definition in constraints:
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    yield
    for name, definition in constraints:
        cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')


def _is_empty_and_ours(cursor: CursorWrapper, table: str) -> bool:
    cursor.execute(
        f"SELECT NOT EXISTS (SELECT 1 FROM {table}) AND pg_has_role(relowner, 'USAGE')"
        " FROM pg_class WHERE oid = %s::regclass",
        [table],
    )
    if not cursor.fetchone()[0]:
        return False
    cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
    cursor.execute(f"SELECT NOT EXISTS (SELECT 1 FROM {table})")
    return cursor.fetchone()[0]


def _constraints(cursor: CursorWrapper, table: str) -> list[tuple[str, str]]:
    """Return names and definitions of the foreign keys and of what must be unique, the primary key aside."""
    cursor.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = %s::regclass AND contype IN ('f', 'u') ORDER BY conname",
        [table],
    )
    return cursor.fetchall()
