"""An envelope sender of its own for each message (VERP), so that whatever comes back names it.

`bounces@shop.example` becomes `bounces+71.3f0a9c1b2d4e@shop.example`: the message's number and a MAC over it. Digits
and small letters only, for some servers change the case of what stands before the @.
"""

import hmac
import re

from django.conf import settings

from crm_project import signed_tokens

SHAPE = re.compile(r"[^\s@]*\+(\d{1,18})\.([0-9a-f]{12})@[^\s@>]+", re.IGNORECASE)
PURPOSE = b"bounce "
MAC_BYTES = 6


def write(bounce_address: str, message_id: int) -> str:
    """Return the address to which the bounce of a message comes back."""
    local, _at, domain = bounce_address.rpartition("@")
    newest = next(iter(signed_tokens.keys(settings.TRACKING_KEYS).values()))
    return f"{local}+{message_id}.{_mac(newest, message_id)}@{domain}"


def read(text: str) -> int | None:
    """Return the message that an address in the text names, or None where we wrote none of them."""
    for number, mac in SHAPE.findall(text):
        for key in signed_tokens.keys(settings.TRACKING_KEYS).values():
            if hmac.compare_digest(mac.lower(), _mac(key, int(number))):
                return int(number)
    return None


def _mac(key: bytes, message_id: int) -> str:
    return hmac.digest(key, PURPOSE + str(message_id).encode(), "sha256")[:MAC_BYTES].hex()
