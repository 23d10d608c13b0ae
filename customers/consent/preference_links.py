"""The address of a customer's preference page: signed with a key of its own, naming nobody."""

import struct

from django.conf import settings

from crm_project import signed_tokens

BODY = struct.Struct(">Q")


def url_of(customer_id: int) -> str:
    """Return the public address at which this customer sees and changes their consents."""
    return f"{settings.SITE_URL}/p/{write(customer_id)}"


def write(customer_id: int) -> str:
    """Return the token, made with the newest key."""
    return signed_tokens.write(BODY.pack(customer_id), settings.PREFERENCE_KEYS)


def read(token: str) -> int | None:
    """Return the customer's id, or None where we did not write the token or its key was removed."""
    said = signed_tokens.read(token, settings.PREFERENCE_KEYS, length=BODY.size)
    return BODY.unpack(said)[0] if said else None
