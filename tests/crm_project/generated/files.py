"""Generated files read plainly, without the importer."""

import csv
from collections.abc import Iterator
from pathlib import Path


def records_of(path: Path) -> Iterator[dict[str, str]]:
    """Yield the file's records."""
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
