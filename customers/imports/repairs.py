"""What a spreadsheet does to values, undone where it can be told for sure what stood there (I-05).

Excel takes 010… for a number, 2026112112345678 for 2.02611E+15, a date for a count of days, and writes ="0012" to keep
a zero. What has lost digits is refused with a way out. A phone's lost zero is put back by `customers.contacts`.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from customers.ingest.schema import FieldRefused, Schema

LONGEST_TIME = 60  # characters; no time is longer, and a pattern's search grows with the square of a text
Repair = Callable[[str, str], str]

EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 (its days have no zone; they are read as the shop's)
# Counts of days that can be nothing else: 1927-05-18 to 2173-10-13, five digits.
_SERIAL = re.compile(r"([1-9]\d{4})(\.\d+)?")
_SCIENTIFIC = re.compile(r"(\d)(?:[.,](\d+))?[eE]\+(\d{1,2})")
_KEPT_TEXT = re.compile(r'="([^"]*)"')
_NO_DATE = re.compile(r"0000-00-00(?: 00:00:00)?|0|-")
_DATE = re.compile(
    r"(?P<year>(?:19|20)\d\d)\s*[-./년]\s*(?P<month>\d{1,2})\s*[-./월]\s*(?P<day>\d{1,2})\s*[.일]?"
    r"(?:[T\s]\s*(?:\([^)]*\)\s*)?(?P<half>오전|오후|AM|PM|am|pm)?\s*"
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.\d+)?)?\s*(?P<late>AM|PM|am|pm)?"
    r"\s*(?P<zone>Z|UTC|KST|[+-]\d\d:?\d\d)?)?"
)
_COMPACT = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?")
_ZONES = {"": "", "KST": "+09:00", "UTC": "+00:00", "Z": "+00:00"}
_NUMBERS = frozenset({"customer_id", "order_id", "event_id", "visitor_id", "sku", "store_id"})


def repairs_for(schema: Schema) -> dict[str, Repair]:
    """Return the repair of each column of a kind that a spreadsheet damages in a way of its own."""
    by_type = {"timestamptz": moment, "date": day}
    repairs: dict[str, Repair] = {
        column.name: number if column.name in _NUMBERS else by_type[column.sql_type]
        for column in schema.columns
        if column.name in _NUMBERS or column.sql_type in by_type
    }
    return repairs | {name: moment for name in schema.others if name.endswith(".at")}


def number(field: str, value: str) -> str:
    """Return a number of a customer, an order, a product … as it stood before a spreadsheet took it for an amount.

    Raises:
        FieldRefused: digits are lost.
    """
    if value.isalnum() and "E" not in value and "e" not in value:
        return value
    value = _kept_text(value.strip())
    match = _SCIENTIFIC.fullmatch(value)
    if not match:
        return value
    first, rest, exponent = match.group(1), match.group(2) or "", int(match.group(3))
    # Fifteen digits are all that a spreadsheet keeps; in a longer number the last ones are made up.
    if len(rest) != exponent or exponent >= 15:
        raise FieldRefused(
            field,
            value,
            _("A spreadsheet shortened this number; its last digits are lost.")
            + " "
            + _("Export the file again, and if you open it before, format the column as text."),
        )
    return first + rest


def moment(field: str, value: str) -> str:
    """Return a time as ISO 8601, from what spreadsheets and shop systems make of it; what is none is left as it is."""
    if _is_iso(value):
        return "" if value.startswith("0000-00-00") else value
    value = _kept_text(value.strip())
    if len(value) > LONGEST_TIME:
        return value
    if _NO_DATE.fullmatch(value):
        return ""
    serial = _SERIAL.fullmatch(value)
    if serial:
        return _of_serial(float(value)).isoformat()
    return _compact(value) or _spelled(value) or value


def day(field: str, value: str) -> str:
    """Return a date as ISO 8601; the time of day that a spreadsheet puts behind it is left out."""
    repaired = moment(field, value)
    return repaired if len(repaired) <= 10 else repaired.partition("T")[0].partition(" ")[0]


def _is_iso(value: str) -> bool:
    """Tell for nearly all values, quickly, that there is nothing to repair."""
    return value[4:5] == "-" == value[7:8] and (
        len(value) == 10 or (value[10:11] in ("T", " ") and value[13:14] == ":")
    )


def _kept_text(value: str) -> str:
    """Return what stands in ="…", and without the apostrophe that makes a cell text."""
    match = _KEPT_TEXT.fullmatch(value)
    return match.group(1) if match else value.removeprefix("'")


def _of_serial(days: float) -> datetime:
    return EXCEL_EPOCH + timedelta(seconds=round(days * 86_400))


def _compact(value: str) -> str:
    match = _COMPACT.fullmatch(value)
    if not match:
        return ""
    year, month, of_month, hour, minute, second = match.groups()
    return f"{year}-{month}-{of_month}" + (f"T{hour}:{minute}:{second or '00'}" if hour else "")


def _spelled(value: str) -> str:
    match = _DATE.fullmatch(value)
    if not match:
        return ""
    part = match.groupdict()
    date = f"{part['year']}-{int(part['month']):02}-{int(part['day']):02}"
    if part["hour"] is None:
        return date
    zone = part["zone"] or ""
    half = (part["half"] or part["late"] or "").upper()
    return (
        f"{date}T{_hour(int(part['hour']), half):02}:{part['minute']}:{part['second'] or '00'}{_ZONES.get(zone, zone)}"
    )


def _hour(hour: int, half: str) -> int:
    if half in ("오후", "PM"):
        return hour if hour >= 12 else hour + 12
    return 0 if half and hour == 12 else hour
