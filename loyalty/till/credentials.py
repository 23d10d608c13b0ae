"""What a till shows to be let in, and the PIN by which a person signs: made here, shown once, never readable again."""

import hashlib
import hmac
import secrets
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_project.errors import BusinessError
from crm_project.sealed_secrets import seal, unseal
from loyalty.models import Terminal, TillStaff

BRAND = "dgt"
SHORTEST_PIN, LONGEST_PIN = 4, 8
# Writing the last use at each request would make every reader a writer of one row.
NOTE_USE_EVERY = timedelta(minutes=1)


class BadPin(BusinessError):
    """A PIN is not made of enough digits."""

    code = "bad_pin"


def issue(terminal: Terminal) -> str:
    """Give the till a new credential, save it, and return the text to hand over; one it had before ends."""
    terminal.prefix = secrets.token_hex(4)
    secret = secrets.token_hex(32)
    terminal.secret_hash = _hash(secret)
    # Of a till that is there, these alone: it may have been revoked since it was read.
    terminal.save(update_fields=["prefix", "secret_hash"] if terminal.pk else None)
    return f"{BRAND}_{terminal.prefix}_{secret}"


def revoke(terminal: Terminal) -> None:
    """Refuse the till from now on."""
    Terminal.objects.filter(pk=terminal.pk, revoked_at=None).update(revoked_at=timezone.now())


def find(text: str) -> Terminal | None:
    """Return the till that a credential is of; None where it is unknown or revoked."""
    brand, _underscore, rest = text.partition("_")
    prefix, _underscore, secret = rest.partition("_")
    if brand != BRAND or not secret or "\0" in prefix:
        return None
    terminal = Terminal.objects.select_related("store").filter(prefix=prefix, revoked_at=None).first()
    if terminal is None or not hmac.compare_digest(terminal.secret_hash, _hash(secret)):
        return None
    _note_use(terminal)
    return terminal


def set_pin(staff: TillStaff, pin: str) -> None:
    """Give a member of staff a PIN; the caller saves.

    Raises:
        BadPin: it is not four to eight digits.
    """
    if not (pin.isascii() and pin.isdecimal() and SHORTEST_PIN <= len(pin) <= LONGEST_PIN):
        raise BadPin(_("A PIN is four to eight digits."))
    # A hash alone would be guessed in a second; sealed, a copy of the database opens nothing.
    staff.sealed_pin = seal(_pin_hash(staff.number, pin))


def is_pin(staff: TillStaff, pin: str) -> bool:
    """Tell whether a PIN is this person's."""
    return hmac.compare_digest(unseal(staff.sealed_pin), _pin_hash(staff.number, pin))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _pin_hash(number: str, pin: str) -> str:
    return _hash(f"{number}:{pin}")


def _note_use(terminal: Terminal) -> None:
    before = timezone.now() - NOTE_USE_EVERY
    if terminal.last_used_at is None or terminal.last_used_at < before:
        not_lately = Q(last_used_at=None) | Q(last_used_at__lt=before)
        Terminal.objects.filter(not_lately, pk=terminal.pk).update(last_used_at=timezone.now())
