"""A browser and its push service in one: checks who signed a request, and reads what only the browser can read."""

import json
import time
from base64 import urlsafe_b64encode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import override_settings

from campaigns.gateways.base import PreparedMessage
from campaigns.models import ChannelAccount
from tests.loopback.device_service import DeviceService
from tests.loopback.fcm import decoded
from tests.loopback.http_provider import Call, Reply
from tests.loopback.provider import Mishap, register

CURVE = ec.SECP256R1()
SHOP_KEY = ec.derive_private_key(0x5EED, CURVE)
BROWSER_KEY = ec.derive_private_key(0xB0B, CURVE)
SECRET = b"sixteen bytes ok"
STATUSES = {"gone": 410, "never-was": 404, "other-key": 403, "too-large": 413, "slower": 429, "new-code": 418}


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


@register
class PushService(DeviceService):
    """`shown` is what the browser's service worker was given, with the headers of its request."""

    gateway = "vapid"
    lost_patience_seconds = 0.8

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[tuple[dict, dict]] = []
        self.known = override_settings(WEB_PUSH_SERVICES=["127.0.0.1"])

    def __enter__(self) -> "PushService":
        self.known.enable()
        super().__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)
        if error:  # a test that takes the server away still knows its address
            self.known.disable()

    def environment(self) -> dict[str, str]:
        return {"VAPID_KEY": encoded(SHOP_KEY.private_numbers().private_value.to_bytes(32, "big"))}

    def account(self) -> ChannelAccount:
        return ChannelAccount(
            pk=1,
            channel="web_push",
            gateway="vapid",
            settings={"timeout": self.timeout, "connections": 4},
            password_variable="VAPID_KEY",
            sender_address="shop@example.com",
        )

    def subscription(self, name: str) -> str:
        keys = {"p256dh": encoded(point(BROWSER_KEY.public_key())), "auth": encoded(SECRET)}
        return json.dumps({"endpoint": f"{self.url}/push/{name}", "expirationTime": None, "keys": keys})

    def message(self, number: int, *, is_bad: bool = False, to: str = "", **given: object) -> PreparedMessage:
        content = {
            "title": "(광고)[단골마트] 안녕하세요",
            "body": "새 소식",
            "image_url": "",
            "delivery_id": f"id-{number}",
        }
        return PreparedMessage(
            message_id=number,
            campaign_id=1,
            sender="단골마트",
            recipient=self.subscription(to or ("gone" if is_bad else f"browser-{number}")),
            content={
                **content,
                "delivery_id": f"id-{number}",
                "url": "https://shop.example/c/1",
                "opt_out_url": "https://shop.example/u/1",
            },
            kind="web_push",
            **given,
        )

    def is_sending(self, call: Call) -> bool:
        return call.path.startswith("/push/")

    def answer(self, call: Call, mishap: Mishap | None) -> Reply:
        self._check_signature(call.headers["Authorization"])
        assert call.headers["Content-Encoding"] == "aes128gcm"
        assert int(call.headers["TTL"]) > 0
        assert len(call.body) <= 4_096
        assert len(call.headers["Topic"]) <= 32
        status = STATUSES.get(call.path.removeprefix("/push/"), 201)
        if mishap is Mishap.LOCKED_OUT:
            return Reply(401, b"the token is not valid")
        if status != 201:
            return Reply(status, b"refused")
        shown = json.loads(decrypted(call.body))
        self.shown.append((shown, dict(call.headers)))
        self.accepted.append(int(shown["tag"].removeprefix("dangol-")))
        headers = {"Location": f"{self.url}/message/m-{self.accepted[-1]}"}
        return Reply(299 if mishap is Mishap.NONSENSE else 201, b"", headers)

    def _check_signature(self, header: str) -> None:
        """Check RFC 8292: who signed, for whom, until when, whom to ask."""
        assert header.startswith("vapid t=")
        token, key = (part.partition("=")[2] for part in header.removeprefix("vapid ").split(", "))
        assert decoded(key) == point(SHOP_KEY.public_key())
        signed, _dot, signature = token.rpartition(".")
        r, s = decoded(signature)[:32], decoded(signature)[32:]
        der = encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))
        SHOP_KEY.public_key().verify(der, signed.encode(), ec.ECDSA(hashes.SHA256()))
        claims = json.loads(decoded(signed.partition(".")[2]))
        assert claims["aud"] == self.url
        assert time.time() < claims["exp"] <= time.time() + 86_400
        assert claims["sub"] == "mailto:shop@example.com"


def decrypted(body: bytes, *, key: ec.EllipticCurvePrivateKey = BROWSER_KEY, secret: bytes = SECRET) -> bytes:
    """Read a body as a browser does (RFC 8291)."""
    salt, length = body[:16], body[20]
    sender = body[21 : 21 + length]
    shared = key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, sender))
    info = b"WebPush: info\0" + point(key.public_key()) + sender
    seed = HKDF(hashes.SHA256(), 32, secret, info).derive(shared)
    content_key = HKDF(hashes.SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(seed)
    nonce = HKDF(hashes.SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(seed)
    padded = AESGCM(content_key).decrypt(nonce, body[21 + length :], None)
    content, mark = padded.rstrip(b"\0")[:-1], padded.rstrip(b"\0")[-1]
    assert mark == 2
    return content
