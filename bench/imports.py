"""Imports of files, read, checked line by line and upserted, beside a raw COPY of the same rows into the same tables.

The raw side gets what the import has to find out: every value clean, every key resolved, a customer's row of statistics
ready. It checks nothing but what the tables themselves check. The import of orders also brings the statistics of their
buyers up to date, which the raw side does not.
"""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import connection, transaction

from bench import generated_shop
from bench.harness import Bench, Side, execute, sizes, value
from customers.imports import from_shell, looking
from customers.ingest.result import IngestResult

SIZES = "20000,200000,1000000"
ORDERS_A_CUSTOMER = 2
BLOCK = 1 << 18
COLUMNS = """
    SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute
    WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
"""


def main() -> int:
    """Measure all sizes; return the exit code."""
    bench = Bench("imports")
    largest = max(sizes("BENCH_CUSTOMERS", SIZES))
    for customers in sizes("BENCH_CUSTOMERS", SIZES):
        with TemporaryDirectory() as folder:
            _measure(bench, Path(folder), customers=customers, has_goals=customers == largest)
    return bench.finish()


def _measure(bench: Bench, folder: Path, *, customers: int, has_goals: bool) -> None:
    size = generated_shop.of(customers, orders_each=ORDERS_A_CUSTOMER, events_each=0)
    generated_shop.into_files(size, folder)
    _empty("customers_customer", "customers_store", "customers_product")
    for kind in ("stores", "products"):
        _import(kind, folder)
    people = _compare(bench, "customers", ["customers_customer", "customers_customerstats"], folder, size=customers)
    bought = _compare(bench, "orders", ["customers_order", "customers_orderline"], folder, size=size.orders)
    if has_goals:
        bench.goal("customers: import to raw COPY", people[0], at_least=0.7)
        bench.goal("customers: unchanged again to first", people[1], at_least=1.5)
        bench.goal("orders: import to raw COPY", bought[0], at_least=0.5)
        bench.goal("orders: unchanged again to first", bought[1], at_least=1.5)


def _compare(bench: Bench, kind: str, tables: Sequence[str], folder: Path, *, size: int) -> tuple[float, float]:
    """Measure one kind; return how the import compares with a raw COPY, and a second import with the first."""
    _import(kind, folder)
    dumps = [_dump(table, folder) for table in tables]
    again = "the same file again"
    measured = bench.compare(
        f"import of {kind}",
        Side("raw COPY", lambda: [_copy(*dump) for dump in dumps], prepare=lambda: _empty(*tables)),
        Side("import", lambda: _import(kind, folder), prepare=lambda: _empty(*tables)),
        Side(again, lambda: _import(kind, folder, expect_new=False)),
        size=size,
        unit=kind,
    )
    return measured.times_faster("import", "raw COPY"), measured.times_faster(again, "import")


def _import(kind: str, folder: Path, *, expect_new: bool = True) -> None:
    """Import a file as `manage.py import_data` does.

    Raises:
        AssertionError: a line was refused, or it wrote what it should not.
    """
    result = IngestResult()
    looked_at = looking.look_at(folder / f"{kind}.csv", unfolded=folder / "unfolded")
    with transaction.atomic():
        from_shell.import_file(
            looked_at,
            kind=kind,
            renamed={},
            platform="",
            source="shop",
            file_name=f"{kind}.csv",
            result=result,
            progress=lambda _done: None,
            folder=folder,
        )
    if result.refused or result.changed or bool(result.new) != expect_new:
        raise AssertionError(f"{kind}: {result}")


def _empty(*tables: str) -> None:
    """Empty the tables and have everything written so far on disk, so that each turn begins alike."""
    execute(f"TRUNCATE {', '.join(tables)} CASCADE", "CHECKPOINT")


def _dump(table: str, folder: Path) -> tuple[str, Path]:
    """Write the table's rows as COPY reads them; return the statement that reads them and the file."""
    columns = value(COLUMNS, [table])
    path = folder / f"{table}.copy"
    with connection.cursor() as cursor, path.open("wb") as file, cursor.copy(_copying(table, columns, "TO")) as copy:
        file.writelines(copy)
    return _copying(table, columns, "FROM"), path


def _copying(table: str, columns: object, way: str) -> str:
    return f"COPY {table} ({columns}) TO STDOUT" if way == "TO" else f"COPY {table} ({columns}) FROM STDIN"


def _copy(statement: str, path: Path) -> None:
    with transaction.atomic(), connection.cursor() as cursor, path.open("rb") as file:
        with cursor.copy(statement) as copy:
            while block := file.read(BLOCK):
                copy.write(block)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
