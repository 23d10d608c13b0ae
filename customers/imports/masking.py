"""Cells of a file as they may be shown: masked where they may be of a person, also in columns nobody has chosen yet."""

import re
from datetime import date

from customers.imports.column_names import PERSONAL
from customers.masking import mask_birthday, mask_email, mask_name

_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")
_PHONE = re.compile(r"\+?[\d][\d\s().-]{6,18}\d")
_PLAIN = re.compile(r"[\d.,:\-/ \s원￦₩%TZ+]*|[A-Za-z]{1,2}|true|false|yes|no", re.IGNORECASE)
# Values of these are no person's, whatever they look like.
OPEN = frozenset(
    """
    order_id sku store_id event_id status channel quantity paid refunded discount shipping points_used items_amount
    line_amount position price category brand active stock kind purpose action wording_version url image_url placed_at
    refunded_at delivered_at joined_at occurred_at called_at gender locale online latitude longitude acquisition_source
    """.split()  # noqa: SIM905 (a list of this length is read more easily as words)
)


def masked(column: str, value: str) -> str:
    """Return a cell of one of our columns; "" stands for a column that nobody has chosen yet."""
    name = column.rpartition(".")[2]
    if column in OPEN or column.startswith("consent.") or not value:
        return value
    if column in PERSONAL:
        return _as(PERSONAL[column], value)
    if "email" in name or _EMAIL.fullmatch(value.strip()):
        return mask_email(value.strip())
    if "phone" in name or (not column and _PHONE.fullmatch(value.strip())):
        return _as("phone", value)
    if "name" in name and "product" not in name:
        return mask_name(value)
    if column and column not in ("region", "address") and not column.startswith(("attr.", "prop.")):
        return value
    return value if _PLAIN.fullmatch(value) else _first_letters(value)


def _as(kind: str, value: str) -> str:
    if kind == "email":
        return mask_email(value) if "@" in value else "*" * len(value)
    if kind == "phone":
        digits = re.sub(r"\D", "", value)
        return f"{digits[:3]}-****-{digits[-4:]}" if len(digits) >= 10 else "*" * len(value)
    if kind == "birthday":
        try:
            return mask_birthday(date.fromisoformat(value.strip()[:10]))
        except ValueError:
            return value[:4] + "*" * max(len(value) - 4, 0)
    return mask_name(value)


def _first_letters(value: str) -> str:
    return " ".join(word[0] + "*" * min(len(word) - 1, 3) for word in value.split()[:4])
