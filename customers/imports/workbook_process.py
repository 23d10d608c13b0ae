"""A process of its own that unfolds a workbook into lines of JSON: `workbook_process.py FILE SHEET ENCODING MEGABYTES`.

A file of 5 kB can unfold to a table of 500 GB, and a broken one can end the process that reads it. So nobody reads
workbooks but this process, which has limited memory, time and disk, and knows nothing of Django.

The first line written is {"sheets": [names], "sheet": index}; each further line is a row of the sheet, [] for an
empty one, so that line N + 1 is row N. The exit code says what is wrong with the file.
"""

import json
import os
import resource
import sys
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import TextIO

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

STUMBLED = 1  # what Python ends with when a reader gives up in a way of its own
BROKEN, LOCKED, EMPTY, TOO_LARGE = 3, 4, 5, 6
SECONDS = 300
MOST_BYTES_WRITTEN = 2 << 30
# A whole number from here on has lost digits on its way through Excel, which keeps fifteen of them.
MOST_EXACT = 10**15
EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 (a workbook's times have no zone)


class Tables(HTMLParser):
    """The rows of the first table of a page; what many systems save as .xls."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self._end_cell()
            self._cell = []
        elif tag == "br" and self._cell is not None:
            self._cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr", "table"):
            self._end_cell()

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def _end_cell(self) -> None:
        if self._cell is not None:
            if not self.rows:
                self.rows.append([])
            self.rows[-1].append("".join(self._cell).strip())
        self._cell = None


def written(value: object) -> str:
    """Return a cell as a text file would have it."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, timedelta):
        return (EXCEL_EPOCH + value).isoformat(" ")
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _number(value: float) -> str:
    """Return whole numbers without a point, and those that lost digits in the form that says so."""
    if value != value // 1 or abs(value) == float("inf"):
        return repr(value)
    whole = int(value)
    is_rounded = abs(whole) >= MOST_EXACT and (whole % 10 == 0 or abs(whole) > 2**53)
    return f"{value:.14E}" if is_rounded else str(whole)


def rows_of_workbook(path: str, wanted: int) -> Iterator[object]:
    """Yield the names of the sheets that can be seen, then the rows of the wanted one."""
    with Path(path).open("rb") as file, CalamineWorkbook.from_filelike(file) as book:
        names = [
            each.name
            for each in book.sheets_metadata
            if each.visible == SheetVisibleEnum.Visible and each.typ == SheetTypeEnum.WorkSheet
        ]
        if not names:
            raise SystemExit(EMPTY)
        wanted = min(max(wanted, 0), len(names) - 1)
        yield {"sheets": names, "sheet": wanted}
        for row in book.get_sheet_by_name(names[wanted]).iter_rows():
            yield _without_empty_end([written(cell) for cell in row])


def rows_of_page(path: str, encoding: str) -> Iterator[object]:
    """Yield what `rows_of_workbook` does, for a page that is named like one."""
    tables = Tables()
    with Path(path).open(encoding=encoding, errors="replace", newline="") as file:
        while part := file.read(1 << 20):
            tables.feed(part)
    tables.close()
    yield {"sheets": [], "sheet": 0}
    yield from tables.rows


def _without_empty_end(row: list[str]) -> list[str]:
    while row and not row[-1]:
        row.pop()
    return row


def _limit(megabytes: int) -> None:
    for kind, most in (
        (resource.RLIMIT_AS, megabytes << 20),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, MOST_BYTES_WRITTEN),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def _write(rows: Iterable[object], out: TextIO) -> None:
    for row in rows:
        out.write(json.dumps(row, ensure_ascii=False) + "\n")
    out.flush()


def main(path: str, sheet: str, encoding: str, megabytes: str) -> int:
    """Write the rows to standard output and return the exit code."""
    _limit(int(megabytes))
    with open(sys.stdout.fileno(), "w", encoding="utf-8", errors="surrogatepass", closefd=False) as out:
        return _unfold(path, sheet, encoding, out)


def _unfold(path: str, sheet: str, encoding: str, out: TextIO) -> int:
    try:
        _write(rows_of_page(path, encoding) if encoding else rows_of_workbook(path, int(sheet)), out)
    except PasswordError:
        return LOCKED
    except CalamineError:
        return BROKEN
    except (MemoryError, OSError):
        # At once: whatever is still to be written meets the same limit.
        os._exit(TOO_LARGE)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
