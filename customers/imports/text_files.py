"""CSV files become rows, line by line, whatever is in them.

The file is read as it streams: neither its size, nor a line without an end, nor a quote that is never closed takes
memory beyond one record. What cannot be read is refused with its line; the next line is read as if nothing were.
UTF-8 with and without a byte order mark and CP949 are told apart by which of them can decode more of the lines.
"""

import codecs
import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TextIO

from django.utils.translation import gettext as _

from customers.imports.headers import MOST_LINES_LOOKED_AT, Header, cleaned
from customers.ingest.result import IngestResult
from customers.ingest.schema import FieldRefused

LONGEST_FIELD = 100_000  # characters; the longest column we keep has 1,000
LONGEST_RECORD = 1_000_000
MOST_LINES_OF_A_RECORD = 1_000
# The reader's own limit is one for the whole process and stops without saying in which field.
csv.field_size_limit(LONGEST_RECORD + 1)
DELIMITERS = ",;\t|"


class Line(NamedTuple):
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

    def open(self) -> TextIO:
        """Open it; a byte that cannot be decoded becomes half a character, which `values` refuses where it stands."""
        return self.path.open(encoding=self.encoding, errors="surrogateescape", newline="")


def look_through(path: Path) -> TextFile:
    """Find the encoding that can decode more of the file's lines, UTF-8 where both can, and count them."""
    all_utf8 = _lines_if_utf8(path)
    if all_utf8 is not None:
        return TextFile(path, "utf-8-sig", all_utf8)
    undecodable, lines = {"utf-8": 0, "cp949": 0}, 0
    with path.open("rb") as file:
        while line := file.readline(LONGEST_RECORD):
            lines += 1
            if not line.isascii():
                for encoding in undecodable:
                    undecodable[encoding] += not _decodes(line, encoding)
    encoding = "cp949" if undecodable["cp949"] < undecodable["utf-8"] else "utf-8-sig"
    return TextFile(path, encoding, lines)


def possible_headers(file: TextFile) -> Iterator[Header]:
    """Yield what each of the first lines would be as the line with the columns' names."""
    with file.open() as opened:
        lines = _Lines(opened)
        for line in islice(iter(lines.next, None), MOST_LINES_LOOKED_AT):
            if line.text.strip() and not _is_no_text(line):
                delimiter = max(DELIMITERS, key=line.text.count)
                try:
                    names = next(csv.reader([line.text], delimiter=delimiter, strict=True))
                except csv.Error:
                    continue
                yield Header(line.number, cleaned(names), delimiter)


def rows(file: TextFile, header: Header, *, names: list[str], result: IngestResult) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of the line where each record begins, and its fields.

    What is refused on the way is counted in `result`, under the field's name in `names`.
    """
    with file.open() as opened:
        lines = _Lines(opened)
        while (line := lines.next()) and line.number < header.line:
            pass
        yield from _records(lines, names, delimiter=header.delimiter, result=result)


def _is_no_text(line: Line) -> bool:
    return line.is_cut or "\0" in line.text or any("\udc80" <= letter <= "\udcff" for letter in line.text)


def _lines_if_utf8(path: Path) -> int | None:
    """Return the number of lines, None where a byte of them is not UTF-8: most files need no closer look."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    lines, last = 0, b"\n"
    try:
        with path.open("rb") as file:
            while block := file.read(LONGEST_RECORD):
                decoder.decode(block)
                lines, last = lines + block.count(b"\n"), block[-1:]
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return None
    return lines + (last != b"\n")


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
        return self._line(text) if text else None

    def plain(self, count: int, *, delimiter: str) -> Iterator[tuple[int, list[str]]]:
        """Yield number and fields of each line with so many of them, up to the first line that needs a closer look."""
        while not self._given_back and (text := self._file.readline(LONGEST_RECORD)):
            fields = text.rstrip("\r\n").split(delimiter)
            if len(fields) != count or '"' in text or "\0" in text or len(text) > LONGEST_FIELD or text.isspace():
                self._given_back.append(self._line(text))
                return
            self._number += 1
            yield self._number, fields

    def give_back(self, lines: Iterable[Line]) -> None:
        """Have lines read again, in their order."""
        self._given_back.extend(reversed(list(lines)))

    def _line(self, text: str) -> Line:
        self._number += 1
        is_cut = len(text) == LONGEST_RECORD and not text.endswith(("\n", "\r"))
        if is_cut:
            self._skip_rest()
        return Line(self._number, text, is_cut)

    def _skip_rest(self) -> None:
        while (rest := self._file.readline(LONGEST_RECORD)) and not rest.endswith(("\n", "\r")):
            pass


def _records(
    lines: _Lines, names: list[str], *, delimiter: str, result: IngestResult
) -> Iterator[tuple[int, list[str]]]:
    while True:
        yield from lines.plain(len(names), delimiter=delimiter)
        line = lines.next()
        if line is None:
            return
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
            yield line.number, fields


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
            return _checked(fields, names, length=len(text))
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


def _checked(fields: list[str], names: list[str], *, length: int) -> list[str]:
    if len(fields) != len(names):
        raise FieldRefused(names[min(len(fields), len(names)) - 1], "", wrong_number(len(fields), len(names)))
    if length > LONGEST_FIELD:
        for name, field in zip(names, fields, strict=True):
            if len(field) > LONGEST_FIELD:
                raise FieldRefused(name, field, _too_long())
    return fields


def wrong_number(found: int, expected: int) -> str:
    """Return the sentence for a line whose number of fields is not that of the columns' names."""
    message = _("This line has %(found)d fields, the line with the columns' names has %(expected)d.")
    return message % {"found": found, "expected": expected}
