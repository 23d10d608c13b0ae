"""CSV files become records, line by line, whatever is in them.

The file is read as it streams: neither its size, nor a line without an end, nor a quote that is never closed takes
memory beyond one record. What cannot be read is refused with its line; the next line is read as if nothing were.
UTF-8 with and without a byte order mark and CP949 are told apart by which of them can decode more of the lines.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from django.utils.translation import gettext as _

from customers.errors import FileRefused
from customers.ingest.result import IngestResult
from customers.ingest.schema import LINE, FieldRefused, Schema

LONGEST_FIELD = 100_000  # characters; the longest column we keep has 1,000
LONGEST_RECORD = 1_000_000
MOST_LINES_OF_A_RECORD = 1_000
# The reader's own limit is one for the whole process and stops without saying in which field.
csv.field_size_limit(LONGEST_RECORD + 1)
DELIMITERS = ",;\t|"
# What the first bytes of files that are no text say.
NO_TEXT = {
    b"PK\x03\x04": "Excel (.xlsx)",
    b"\xd0\xcf\x11\xe0": "Excel (.xls)",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}


@dataclass(frozen=True)
class Line:
    """A physical line and where it stands; `is_cut` when it goes on beyond what a record may have."""

    number: int
    text: str
    is_cut: bool = False


@dataclass(frozen=True)
class TextFile:
    """A file that was looked through once: its encoding, and its number of lines."""

    path: Path
    encoding: str
    lines: int


def read_records(
    looked_at: TextFile, *, schema: Schema, result: IngestResult, renamed: Mapping[str, str] | None = None
) -> Iterator[Mapping[str, object]]:
    """Yield the file's records with the canonical column names and their line numbers.

    What is refused on the way is counted in `result`.

    Args:
        renamed: the file's column names and the canonical ones they stand for.

    Raises:
        FileRefused: it is empty or lacks a required column; nothing was yielded then.
    """
    # A byte that cannot be decoded becomes half a character, which `values` refuses in the field where it stands.
    with looked_at.path.open(encoding=looked_at.encoding, errors="surrogateescape", newline="") as file:
        lines = _Lines(file)
        header, delimiter = _read_header(lines)
        names = _canonical_names(header, schema=schema, renamed=renamed or {})
        yield from _records(lines, names, delimiter=delimiter, result=result)


def look_at(path: Path) -> TextFile:
    """Find the encoding that can decode more of the file's lines, UTF-8 where both can, and count them.

    Raises:
        FileRefused: the file is no text at all.
    """
    undecodable, lines = {"utf-8": 0, "cp949": 0}, 0
    with path.open("rb") as file:
        start = file.read(4)
        for magic, kind in NO_TEXT.items():
            if start.startswith(magic):
                raise FileRefused(_("This is not a CSV file but %(kind)s. Save it as CSV (UTF-8).") % {"kind": kind})
        file.seek(0)
        while line := file.readline(LONGEST_RECORD):
            lines += 1
            if not line.isascii():
                for encoding in undecodable:
                    undecodable[encoding] += not _decodes(line, encoding)
    encoding = "cp949" if undecodable["cp949"] < undecodable["utf-8"] else "utf-8-sig"
    return TextFile(path, encoding, lines)


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


class _Lines:
    """The physical lines of a file, numbered from one; lines that were looked at too far can be given back."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._number = 0
        self._given_back: list[Line] = []

    def next(self) -> Line | None:
        """Return the next line, or None at the end."""
        if self._given_back:
            return self._given_back.pop()
        text = self._file.readline(LONGEST_RECORD)
        if not text:
            return None
        self._number += 1
        is_cut = len(text) == LONGEST_RECORD and not text.endswith(("\n", "\r"))
        if is_cut:
            self._skip_rest()
        return Line(self._number, text, is_cut)

    def give_back(self, lines: Iterable[Line]) -> None:
        """Have lines read again, in their order."""
        self._given_back.extend(reversed(list(lines)))

    def _skip_rest(self) -> None:
        while (rest := self._file.readline(LONGEST_RECORD)) and not rest.endswith(("\n", "\r")):
            pass


def _read_header(lines: _Lines) -> tuple[list[str], str]:
    line = lines.next()
    while line and not line.text.strip():
        line = lines.next()
    if line is None:
        raise FileRefused(_("The file is empty."))
    if "\0" in line.text or line.is_cut or any("\udc80" <= letter <= "\udcff" for letter in line.text):
        raise FileRefused(
            _("Line %(line)d cannot be read as text. Save the file as CSV (UTF-8).") % {"line": line.number}
        )
    delimiter = max(DELIMITERS, key=line.text.count)
    try:
        return [name.strip() for name in next(csv.reader([line.text], delimiter=delimiter, strict=True))], delimiter
    except csv.Error as error:
        raise FileRefused(
            _("The names of the columns in line %(line)d cannot be read.") % {"line": line.number}
        ) from error


def _canonical_names(header: list[str], *, schema: Schema, renamed: Mapping[str, str]) -> list[str]:
    """Return the canonical name of each column.

    Raises:
        FileRefused: a name of `renamed` is not in the file, a column stands there twice, or a required one is missing.
    """
    found = ", ".join(header)
    for theirs, ours in renamed.items():
        if theirs not in header:
            raise FileRefused(
                _("There is no column “%(name)s” to map. The file has: %(found)s.") % {"name": theirs, "found": found}
            )
        if not schema.knows(ours):
            raise FileRefused(
                _("“%(name)s” is no column of ours. There are: %(known)s.")
                % {"name": ours, "known": ", ".join(schema.names())}
            )
    names = [renamed.get(name, name) for name in header]
    doubled = next((name for name in names if name and names.count(name) > 1), None)
    if doubled:
        raise FileRefused(_("The column “%(name)s” stands in the file twice.") % {"name": doubled})
    for column in schema.columns:
        if column.required and column.name not in names:
            raise FileRefused(_missing(column.name, names=names, schema=schema, found=found))
    return names


def _missing(name: str, *, names: list[str], schema: Schema, found: str) -> str:
    message = _("The column “%(name)s” is missing. The file has: %(found)s.") % {"name": name, "found": found}
    nearest = schema.nearest(name, among=[each for each in names if not schema.knows(each)])
    if nearest:
        message += " " + _("If “%(theirs)s” is meant, map it: --map %(theirs)s=%(name)s") % {
            "theirs": nearest,
            "name": name,
        }
    return message


def _records(
    lines: _Lines, names: list[str], *, delimiter: str, result: IngestResult
) -> Iterator[Mapping[str, object]]:
    keys = [LINE, *names]
    while line := lines.next():
        if not line.text.strip():
            continue
        further: list[Line] = []
        try:
            fields = _fields(line, lines, further, names=names, delimiter=delimiter)
        except FieldRefused as refusal:
            # Only the first line is at fault; those that a quotation mark took in may be good.
            lines.give_back(further)
            result.read += 1
            result.refuse(line=line.number, field=refusal.field, value=refusal.value, message=refusal.message)
        else:
            yield dict(zip(keys, (line.number, *fields), strict=True))


def _fields(line: Line, lines: _Lines, further: list[Line], *, names: list[str], delimiter: str) -> list[str]:
    """Return the fields of the record that begins with `line`; `further` receives the lines a quoted field takes in.

    Raises:
        FieldRefused: they are too many or too few, too long, or wrongly quoted.
    """
    text = line.text
    while not line.is_cut:
        try:
            fields = next(csv.reader([text], delimiter=delimiter, strict=True))
        except csv.Error as error:
            following = _following(str(error), lines, further) if len(text) < LONGEST_RECORD else None
            if following is None:
                break
            line, text = following, text + following.text
        else:
            return _checked(fields, names)
    raise _unreadable(text, names=names, delimiter=delimiter)


def _unreadable(text: str, *, names: list[str], delimiter: str) -> FieldRefused:
    """Return what is wrong with a record that cannot be taken apart, and with which field."""
    try:
        fields = next(csv.reader([text], delimiter=delimiter))
    except csv.Error:
        fields = []
    for name, field in zip(names, fields, strict=False):
        if len(field) > LONGEST_FIELD:
            return FieldRefused(name, field, _too_long())
    if len(text) >= LONGEST_RECORD:
        return FieldRefused(names[-1], "", _too_long())
    last = names[max(min(len(fields), len(names)), 1) - 1]
    return FieldRefused(last, text, _("A quotation mark is opened or closed at the wrong place."))


def _too_long() -> str:
    return _("This is longer than %(longest)d characters.") % {"longest": LONGEST_FIELD}


def _following(problem: str, lines: _Lines, further: list[Line]) -> Line | None:
    """Return the next line where the record's last field is still open; None where it is wrong or has no end."""
    is_open = "unexpected end of data" in problem  # the reader has no other way to tell
    following = lines.next() if is_open and len(further) < MOST_LINES_OF_A_RECORD else None
    if following:
        further.append(following)
    return following


def _checked(fields: list[str], names: list[str]) -> list[str]:
    if len(fields) != len(names):
        message = _("This line has %(found)d fields, the first line has %(expected)d.")
        counts = {"found": len(fields), "expected": len(names)}
        raise FieldRefused(names[min(len(fields), len(names)) - 1], "", message % counts)
    for name, field in zip(names, fields, strict=True):
        if len(field) > LONGEST_FIELD:
            raise FieldRefused(name, field, _too_long())
    return fields
