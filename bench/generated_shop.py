"""The generated shop that the benches measure with."""

import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from bench.harness import LAST_DAY
from crm_project.demo.console import Console
from crm_project.demo.generated.size import Size
from crm_project.demo.generated.writing import generate


def of(customers: int, *, orders_each: float = 2, events_each: float = 6) -> Size:
    """Return the size of a shop with so many customers."""
    return Size(
        customers=customers,
        orders=int(customers * orders_each),
        events=int(customers * events_each),
        last_day=LAST_DAY,
    )


def into_database(size: Size) -> None:
    """Generate into the bench's database."""
    _generate(size, None)


def into_files(size: Size, folder: Path) -> None:
    """Generate the importer's files into a folder."""
    _generate(size, folder)


def _generate(size: Size, folder: Path | None) -> None:
    print(f"\ngenerating {size.customers:,} customers, {size.orders:,} orders", file=sys.stderr, flush=True)
    with redirect_stdout(StringIO()):
        generate(size, Console(StringIO()), folder=folder)
