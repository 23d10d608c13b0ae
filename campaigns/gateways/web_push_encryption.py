"""Web push messages that only one browser can read (RFC 8291, one record of RFC 8188)."""

import os

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CURVE = ec.SECP256R1()
RECORD_BYTES = 4_096
SALT_BYTES = 16
# The mark of the last record; padding would follow it.
END = b"\x02"


def encrypt(
    content: bytes,
    *,
    browser_key: bytes,
    secret: bytes,
    sender_key: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """Return the body of a push request.

    Args:
        browser_key: the subscription's p256dh, an uncompressed point.
        secret: the subscription's auth, 16 bytes.
        sender_key, salt: of this message alone; made here unless a test gives those of the standard.

    Raises:
        ValueError: the browser's key is no point of the curve.
    """
    sender_key = sender_key or ec.generate_private_key(CURVE)
    salt = salt or os.urandom(SALT_BYTES)
    browser = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, browser_key)
    sender = point_of(sender_key.public_key())
    shared = sender_key.exchange(ec.ECDH(), browser)
    seed = _derive(shared, salt=secret, info=b"WebPush: info\0" + browser_key + sender, length=32)
    key = _derive(seed, salt=salt, info=b"Content-Encoding: aes128gcm\0", length=16)
    nonce = _derive(seed, salt=salt, info=b"Content-Encoding: nonce\0", length=12)
    header = salt + RECORD_BYTES.to_bytes(4, "big") + bytes([len(sender)]) + sender
    return header + AESGCM(key).encrypt(nonce, content + END, None)


def point_of(key: ec.EllipticCurvePublicKey) -> bytes:
    """Return a public key as browsers and push services write it: 65 bytes, uncompressed."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _derive(secret: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)
