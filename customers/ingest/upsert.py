"""From the stage into a table: new rows inserted, changed ones updated, the same ones not touched at all.

A column that a record did not have keeps what is stored; a column that is there but empty is emptied.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.backends.utils import CursorWrapper

from customers.ingest.first_load import EVERYTHING, checks_at_the_end_when_empty
from customers.ingest.result import IngestResult
from customers.ingest.stage import make_table, measure, measure_batch


@dataclass(frozen=True)
class Target:
    """A column of the table and where its value comes from.

    `s` is the staged row, `e` the stored row it meets (all NULL for a new one).
    """

    column: str
    expression: str
    bit: int = 0  # the bit of `given` that says whether the record had it; 0: the expression decides alone
    default: str = "NULL"  # what a new row gets where nothing was given, and any row where it was empty
    keeps_when_empty: bool = False

    @property
    def merged(self) -> str:
        """Return the SQL of the value the row is to have."""
        if not self.bit:
            return self.expression
        kept = f"CASE WHEN e.id IS NULL THEN {self.default} ELSE e.{self.column} END"
        given = f"coalesce({self.expression}, {kept if self.keeps_when_empty else self.default})"
        return f"CASE WHEN s.given & {self.bit} <> 0 THEN {given} ELSE {kept} END"


@dataclass(frozen=True)
class Upsert:
    """How rows of the stage become rows of a table that is unique by (source, `key`)."""

    table: str
    key: str  # the table's column
    staged_key: str  # the stage's column
    targets: tuple[Target, ...]
    rows: str = "ingest_stage s"
    also_when_changed: str = ""  # further assignments of an update, such as the time of the change

    def statement(self, *, into_empty: bool) -> str:
        """Return the SQL; its one parameter, used twice, is the source."""
        columns = ", ".join(target.column for target in self.targets)
        merged = ", ".join(target.merged for target in self.targets)
        wanted = ", ".join(f"EXCLUDED.{target.column}" for target in self.targets)
        assignments = ", ".join(f"{target.column} = EXCLUDED.{target.column}" for target in self.targets)
        meets = (
            f"ON CONFLICT (source, {self.key}) DO UPDATE SET {assignments}{self.also_when_changed}"
            f" WHERE ({self._of('t')}) IS DISTINCT FROM ({wanted})"
        )
        # What is stored as it should be is left out here, before it would be locked. What is new or differs is sorted,
        # so that two imports at once lock rows in the same order, which is also that of `stats`: by id.
        return f"""
            WITH written AS (
                INSERT INTO {self.table} AS t (source, {self.key}, {columns})
                SELECT %s, s.{self.staged_key}, {merged}
                FROM {self.rows}
                LEFT JOIN {self.table} e ON e.source = %s AND e.{self.key} = s.{self.staged_key}
                WHERE e.id IS NULL OR ({self._of("e")}) IS DISTINCT FROM ({merged})
                {"" if into_empty else f"ORDER BY e.id, s.{self.staged_key} {meets}"}
                RETURNING t.id, t.xmax = 0 AS is_new -- only an updated row carries the lock of the conflict
            )
            INSERT INTO ingest_written SELECT id, is_new FROM written
        """

    def _of(self, row: str) -> str:
        return ", ".join(f"{row}.{target.column}" for target in self.targets)

    def run(self, cursor: CursorWrapper, *, source: str, result: IngestResult) -> None:
        """Store the staged rows and count them; `ingest_written` then holds the ids that are new or changed."""
        make_table(cursor, "ingest_written", "id bigint, is_new boolean")
        with checks_at_the_end_when_empty(cursor, self.table, rows=result.read, kinds=EVERYTHING) as is_empty:
            cursor.execute(self.statement(into_empty=is_empty), [source, source])
        cursor.execute(
            f"SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new),"
            f" (SELECT count(*) FROM {self.rows}) FROM ingest_written"
        )
        new, changed, staged = cursor.fetchone()
        result.new += new
        result.changed += changed
        result.unchanged += staged - new - changed
        result.note_outcomes(
            cursor,
            f"SELECT s.line, CASE WHEN w.id IS NULL THEN 'unchanged' WHEN w.is_new THEN 'new' ELSE 'changed' END"
            f" FROM {self.rows} JOIN {self.table} t ON t.source = %s AND t.{self.key} = s.{self.staged_key}"
            f" LEFT JOIN ingest_written w ON w.id = t.id",
            [source],
        )
        measure_batch(cursor, "ingest_written")
        measure(cursor, self.table, rows=staged)


def rounds(cursor: CursorWrapper, key: str) -> Iterator[None]:
    """Yield with each key once in the stage, and again for those that a batch names more than once.

    So the second word about a customer meets the first one stored, as it would in two batches.
    """
    make_table(cursor, "ingest_later", "LIKE ingest_stage, round int")
    cursor.execute(
        f"""
        INSERT INTO ingest_later
        SELECT * FROM (
            SELECT s.*, row_number() OVER (PARTITION BY {key} ORDER BY line) AS round
            FROM ingest_stage s
            WHERE {key} IN (SELECT {key} FROM ingest_stage GROUP BY {key} HAVING count(*) > 1)
        ) ranked WHERE round > 1
        """
    )
    cursor.execute("DELETE FROM ingest_stage s USING ingest_later later WHERE s.line = later.line")
    yield
    cursor.execute("SELECT coalesce(max(round), 1) FROM ingest_later")
    for number in range(2, cursor.fetchone()[0] + 1):
        cursor.execute("TRUNCATE ingest_stage")
        cursor.execute(
            "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute"
            " WHERE attrelid = 'pg_temp.ingest_stage'::regclass AND attnum > 0"
        )
        columns = cursor.fetchone()[0]
        cursor.execute(f"INSERT INTO ingest_stage SELECT {columns} FROM ingest_later WHERE round = %s", [number])
        yield
