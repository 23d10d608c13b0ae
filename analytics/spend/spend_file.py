"""Spend in a file: lines of month, source and amount, read with a reason for each that cannot be, then stored.

Storing is all or nothing, and storing the same file again changes nothing: a month and source has one amount.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.errors import SpendFileRefused
from analytics.models import MarketingSpend

MOST_BYTES = 1_000_000
MOST_LINES = 5_000
# In won: more than the whole country spends on advertising is a slip of the hand.
MOST_WON = 10_000_000_000_000
LONGEST_SOURCE, LONGEST_NOTE = 60, 200

COLUMNS = {
    "month": ("month", "월", "연월", "년월", "기간"),
    "source": ("source", "acquisition_source", "유입 경로", "유입경로", "경로", "매체", "채널"),
    "amount": ("amount", "spend", "cost", "금액", "비용", "광고비"),
    "note": ("note", "메모", "비고"),
}
REQUIRED = ("month", "source", "amount")
MONTH = re.compile(r"(\d{4})\s*[-./년]?\s*(\d{1,2})\s*월?(?:[-./]\d{1,2})?")
NOT_OF_AN_AMOUNT = re.compile(r"[\s,₩원]")


@dataclass(frozen=True, slots=True)
class SpendLine:
    """What a line says, and the amount that is stored for its month and source now."""

    line: int
    month: date
    source: str
    amount: int
    note: str | None  # None: the file has no notes, and that of before stays
    stored: int | None = None
    stored_note: str = ""

    @property
    def state(self) -> str:
        """Return `new`, `changed` or `same`."""
        if self.stored is None:
            return "new"
        return "same" if (self.stored, self.stored_note) == (self.amount, self.note) else "changed"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a line cannot be read, where, and how to mend it."""

    line: int
    field: str
    given: str
    cause: str | Promise
    remedy: str | Promise


@dataclass(frozen=True, slots=True)
class SpendFile:
    """A file as it was read: nothing of it is stored while it has problems."""

    lines: Sequence[SpendLine]
    problems: Sequence[Problem]

    @property
    def total(self) -> int:
        """Return the won of all lines."""
        return sum(line.amount for line in self.lines)

    def count(self, state: str) -> int:
        """Return how many lines are new, changed or the same."""
        return sum(line.state == state for line in self.lines)


class _Bad(Exception):
    """A field that cannot be read: its name, what it says, cause and remedy."""


def read(content: bytes) -> SpendFile:
    """Read a CSV file (UTF-8 or CP949; comma, semicolon or tab) and compare it with what is stored.

    Raises:
        SpendFileRefused: it is no such file, is too long, or lacks a column.
    """
    rows = _rows(_decoded(content), _delimiter(content))
    places = _places(rows[0][1] if rows else [])
    if len(rows) > MOST_LINES + 1:
        raise SpendFileRefused(_("The file has more than %(most)s lines. Split it.") % {"most": f"{MOST_LINES:,}"})
    lines, problems = _read_lines(rows[1:], places)
    return SpendFile(compare(lines), problems)


def compare(lines: Sequence[SpendLine]) -> list[SpendLine]:
    """Return the lines with what is stored for their months and sources now."""
    months = {line.month for line in lines}
    rows = MarketingSpend.objects.filter(month__in=months).values_list("month", "source", "amount", "note")
    stored = {(month, source): (amount, note) for month, source, amount, note in rows}
    return [_beside(each, *stored.get((each.month, each.source), (None, ""))) for each in lines]


@transaction.atomic
def store(lines: Iterable[SpendLine]) -> int:
    """Store what the lines say, over what was there for their months and sources; return how many rows changed."""
    changed = [line for line in compare(list(lines)) if line.state != "same"]
    MarketingSpend.objects.bulk_create(
        [
            MarketingSpend(month=each.month, source=each.source, amount=each.amount, note=each.note or "")
            for each in changed
        ],
        update_conflicts=True,
        unique_fields=["month", "source"],
        update_fields=["amount", "note"],
    )
    return len(changed)


def _beside(line: SpendLine, amount: int | None, note: str) -> SpendLine:
    return replace(line, stored=amount, stored_note=note, note=note if line.note is None else line.note)


def _decoded(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise SpendFileRefused(_("The file is larger than 1 MB. A year of spend is a few lines: is it the right file?"))
    for encoding in ("utf-8-sig", "cp949"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise _no_text_file()


def _no_text_file() -> SpendFileRefused:
    return SpendFileRefused(_("This is no text file. Save the sheet as CSV and upload that."))


def _rows(text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    """Return the records, each with the line it begins on: a note may go over several."""
    reader, rows, line = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [], 1
    try:
        for row in reader:
            rows.append((line, row))
            line = reader.line_num + 1
    except csv.Error as error:
        raise _no_text_file() from error
    return rows


def _delimiter(content: bytes) -> str:
    first = content.splitlines()[0] if content.strip() else b""
    return max(",;\t", key=lambda each: first.count(each.encode()))


def _places(header: Sequence[str]) -> dict[str, int]:
    names = [name.strip().lower() for name in header]
    places = {
        field: next(place for place, name in enumerate(names) if name in known)
        for field, known in COLUMNS.items()
        if set(names) & set(known)
    }
    missing = [field for field in REQUIRED if field not in places]
    if missing:
        raise SpendFileRefused(
            _("The first line has to name the columns month, source and amount. Missing: %(missing)s.")
            % {"missing": ", ".join(missing)}
        )
    return places


def _read_lines(
    rows: Sequence[tuple[int, Sequence[str]]], places: dict[str, int]
) -> tuple[list[SpendLine], list[Problem]]:
    lines: dict[tuple[date, str], SpendLine] = {}
    problems = []
    for number, row in rows:
        if not any(cell.strip() for cell in row):
            continue
        try:
            line = _line(number, {field: row[at].strip() if at < len(row) else "" for field, at in places.items()})
            _refuse_second(line, lines.get((line.month, line.source)))
            lines[line.month, line.source] = line
        except _Bad as bad:
            problems.append(Problem(number, *bad.args))
    return list(lines.values()), problems


def _line(number: int, given: dict[str, str]) -> SpendLine:
    return SpendLine(
        number,
        _month(given["month"]),
        _text("source", given["source"], LONGEST_SOURCE),
        _amount(given["amount"]),
        given["note"][:LONGEST_NOTE] if "note" in given else None,
    )


def _refuse_second(line: SpendLine, earlier: SpendLine | None) -> None:
    if earlier:
        cause = _("This month and source stand on line %(line)s already.") % {"line": earlier.line}
        raise _Bad("source", line.source, cause, gettext_lazy("Add the amounts up in one line."))


def _month(given: str) -> date:
    found = MONTH.fullmatch(given)
    if not found or not 1 <= int(found[2]) <= 12 or not 2000 <= int(found[1]) <= 2100:
        raise _Bad("month", given, gettext_lazy("This is no month."), gettext_lazy("Write it like 2026-11."))
    return date(int(found[1]), int(found[2]), 1)


def _text(field: str, given: str, longest: int) -> str:
    if not given:
        missing = gettext_lazy("The source is missing.")
        raise _Bad(field, given, missing, gettext_lazy("Name where the customers came from."))
    if len(given) > longest:
        cause = _("The source is longer than %(longest)s characters.") % {"longest": longest}
        raise _Bad(field, given, cause, gettext_lazy("Write it as it stands with the customers."))
    return given


def _amount(given: str) -> int:
    digits = NOT_OF_AN_AMOUNT.sub("", given)
    if digits.endswith(".00"):
        digits = digits[:-3]
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 18 and int(digits) <= MOST_WON):
        cause = gettext_lazy("This is no amount of whole won, zero or more.")
        raise _Bad("amount", given, cause, gettext_lazy("Write it like 1200000 or 1,200,000."))
    return int(digits)
