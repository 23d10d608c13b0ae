"""The stage: a temporary table that a batch is copied into, checked as a whole, and stored from.

A record that cannot be stored is taken out of the stage and written to `ingest_refused`; what is left is good.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import groupby, islice, repeat

from django.db.backends.utils import CursorWrapper
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from customers.ingest.result import IngestResult, Progress, shown
from customers.ingest.schema import LINE, FieldRefused, Schema, Shape

RECORDS_AT_ONCE = 1_000
PROGRESS_EVERY = 5 * RECORDS_AT_ONCE
# Rows of a batch from which a second for measuring a table is well spent.
WORTH_MEASURING = 10_000
# Never measured, or a fifth larger than it was then.
HAS_GROWN = """
    SELECT reltuples <= 0 OR pg_relation_size(oid) > relpages::bigint * current_setting('block_size')::int * 1.2
    FROM pg_class WHERE oid = %s::regclass
"""

MESSAGES = {
    "repeated": gettext_noop("This repeats line %(detail)s and was left out."),
    "used_twice": gettext_noop("Line %(detail)s already has this number, with other content."),
    "unknown_customer": gettext_noop("There is no such customer. Import customers first."),
    "unknown_store": gettext_noop("There is no such store. Import stores first."),
    "unknown_product": gettext_noop("There is no such product. Import products first."),
    "erased": gettext_noop("This customer's data was erased; it cannot come back by an import."),
    "erased_before": gettext_noop(
        "Somebody with this phone or e-mail had their data erased after that; what they agreed to went with it."
    ),
    "unknown_message": gettext_noop("There is no such message."),
    "contradiction": gettext_noop("Line %(detail)s of the same order says something else."),
    "refund_over_paid": gettext_noop("More is refunded than was paid."),
    "nothing_to_confirm": gettext_noop("There is no consent that could be confirmed."),
    "night_without_base": gettext_noop("Advertising at night needs the consent to advertising as well."),
}


@dataclass(frozen=True)
class Chunk:
    """Records that follow each other and have the same keys, with their line numbers."""

    lines: Sequence[int]
    records: Sequence[Mapping[str, object]]
    shape: Shape

    def halves(self) -> "tuple[Chunk, Chunk]":
        """Return both halves of a chunk of two or more."""
        middle = len(self.lines) // 2
        return (
            Chunk(self.lines[:middle], self.records[:middle], self.shape),
            Chunk(self.lines[middle:], self.records[middle:], self.shape),
        )


Row = Sequence[object]
# Reads the records of a chunk as rows of the stage; raises FieldRefused where one of them cannot be stored.
Reader = Callable[[Chunk], Iterable[Row]]


class Numbered:
    """Records in chunks with their line numbers, counted as they pass and reported now and then."""

    def __init__(
        self,
        records: Iterable[Mapping[str, object]],
        *,
        schema: Schema,
        result: IngestResult,
        progress: Progress | None,
    ) -> None:
        self._records = iter(records)
        self._schema = schema
        self._result = result
        self._progress = progress

    def __iter__(self) -> Iterator[Chunk]:
        number, said = 0, set[Shape]()
        # Copied, because a caller may use one dictionary again and again.
        while batch := list(map(dict, islice(self._records, RECORDS_AT_ONCE))):
            for shape, together in groupby(batch, key=self._schema.shape):
                if shape.unknown and shape not in said:
                    said.add(shape)
                    self._say_unknown(shape.unknown)
                records = list(together)
                yield Chunk(_lines(records, after=number), records, shape)
                number += len(records)
            if self._progress and number % PROGRESS_EVERY == 0:
                self._progress(number)
        self._result.read += number
        if self._progress:
            self._progress(number)

    def _say_unknown(self, names: list[str]) -> None:
        for name in names:
            nearest = self._schema.nearest(name)
            message = _("The column “%(name)s” is not known and was left out.") % {"name": shown(name)}
            if nearest:
                message += " " + _("Did you mean “%(name)s”?") % {"name": nearest}
            self._result.notice(message)


def begin(cursor: CursorWrapper) -> None:
    """Give this transaction the room that sorting a whole batch takes."""
    cursor.execute("SET LOCAL work_mem = '128MB'")
    cursor.execute("SET LOCAL jit = off")  # compiling takes longer than most of these statements


def make_table(cursor: CursorWrapper, name: str, columns: str) -> None:
    """Make an empty temporary table that goes with the transaction."""
    # Several imports may share one transaction (a test, a loader): the earlier one's table is done with.
    cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{name}")
    cursor.execute(f"CREATE TEMP TABLE {name} ({columns}) ON COMMIT DROP")


def make_stage(cursor: CursorWrapper, schema: Schema, *, more: str = "") -> None:
    """Make the stage of a kind of record, and the table of what is refused."""
    begin(cursor)
    columns = ", ".join(f"{each.stage_name} {each.sql_type}" for each in schema.columns)
    make_table(cursor, "ingest_stage", f"line bigint, given int, {columns}{more}")
    make_table(cursor, "ingest_refused", "line bigint, field text, value text, code text, detail text")


def measure(cursor: CursorWrapper, table: str, *, rows: int) -> None:
    """Have a table measured that a batch of so many rows is joined with next, if it was not since it grew.

    One that was filled lately or restored is taken for empty by the planner, which then reads it anew for each row:
    minutes instead of a second.
    """
    if rows < WORTH_MEASURING:
        return
    cursor.execute(HAS_GROWN, [table])
    if cursor.fetchone()[0]:
        cursor.execute(f"ANALYZE {table}")


def measure_batch(cursor: CursorWrapper, table: str) -> None:
    """Have a table of this batch measured; a sample of 3,000 rows says enough about what is joined by keys."""
    cursor.execute("SET LOCAL default_statistics_target = 10")
    cursor.execute(f"ANALYZE {table}")
    cursor.execute("SET LOCAL default_statistics_target TO DEFAULT")


def fill_stage(cursor: CursorWrapper, chunks: Iterable[Chunk], *, read: Reader, result: IngestResult) -> None:
    """Copy the records into the stage; those that cannot be stored are refused."""
    with cursor.copy("COPY ingest_stage FROM STDIN WITH (FORMAT csv)") as copy:
        for chunk in chunks:
            copy.write(_csv(_good_rows(chunk, read=read, result=result)))
    measure_batch(cursor, "ingest_stage")


def rows_of(schema: Schema, *more: Callable[[Mapping[str, object], Shape], str | None]) -> Reader:
    """Return the reader of a kind of record. `more` are functions that each give one further column of a record."""

    def read(chunk: Chunk) -> Iterable[Row]:
        columns = schema.read(chunk.records, chunk.shape)
        columns += [[each(record, chunk.shape) for record in chunk.records] for each in more]
        return zip(chunk.lines, repeat(chunk.shape.given), *columns, strict=False)

    return read


def _good_rows(chunk: Chunk, *, read: Reader, result: IngestResult) -> Iterable[Row]:
    """Return the rows of a chunk; where one record is at fault, halve it until that one stands alone."""
    try:
        return read(chunk)
    except FieldRefused as refusal:
        if len(chunk.lines) > 1:
            return [row for half in chunk.halves() for row in _good_rows(half, read=read, result=result)]
        result.refuse(
            line=chunk.lines[0],
            field=refusal.field,
            value=refusal.value,
            message=refusal.message,
            code=refusal.code,
        )
        return []


def _lines(records: Sequence[Mapping[str, object]], *, after: int) -> Sequence[int]:
    """Return the records' own line numbers, or where each stands in its batch."""
    said = [record.get(LINE) for record in records]
    return [line if isinstance(line, int) else number for number, line in enumerate(said, start=after + 1)]


def _csv(rows: Iterable[Row]) -> str:
    """Return rows as PostgreSQL reads them: an empty field is NULL."""
    text = StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def refuse_repeated(cursor: CursorWrapper, key: str, *, field: str, only_one: bool = False) -> None:
    """Refuse records that say again, word for word, what an earlier line of the same batch said.

    Args:
        only_one: refuse a second record of the same key whatever it says.
    """
    same_content = "" if only_one else ", to_jsonb(s) - 'line'"
    content = "to_jsonb(s) - 'line'"
    code = f"CASE WHEN {content} = first_value({content}) OVER same THEN 'repeated' ELSE 'used_twice' END"
    cursor.execute(
        f"""
        INSERT INTO ingest_refused
        SELECT line, %s, {key}, code, first_line::text
        FROM (
            SELECT line, {key}, {code} AS code, first_value(line) OVER same AS first_line
            FROM ingest_stage s
            WHERE {key} IN (SELECT {key} FROM ingest_stage GROUP BY {key} HAVING count(*) > 1)
            WINDOW same AS (PARTITION BY {key}{same_content} ORDER BY line)
        ) seen
        WHERE line > first_line
        """,
        [field],
    )
    drop_refused(cursor)


def drop_refused(cursor: CursorWrapper, table: str = "ingest_stage") -> None:
    """Take what was refused out of the stage."""
    cursor.execute(f"DELETE FROM {table} s USING ingest_refused r WHERE s.line = r.line")


def report_refused(cursor: CursorWrapper, result: IngestResult) -> None:
    """Bring the refusals found in the stage into the result, in the order of the lines."""
    cursor.execute("SELECT DISTINCT ON (line) line, field, value, code, detail FROM ingest_refused ORDER BY line, code")
    while rows := cursor.fetchmany(2_000):
        for line, field, value, code, detail in rows:
            message = _(MESSAGES[code]) % {"detail": detail}
            result.refuse(line=line, field=field, value=value, message=message, code=code)
    result.refusals.sort(key=lambda refusal: refusal.line)
