"""Reading the JSON that platforms send: every field may be missing, null, or of another type than it should be."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from customers.errors import DeliveryRefused

Payload = Mapping[str, object]
MOST_DIGITS = 15


def text(payload: Payload, name: str) -> str:
    """Return a field as text; empty for one that is missing or null."""
    value = payload.get(name)
    return "" if value is None else str(value).strip()


def inner(payload: Payload, name: str) -> Payload:
    """Return an object within the payload; an empty one for what is none."""
    value = payload.get(name)
    return value if isinstance(value, dict) else {}


def rows(payload: Payload, name: str) -> list[Payload]:
    """Return the objects of a list within the payload."""
    value = payload.get(name)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def whole(payload: Payload, name: str) -> int:
    """Return a whole number; 0 for a field that is missing or empty. Amounts come as "24680.00" or "27580" (F-01).

    Raises:
        DeliveryRefused: it is no number, or has a fraction.
    """
    try:
        number = Decimal(text(payload, name) or "0")
    except InvalidOperation as error:
        raise DeliveryRefused(_("“%(name)s” is no number.") % {"name": name}) from error
    if not number.is_finite() or number.adjusted() > MOST_DIGITS:
        raise DeliveryRefused(_("“%(name)s” is no number.") % {"name": name})
    if number != int(number):
        raise DeliveryRefused(_("“%(name)s”: won have no decimals.") % {"name": name})
    return int(number)
