"""The code that a member's phone shows: signed, good for a minute, good once. It names nobody to whoever reads it."""

import hashlib
import secrets

from django.core import signing

SALT = "loyalty.desk.member_code"
SECONDS_VALID = 60


def write(customer_id: int) -> str:
    """Return a code for a member, to be shown as a QR code and renewed before it ends."""
    return signing.dumps([customer_id, secrets.token_urlsafe(6)], salt=SALT)


def read(code: str) -> int | None:
    """Return the customer that a code is of; None where we did not write it or its minute is over."""
    try:
        customer_id, _noise = signing.loads(code, salt=SALT, max_age=SECONDS_VALID)
    except signing.BadSignature:
        return None
    return int(customer_id)


def digest(code: str) -> str:
    """Return what is kept of a code that was used."""
    return hashlib.sha256(code.encode()).hexdigest()
