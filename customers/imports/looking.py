"""What we see in a file before anybody decides anything: its format, encoding, sheets, header, first rows and kind."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from customers.errors import FileRefused
from customers.imports import formats, headers, text_files, workbooks
from customers.imports.column_names import names_of
from customers.imports.formats import Format
from customers.imports.headers import Header
from customers.imports.kinds import KINDS
from customers.imports.text_files import TextFile
from customers.imports.workbooks import Workbook
from customers.ingest.result import IngestResult
from customers.platforms import known_exports
from customers.platforms.folding import fold

ROWS_SHOWN = 5
MOST_COLUMNS = 500


@dataclass(frozen=True)
class LookedAt:
    """A file that can be read: what it is, and which line names its columns."""

    format: Format
    content: TextFile | Workbook
    header: Header
    lines: int

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the columns as the file has them."""
        return self.header.names


def look_at(path: Path, *, unfolded: Path, sheet: int = 0, also_known: frozenset[str] = frozenset()) -> LookedAt:
    """Look at a file; a workbook's sheet is unfolded to the path `unfolded`.

    Args:
        also_known: names that columns have besides those we know, folded.

    Raises:
        FileRefused: nothing can be read of it.
    """
    kind = formats.format_of(path)
    known = all_known_names() | also_known
    if kind is Format.TEXT:
        file = text_files.look_through(path)
        if not file.lines:
            raise FileRefused(_("The file is empty."))
        header = headers.choose(text_files.possible_headers(file), known=known)
        return _checked(LookedAt(kind, file, header, file.lines - header.line))
    encoding = text_files.look_through(path).encoding if kind is Format.PAGE else ""
    book = workbooks.unfold(path, into=unfolded, sheet=sheet, page_encoding=encoding)
    header = headers.choose(_possible_headers(book), known=known)
    last = max((number for number, _row in workbooks.rows(book)), default=0)
    return _checked(LookedAt(kind, book, header, last - header.line))


def rows(looked_at: LookedAt, *, names: list[str], result: IngestResult) -> Iterator[tuple[int, list[str]]]:
    """Yield the line number and the cells of each record below the header; what cannot be read is refused in `result`.

    Args:
        names: what the columns are called in refusals.
    """
    if isinstance(looked_at.content, TextFile):
        yield from text_files.rows(looked_at.content, looked_at.header, names=names, result=result)
        return
    for number, cells in workbooks.rows(looked_at.content):
        if number <= looked_at.header.line:
            continue
        if len(cells) > len(names):
            result.read += 1
            message = text_files.wrong_number(len(cells), len(names))
            result.refuse(line=number, field=names[-1], value="", message=message)
        else:
            yield number, cells + [""] * (len(names) - len(cells))


def first_rows(looked_at: LookedAt, count: int = ROWS_SHOWN) -> list[list[str]]:
    """Return the cells of the first records."""
    found = rows(looked_at, names=list(looked_at.names), result=IngestResult())
    return [cells for _number, cells in islice(found, count)]


def as_json(looked_at: LookedAt) -> dict[str, object]:
    """Return what was seen in the form a run keeps; nothing of a person is in it."""
    content, header = looked_at.content, looked_at.header
    seen: dict[str, object] = {
        "format": str(looked_at.format),
        "header_line": header.line,
        "names": list(header.names),
        "delimiter": header.delimiter,
        "lines": looked_at.lines,
    }
    if isinstance(content, TextFile):
        return seen | {"encoding": content.encoding, "file_lines": content.lines}
    return seen | {"sheets": list(content.sheets), "sheet": content.sheet}


def from_json(seen: Mapping[str, Any], *, path: Path, unfolded: Path) -> LookedAt:
    """Return what a run kept as `as_json` made it, for the file at `path`."""
    form = Format(seen["format"])
    header = Header(seen["header_line"], tuple(seen["names"]), seen["delimiter"])
    if form is Format.TEXT:
        content: TextFile | Workbook = TextFile(path, seen["encoding"], seen["file_lines"])
    else:
        content = Workbook(unfolded, tuple(seen["sheets"]), seen["sheet"])
    return LookedAt(form, content, header, seen["lines"])


def guess_kind(names: tuple[str, ...]) -> str:
    """Return the kind whose columns these names fit best: the one whose number and most others are there."""
    export = known_exports.recognise(names)
    return export.kind if export else max(KINDS, key=lambda kind: _fit(kind, names))


def _fit(kind: str, names: tuple[str, ...]) -> tuple[bool, int]:
    ours = names_of(kind)
    found = {ours[fold(name)] for name in names if fold(name) in ours}
    required = [column.name for column in KINDS[kind].schema.columns if column.required]
    return all(name in found for name in required), len(found)


@cache
def all_known_names() -> frozenset[str]:
    """Return the folded names that any column of any kind or export is known by."""
    known = {name for kind in KINDS for name in names_of(kind)}
    for export in known_exports.EXPORTS:
        known |= known_exports.names_of(export).keys() | {fold(name) for name in export.signature}
    return frozenset(known)


def _possible_headers(book: Workbook) -> Iterator[Header]:
    for number, cells in workbooks.rows(book):
        if number > headers.MOST_LINES_LOOKED_AT:
            return
        yield Header(number, headers.cleaned(cells))


def _checked(looked_at: LookedAt) -> LookedAt:
    if len(looked_at.names) > MOST_COLUMNS:
        raise FileRefused(_("The file has more than %(most)d columns.") % {"most": MOST_COLUMNS})
    return looked_at
