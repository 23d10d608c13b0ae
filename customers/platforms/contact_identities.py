"""A customer number for people whose system gives none: made of their contact, and saying nothing of it.

Phones and e-mails are no identity of a person (I-06), but where a file knows its people by nothing else they are all
that tells one buyer from another. The number is a keyed hash, so that a list of numbers is no list of addresses.
"""

from django.utils.crypto import salted_hmac

from customers.contacts import is_mobile, normalise_email, normalise_phone
from customers.errors import BadValue

SALT = "customers.platforms.contact_identities"
LENGTH = 20


def number_of(*parts: str) -> str:
    """Return the number for these parts of an identity; empty where none says anything."""
    # Bytes of a file that are no letters pass through here; the field they stand in is refused later, by its name.
    told = "|".join(parts).encode("utf-8", "surrogatepass")
    return salted_hmac(SALT, told).hexdigest()[:LENGTH] if any(parts) else ""


def readable_email(value: object) -> str:
    """Return the normalised address, empty for what is none."""
    try:
        return normalise_email(str(value or ""))
    except BadValue:
        return ""


def readable_mobile(value: object) -> str:
    """Return the normalised number of a mobile; empty for safe numbers (050…), which pass from one buyer to another."""
    try:
        phone = normalise_phone(str(value or ""))
    except BadValue:
        return ""
    return phone if is_mobile(phone) else ""
