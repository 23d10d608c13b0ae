"""How one value of a record is read: from text as files have it, or as it is where it comes typed.

Every parser takes a value and returns it typed, or None for an empty one. It raises BadValue with a sentence that
says what would do.
"""

import math
import re
import unicodedata
from collections.abc import Collection
from contextlib import suppress
from datetime import UTC, date, datetime, time
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.contacts import PLAIN_EMAIL, normalise_email, normalise_phone
from customers.errors import BadValue
from customers.ingest.parser import DAY, MOBILE, MOMENT, Parser, digits, reads, visible
from customers.places import region_in

SHOP_TIME = timezone.get_default_timezone()
MOST_MONEY = 10**15  # won; a sum of millions of such amounts still fits the database's integers
MOST_COUNT = 10**9
EARLIEST = datetime(1900, 1, 2, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
HANGUL = "가-힣"  # whole syllables: in one Unicode form already
YES = {"1", "t", "true", "y", "yes", "on", "예", "동의", "o"}
NO = {"0", "f", "false", "n", "no", "off", "아니오", "아니요", "거부", "미동의", "x"}
_MONEY = re.compile(r"(-?)[￦₩]?(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?원?")
_validate_url = URLValidator(schemes=["http", "https"])


def text(longest: int, *, choices: Collection[str] | None = None) -> Parser[str]:
    """Read text of at most `longest` characters, one of `choices` where those are given."""

    def parse(value: object) -> str | None:
        if type(value) is not str:
            value = plain(value)
        value = value.strip()
        if len(value) > longest:
            raise BadValue(_("This is longer than %(longest)d characters.") % {"longest": longest})
        if "\0" in value:
            raise BadValue(_("This contains a NUL character."))
        if not value.isascii():
            _refuse_broken(value)
        if choices is not None and value and value not in choices:
            raise BadValue(_("This is not one of: %(choices)s.") % {"choices": ", ".join(choices)})
        return value or None

    return Parser(parse, ready=visible(longest) if choices is None else "|".join(map(re.escape, choices)))


def _refuse_broken(value: str) -> None:
    """Refuse text with half a character in it: a file's byte that could not be decoded, or a broken JSON escape."""
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise BadValue(_("This contains characters that are neither UTF-8 nor CP949.")) from error


def name(longest: int) -> Parser[str]:
    """Read text for people, in one Unicode form, so that the same name is always the same text (F-04)."""
    parse_text = text(longest)

    def parse(value: object) -> str | None:
        parsed = parse_text(value)
        return parsed if parsed is None or parsed.isascii() else unicodedata.normalize("NFC", parsed)

    return Parser(parse, ready=visible(longest, letters=HANGUL))


def plain(value: object) -> str:
    """Return a typed value as a file would have it."""
    if type(value) is str:
        return value
    if value is None:
        return ""
    if isinstance(value, str | int | Decimal) and not isinstance(value, bool):
        return str(value)
    raise BadValue(_("This should be text."))


def money(*, negative: bool = False, most: int = MOST_MONEY) -> Parser[int]:
    """Read whole won: 24680, "24680.00", "24,680", "￦24,680" (F-01)."""

    def parse(value: object) -> int | None:
        amount = value if type(value) is int else _whole(value)
        if amount is None:
            return None
        if amount < 0 and not negative:
            raise BadValue(_("This must not be negative."))
        if abs(amount) > most:
            raise BadValue(_("This is too large."))
        return amount

    return Parser(parse, ready=digits(most))


def _whole(value: object) -> int | None:
    if isinstance(value, float | Decimal) and value == value // 1:
        return int(value)
    written = "" if value is None else str(value).strip()
    if not written:
        return None
    match = None if isinstance(value, bool) else _MONEY.fullmatch(written)
    if not match or (not written.isascii() and not re.sub("[￦₩원]", "", written).isascii()):
        raise BadValue(_("This is not a whole number. Write it like 24680 or 24,680."))
    sign, digits, fraction = match.groups()
    if fraction and fraction.strip("0"):
        raise BadValue(_("Won have no decimals."))
    return int(sign + digits.replace(",", ""))


def coordinate(most: int) -> Parser[float]:
    """Read degrees of latitude (at most 90) or longitude (at most 180)."""

    def parse(value: object) -> float | None:
        written = "" if value is None else str(value).strip()
        try:
            degrees = float(written) if written else None
        except ValueError as error:
            raise BadValue(_("This is no number of degrees. Write it like 37.5446.")) from error
        if degrees is not None and not -most <= degrees <= most:  # so is what a float knows as NaN
            raise BadValue(_("This is not between -%(most)d and %(most)d degrees.") % {"most": most})
        return degrees

    return Parser(parse)


@reads()
def region(value: object) -> str | None:
    """Read the 시군구 of a region or an address and forget the rest; empty where there is none."""
    return region_in(unicodedata.normalize("NFC", plain(value)))


def count() -> Parser[int]:
    """Read a number of things, zero or more."""
    return money(most=MOST_COUNT)


@reads(ready=MOMENT)
def moment(value: object) -> datetime | None:
    """Read an ISO 8601 time. Without a zone it is the shop's (KST); a date alone is its 00:00."""
    if type(value) is str:
        try:
            value = datetime.fromisoformat(value.strip()) if value and not value.isspace() else None
        except ValueError as error:
            raise BadValue(_("This is not a time. Write it like 2026-11-21T09:30 or 2026-11-21.")) from error
    if value is None:
        return None
    if not isinstance(value, datetime):
        value = datetime.combine(_a_date(value), time())
    if value.tzinfo is None:
        value = value.replace(tzinfo=SHOP_TIME)
    try:
        in_range = EARLIEST <= value < LATEST
    except OverflowError:
        in_range = False
    if not in_range:
        raise BadValue(_("This is not a time between 1900 and 2200."))
    return value


@reads(ready=DAY)
def day(value: object) -> date | None:
    """Read an ISO 8601 date."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date) or value is None:
        return value
    if type(value) is str and not value.strip():
        return None
    parsed = _written_date(value)
    if parsed.year < 1900:
        raise BadValue(_("This is not a date since 1900."))
    return parsed


def _written_date(value: object) -> date:
    if isinstance(value, str):
        with suppress(ValueError):
            return date.fromisoformat(value.strip())
    raise BadValue(_("This is not a date. Write it like 1990-12-31."))


def _a_date(value: object) -> date:
    if isinstance(value, date):
        return value
    raise BadValue(_("This is not a time. Write it like 2026-11-21T09:30 or 2026-11-21."))


@reads()
def yes_or_no(value: object) -> bool | None:
    """Read a yes or a no as shops write them: T/F, Y/N, 1/0, true/false."""
    if value is None or isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in YES:
        return True
    if word in NO:
        return False
    if word:
        raise BadValue(_("This is neither yes nor no. Write Y or N."))
    return None


@reads(ready="[fm]")
def gender(value: object) -> str | None:
    """Read a gender: f or m, in the words shops use."""
    word = plain(value).strip().lower()
    if word in {"f", "female", "여", "여성", "여자"}:
        return "f"
    if word in {"m", "male", "남", "남성", "남자"}:
        return "m"
    if word:
        raise BadValue(_("This is not one of: %(choices)s.") % {"choices": "f, m"})
    return None


@reads(ready=PLAIN_EMAIL)
def email(value: object) -> str | None:
    """Read an e-mail address, normalised."""
    return normalise_email(plain(value)) or None


@reads(ready=MOBILE)
def phone(value: object) -> str | None:
    """Read a phone number as E.164 (F-02)."""
    return normalise_phone(plain(value)) or None


@reads()
def url(value: object) -> str | None:
    """Read a web address."""
    address = text(1000)(value)
    if address:
        try:
            _validate_url(address)
        except ValidationError as error:
            raise BadValue(_("This is not a web address. Write it like https://shop.example/item.")) from error
    return address


def free(value: object) -> object:
    """Read a value of a field of the shop's own: text, a number, yes or no, or a list of texts."""
    if type(value) is str:
        return name(1000)(value)
    if isinstance(value, list) and len(value) <= 100:
        return [name(200)(each) for each in value]
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise BadValue(_("This should be text, a number, yes or no, or a list of up to 100 texts."))
