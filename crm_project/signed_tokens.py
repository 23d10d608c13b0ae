"""Short tokens in public addresses that nobody else can write.

A token is, in base64url: the key's version (1 byte), what it says, and the first 12 bytes of an HMAC-SHA256 over both.
It should name no person, so that a forwarded address gives nothing away. Keys come from a setting of their own for
each use; a new one goes in front, and tokens made with an older one work while it is listed.
"""

import hashlib
import hmac
from binascii import a2b_base64, b2a_base64
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.core.exceptions import ImproperlyConfigured

MAC_LENGTH = 12
# Of SHA-256, in bytes.
BLOCK = 64
URL_SAFE = bytes.maketrans(b"+/", b"-_")
# Back again; what is base64 elsewhere only becomes what it is nowhere.
FROM_URL_SAFE = bytes.maketrans(b"-_+/=", b"+/***")


def write(said: bytes, setting: str) -> str:
    """Return the token, made with the newest key. With its 13 bytes around it, `said` must fill groups of three."""
    return write_all([said], setting)[0]


def write_all(sayings: Sequence[bytes], setting: str) -> list[str]:
    """Return the tokens of what is said, all equally long, in one go: a mail has half a dozen."""
    version, key = _newest(setting)
    begun = _begun(key)
    parts: list[bytes] = []
    for said in sayings:  # what `_mac` does, for a mail waits for nothing longer than for this
        body = version + said
        inner, outer = begun[0].copy(), begun[1].copy()
        inner.update(body)
        outer.update(inner.digest())
        parts += body, outer.digest()[:MAC_LENGTH]
    written = b2a_base64(b"".join(parts), newline=False).translate(URL_SAFE).decode("ascii")
    length = len(written) // len(sayings)
    return [written[start : start + length] for start in range(0, len(written), length)]


def read(token: str, setting: str, *, length: int) -> bytes | None:
    """Return the `length` bytes that the token says, or None where we did not write it or its key was removed."""
    if len(token) * 3 != (1 + length + MAC_LENGTH) * 4:
        return None
    try:
        raw = a2b_base64(token.encode("ascii").translate(FROM_URL_SAFE), strict_mode=True)
    except ValueError:  # not all of it is base64, or even ASCII
        return None
    body, mac = raw[:-MAC_LENGTH], raw[-MAC_LENGTH:]
    begun = _begun_by_version(setting).get(body[0])
    return body[1:] if begun and hmac.compare_digest(mac, _mac(*begun, body)) else None


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
            "Keys of links must be one secret, or version:key pairs with versions from 1 to 255, each used once."
        )
    return {int(version): key.encode() for version, (_before, _colon, key) in zip(versions, pairs, strict=True)}


@lru_cache(maxsize=8)
def _newest(setting: str) -> tuple[bytes, bytes]:
    version, key = next(iter(keys(setting).items()))
    return bytes([version]), key


def _is_version(text: str) -> bool:
    return text.isascii() and text.isdigit() and 1 <= int(text) <= 255


def _mac(begun_inner: Any, begun_outer: Any, body: bytes) -> bytes:
    """Return the first bytes of the HMAC, which is two hashes (RFC 2104), each begun for the key already."""
    inner, outer = begun_inner.copy(), begun_outer.copy()
    inner.update(body)
    outer.update(inner.digest())
    return outer.digest()[:MAC_LENGTH]


@lru_cache(maxsize=8)
def _begun_by_version(setting: str) -> dict[int, tuple[Any, Any]]:
    return {version: _begun(key) for version, key in keys(setting).items()}


@lru_cache(maxsize=32)
def _begun(key: bytes) -> tuple[Any, Any]:
    """Return the inner and the outer hash, which have taken in the key: copies of them cost least of all ways."""
    block = (hashlib.sha256(key).digest() if len(key) > BLOCK else key).ljust(BLOCK, b"\0")
    inner, outer = (hashlib.sha256(bytes(byte ^ pad for byte in block)) for pad in (0x36, 0x5C))
    return inner, outer
