"""The addresses in a message that lead back to us: the pixel, its links, its unsubscribe page.

A token is 24 bytes in base64url: key version (1), kind (1), link number (2), message id (8), and the first 12 bytes
of an HMAC-SHA256 over those. It names no person and no target, so a forwarded mail gives nothing away and there is
nothing to redirect to but what we stored.
"""

import base64
import hmac
import re
import struct
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from campaigns.models import Hit

KIND_CODES = {Hit.Kind.OPEN: 1, Hit.Kind.CLICK: 2, Hit.Kind.UNSUBSCRIBE: 3}
KINDS = {code: kind for kind, code in KIND_CODES.items()}
BODY = struct.Struct(">BBHQ")
MAC_LENGTH = 12
SHAPE = re.compile(r"[A-Za-z0-9_-]{32}")


@dataclass(frozen=True, slots=True)
class Token:
    """What a token says, once its MAC was found good. `number` is 0 where no link is meant."""

    message_id: int
    number: int
    kind: Hit.Kind


def open_url(message_id: int) -> str:
    """Return the address of the message's pixel."""
    return f"{settings.SITE_URL}/o/{write(message_id, Hit.Kind.OPEN)}.gif"


def click_url(message_id: int, number: int) -> str:
    """Return the address that redirects to the link with that number of the message's variant."""
    return f"{settings.SITE_URL}/c/{write(message_id, Hit.Kind.CLICK, number)}"


def unsubscribe_url(message_id: int) -> str:
    """Return the address of the page, and of the one-click POST, that withdraws consent."""
    return f"{settings.SITE_URL}/u/{write(message_id, Hit.Kind.UNSUBSCRIBE)}"


def write(message_id: int, kind: Hit.Kind, number: int = 0) -> str:
    """Return the token, made with the newest key."""
    version, key = next(iter(keys(settings.TRACKING_KEYS).items()))
    body = BODY.pack(version, KIND_CODES[kind], number, message_id)
    return base64.urlsafe_b64encode(body + _mac(key, body)).decode("ascii")


def read(token: str) -> Token | None:
    """Return what the token says, or None where we did not write it or its key was removed."""
    if not SHAPE.fullmatch(token):
        return None
    raw = base64.urlsafe_b64decode(token)
    body, mac = raw[:-MAC_LENGTH], raw[-MAC_LENGTH:]
    version, code, number, message_id = BODY.unpack(body)
    key = keys(settings.TRACKING_KEYS).get(version)
    if key is None or not hmac.compare_digest(mac, _mac(key, body)):
        return None
    return Token(message_id, number, KINDS[code])


@lru_cache(maxsize=8)
def keys(setting: str) -> dict[int, bytes]:
    """Return the keys by version, newest first, of `version:key` pairs; a secret without a version is version 1.

    Raises:
        ImproperlyConfigured: no key or an empty one, a version outside 1 to 255, or one version twice.
    """
    pairs = [pair.rpartition(":") for pair in setting.replace(",", " ").split()]
    versions = [version or "1" for version, _colon, _key in pairs]
    are_keys = all(key for _version, _colon, key in pairs)
    if not pairs or not are_keys or len(set(versions)) < len(versions) or not all(map(_is_version, versions)):
        raise ImproperlyConfigured(
            "TRACKING_KEYS must be one secret, or version:key pairs with versions from 1 to 255, each used once."
        )
    return {int(version): key.encode() for version, (_before, _colon, key) in zip(versions, pairs, strict=True)}


def _is_version(text: str) -> bool:
    return text.isascii() and text.isdigit() and 1 <= int(text) <= 255


def _mac(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, body, "sha256")[:MAC_LENGTH]
