"""JSON Web Tokens, signed: how Google and push services learn who asks (RFC 7519)."""

import base64
import json
from collections.abc import Mapping

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

COORDINATE_BYTES = 32


def encode(content: bytes) -> str:
    """Return base64url without its padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """Return what base64url says, padded or not.

    Raises:
        ValueError: it is none.
    """
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def sign(claims: Mapping[str, object], key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    """Return the claims as a token: RS256 for an RSA key, ES256 for one on the curve P-256."""
    algorithm = "RS256" if isinstance(key, rsa.RSAPrivateKey) else "ES256"
    signed = f"{_json({'typ': 'JWT', 'alg': algorithm})}.{_json(claims)}"
    if isinstance(key, rsa.RSAPrivateKey):
        signature = key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    else:
        r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        signature = r.to_bytes(COORDINATE_BYTES, "big") + s.to_bytes(COORDINATE_BYTES, "big")
    return f"{signed}.{encode(signature)}"


def _json(value: Mapping[str, object]) -> str:
    return encode(json.dumps(value, separators=(",", ":")).encode())
