"""The first load of a large table."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.utils import CursorWrapper

# Fewer rows are checked one by one faster than the constraints are dropped and put back.
WORTH_IT = 50_000
# As `pg_constraint.contype` has them; an index that belongs to no constraint is a kind of its own here.
FOREIGN_KEYS, UNIQUE, INDEXES = "f", "u", "index"
EVERYTHING = (FOREIGN_KEYS, UNIQUE, INDEXES)


@contextmanager
def checks_at_the_end_when_empty(
    cursor: CursorWrapper, table: str, *, rows: int | None, kinds: tuple[str, ...] = (FOREIGN_KEYS,)
) -> Iterator[bool]:
    """Check the constraints of all `rows` written here at once, at the end, where the table was empty before.

    Row by row, the foreign keys of a million lines take longer than all the rest of their import. An empty table has
    no readers to keep waiting, so its constraints are dropped and put back in the same transaction, which checks all
    rows in one join and builds the indexes in one pass. A table with rows, or of another owner, is left as it is.

    Where indexes were put back the table is measured too: building them writes down how large it is, so that it would
    pass for measured, while nothing is known of its columns. What is joined with it next would be read row by row.

    Yields whether that is so: then nobody else can write there before the end of the transaction.

    Args:
        rows: how many, None for very many: few are checked one by one.
    """
    alone = (rows is None or rows >= WORTH_IT) and _is_empty_and_ours(cursor, table)
    constraints = _constraints(cursor, table, kinds) if alone else []
    indexes = _indexes(cursor, table) if alone and INDEXES in kinds else []
    if constraints or indexes:
        # While checks of rows wait for the commit, neither their table nor one that refers to it can be altered.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    for name, _definition in constraints:
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    for name, _definition in indexes:
        cursor.execute(f"DROP INDEX {name}")
    yield alone
    for _name, definition in indexes:
        cursor.execute(definition)
    for name, definition in constraints:
        cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
    if alone and {UNIQUE, INDEXES} & {*kinds}:
        cursor.execute(f"ANALYZE {table}")


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


def _constraints(cursor: CursorWrapper, table: str, kinds: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return names and definitions of the constraints of those kinds."""
    cursor.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = %s::regclass AND contype = ANY (%s) ORDER BY conname",
        [table, list(kinds)],
    )
    return cursor.fetchall()


def _indexes(cursor: CursorWrapper, table: str) -> list[tuple[str, str]]:
    """Return names and definitions of the indexes that belong to no constraint."""
    cursor.execute(
        "SELECT each.indexrelid::regclass::text, pg_get_indexdef(each.indexrelid) FROM pg_index each"
        " WHERE each.indrelid = %s::regclass"
        " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = each.indexrelid) ORDER BY 1",
        [table],
    )
    return cursor.fetchall()
