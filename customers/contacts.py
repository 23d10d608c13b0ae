"""How an e-mail address and a phone number are written down, so that the same one is always the same text (F-02)."""

import re
import unicodedata

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext as _

from customers.errors import BadValue

_validate_email = EmailValidator()
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?"
# Nearly every address; it needs no further look. Others are looked at more closely, which takes ten times as long.
PLAIN_EMAIL = rf"[a-z0-9]{{1,20}}(?:[._+-][a-z0-9]{{1,20}}){{0,2}}@(?:{_LABEL}\.){{1,3}}[a-z]{{2,10}}"
_PLAIN_EMAIL = re.compile(PLAIN_EMAIL)
_SEPARATORS = re.compile(r"[\s\-‐-―−().·/]+")  # spaces, all kinds of dashes, brackets, dots
_KOREAN_COUNTRY_CODE = re.compile(r"^(?:\+|00)82")
_MOBILE = re.compile(r"01(?:0\d{8}|[16789]\d{7,8})")
_OTHER_KOREAN = re.compile(
    r"02\d{7,8}|0[3-6][1-5]\d{7,8}"  # cities
    r"|070\d{8}|080\d{7}|050\d{8,9}|1[568]\d{6}"  # internet, toll-free, safe numbers, service numbers
)
_LOST_ZERO = re.compile(r"1(?:0\d{8}|[16789]\d{7,8})")  # a spreadsheet took 010… for a number
# The way nearly all are written; what it means needs no further look.
_USUAL = re.compile(r"(?:010|\+82[- ]?10)[- ]?(\d{4})[- ]?(\d{4})", re.ASCII)
_MOBILE_E164 = re.compile(r"\+821[016789]\d{7,8}")


def normalise_email(value: str) -> str:
    """Return the address in lower case, without surrounding space; an empty one stays empty.

    Raises:
        BadValue: it is no e-mail address.
    """
    address = value.strip().lower()
    if _PLAIN_EMAIL.fullmatch(address):
        return address
    address = unicodedata.normalize("NFKC", value).strip().lower()
    if address:
        try:
            _validate_email(address)
            address.encode()
        except (ValidationError, UnicodeEncodeError) as error:  # the latter of bytes that are no letters
            raise BadValue(_("This is not an e-mail address.")) from error
    if len(address) > 254:
        raise BadValue(_("This is longer than an e-mail address can be."))
    return address


def normalise_phone(value: str) -> str:
    """Return the number as E.164 (`+821012345678`); an empty one stays empty.

    Raises:
        BadValue: no number of that shape exists.
    """
    usual = _USUAL.fullmatch(value)
    if usual:
        return f"+8210{usual[1]}{usual[2]}"
    digits = _SEPARATORS.sub("", unicodedata.normalize("NFKC", value).lstrip("'"))
    if not digits:
        return ""
    if digits.startswith("+") and not digits.startswith("+82"):
        return _foreign(digits)
    national = _national(digits)
    if _MOBILE.fullmatch(national) or _OTHER_KOREAN.fullmatch(national):
        return "+82" + national.removeprefix("0")
    raise BadValue(_("This is not a phone number. Write it like 010-1234-5678."))


def is_mobile(phone: str) -> bool:
    """Return whether a text message can reach this E.164 number."""
    return bool(_MOBILE_E164.fullmatch(phone))


def display_phone(phone: str) -> str:
    """Return an E.164 number the way Koreans write it: `010-1234-5678`."""
    if not phone.startswith("+82"):
        return phone
    national = phone.removeprefix("+82")
    if len(national) == 8 and national[0] == "1":
        return f"{national[:4]}-{national[4:]}"
    national = "0" + national
    area = 2 if national.startswith("02") else 4 if national.startswith("050") else 3
    return f"{national[:area]}-{national[area:-4]}-{national[-4:]}"


def _national(digits: str) -> str:
    if _KOREAN_COUNTRY_CODE.match(digits):
        rest = _KOREAN_COUNTRY_CODE.sub("", digits)
    elif digits.startswith("82") and len(digits) >= 11:
        rest = digits[2:]
    else:
        return f"0{digits}" if _LOST_ZERO.fullmatch(digits) else digits
    return rest if rest.startswith("0") or re.fullmatch(r"1[568]\d{6}", rest) else f"0{rest}"


def _foreign(digits: str) -> str:
    try:
        number = phonenumbers.parse(digits)
    except phonenumbers.NumberParseException as error:
        raise BadValue(_("This is not a phone number.")) from error
    if not phonenumbers.is_possible_number(number):
        raise BadValue(_("This is not a phone number."))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
