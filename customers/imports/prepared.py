"""Records laid out so that an import can be cut anywhere: a line of JSON for each thing, sorted by the things' numbers.

All rows of an order, a customer, an event stand on one line, wherever they stood in the file. So a chunk never parts
them, what a file repeats meets itself in one chunk, and a position in bytes says how far an import got.
"""

import heapq
import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from customers.imports.kinds import KINDS
from customers.ingest.customers import CUSTOMERS
from customers.ingest.products import PRODUCTS
from customers.ingest.result import IngestResult
from customers.ingest.schema import FieldRefused, Schema
from customers.platforms.exports import Export, Found, Record, as_they_are, line_of

RECORDS_SORTED_AT_ONCE = 50_000
# Made once: `json.dumps` makes another encoder for each call that asks for anything.
_write = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode
Keyed = tuple[str, int, Record]


def prepare(records: Iterable[Record], *, into: Path, kind: str, export: Export | None, result: IngestResult) -> int:
    """Write the records into the file `into`, whole or not at all; return its size in bytes.

    What an export's rows cannot be made into is refused in `result`, all rows of the thing together; so is an order
    whose buyer cannot be stored, and a line whose product cannot. Both are judged here and not where they are stored:
    there only those that are not known yet are read, which differs between a check, an import and the next one.
    """
    key = export.group_by if export else KINDS[kind].key
    unfinished = into.with_suffix(".part")
    with ExitStack() as stack, unfinished.open("wb") as out:
        for rows in _together(_sorted(records, key, stack)):
            try:
                found = export.complete(rows) if export else as_they_are(rows)
                _read_all(found.customers, CUSTOMERS)
            except FieldRefused as refusal:
                _refuse_all(rows, refusal, result)
            else:
                _leave_out_bad_products(found, result)
                out.write(_line(vars(found)))
    unfinished.replace(into)
    return into.stat().st_size


def chunk(path: Path, *, start: int, most_records: int) -> tuple[list[Found], int]:
    """Return the things from the byte `start` on that have together about so many records, and where the next begin."""
    things: list[Found] = []
    count = 0
    with path.open("rb") as file:
        file.seek(start)
        while count < most_records and (line := file.readline()):
            found = Found(**_read(line))
            things.append(found)
            count += len(found.records)
        return things, file.tell()


def every(path: Path) -> Iterator[Found]:
    """Yield all things of the file."""
    with path.open("rb") as file:
        for line in file:
            yield Found(**_read(line))


def _sorted(records: Iterable[Record], key: str, stack: ExitStack) -> Iterator[Keyed]:
    """Yield the records sorted by key and line, with memory for some of them at a time."""
    runs: list[Iterator[Keyed]] = []
    keyed = (_keyed(record, key) for record in records)
    while batch := sorted(islice(keyed, RECORDS_SORTED_AT_ONCE), key=itemgetter(0, 1)):
        if not runs and len(batch) < RECORDS_SORTED_AT_ONCE:
            return iter(batch)
        file = stack.enter_context(TemporaryFile())  # noqa: SIM115 (the stack closes it)
        file.writelines(_line(each) for each in batch)
        file.seek(0)
        runs.append(_run(file))
    return heapq.merge(*runs, key=itemgetter(0, 1))


def _run(file: IO[bytes]) -> Iterator[Keyed]:
    for line in file:
        key, number, record = _read(line)
        yield key, number, record


def _keyed(record: Record, key: str) -> Keyed:
    return str(record.get(key) or "") if key else "", line_of(record), record


def _together(keyed: Iterator[Keyed]) -> Iterator[list[Record]]:
    """Yield the records of each key together; those without one each by itself."""
    for key, same in groupby(keyed, key=itemgetter(0)):
        if key:
            yield [record for _key, _number, record in same]
        else:
            yield from ([record] for _key, _number, record in same)


def _read_all(named: Iterable[Record], schema: Schema) -> None:
    for record in named:
        schema.read([record], schema.shape(record))


def _leave_out_bad_products(found: Found, result: IngestResult) -> None:
    """Take the lines out whose product cannot be stored, and the product with them."""
    for product in list(found.products):
        try:
            _read_all([product], PRODUCTS)
        except FieldRefused as refusal:
            found.products.remove(product)
            bad = [record for record in found.records if line_of(record) == line_of(product)]
            found.records = [record for record in found.records if record not in bad]
            _refuse_all(bad, refusal, result)


def _refuse_all(rows: Iterable[Record], refusal: FieldRefused, result: IngestResult) -> None:
    for row in rows:
        result.read += 1
        result.refuse(line=line_of(row), field=refusal.field, value=refusal.value, message=refusal.message)


def _line(content: object) -> bytes:
    return _write(content).encode("utf-8", "surrogatepass") + b"\n"


def _read(line: bytes) -> Any:
    return json.loads(line.decode("utf-8", "surrogatepass"))
