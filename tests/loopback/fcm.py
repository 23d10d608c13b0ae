"""Firebase's other end: the log-in that checks signed claims, and the messages of HTTP v1 (N-01, N-02)."""

import base64
import json
import time
from functools import cache
from urllib.parse import parse_qs

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from campaigns.gateways.base import PreparedMessage
from campaigns.models import ChannelAccount
from tests.loopback.device_service import DeviceService
from tests.loopback.http_provider import Call, Reply
from tests.loopback.provider import Mishap, register

SENDER = "push@demo.iam.example"
SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
# token of a device: what FCM calls the error, and its status
ERRORS = {
    "gone": (404, "UNREGISTERED"),
    "other-project": (403, "SENDER_ID_MISMATCH"),
    "malformed": (400, "INVALID_ARGUMENT"),
    "quota": (429, "QUOTA_EXCEEDED"),
    "down": (503, "UNAVAILABLE"),
    "apns-key": (401, "THIRD_PARTY_AUTH_ERROR"),
    "new-code": (418, "SOMETHING_NEW"),
}


@cache
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


@register
class Fcm(DeviceService):
    """The Firebase project `demo`. `messages` is what it took, as its devices would get it."""

    gateway = "fcm"
    lost_patience_seconds = 0.8

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[dict] = []
        self.log_ins = 0
        self.forgets_log_ins = False

    def environment(self) -> dict[str, str]:
        pem = private_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        key = {
            "project_id": "demo",
            "client_email": SENDER,
            "private_key": pem,
            "token_uri": f"{self.url}/token",
        }
        return {"FCM_KEY": json.dumps(key)}

    def account(self) -> ChannelAccount:
        return ChannelAccount(
            pk=1,
            channel="push",
            gateway="fcm",
            settings={"base_url": self.url, "timeout": self.timeout, "connections": 4},
            password_variable="FCM_KEY",
            sender_name="단골마트",
        )

    def message(self, number: int, *, is_bad: bool = False, to: str = "", **given: object) -> PreparedMessage:
        content = {"title": "(광고)[단골마트] 안녕하세요", "body": "새 소식", "image_url": "", "url": "shop://home"}
        return PreparedMessage(
            message_id=number,
            campaign_id=1,
            sender="단골마트",
            recipient=to or ("gone" if is_bad else f"token-{number}"),
            content={**content, "delivery_id": f"id-{number}", "opt_out_url": "https://shop.example/u"},
            kind="push",
            **given,
        )

    def is_sending(self, call: Call) -> bool:
        return call.path == "/v1/projects/demo/messages:send"

    def answer(self, call: Call, mishap: Mishap | None) -> Reply:
        if call.path == "/token":
            return self._log_in(call)
        if call.headers.get("Authorization") != f"Bearer access-{self.log_ins}":
            return Reply(401, {"error": {"code": 401, "status": "UNAUTHENTICATED"}})
        if self.forgets_log_ins:
            self.forgets_log_ins = False
            self.log_ins += 1
            return Reply(401, {"error": {"code": 401, "status": "UNAUTHENTICATED"}})
        if mishap is Mishap.LOCKED_OUT:
            return Reply(403, {"error": {"code": 403, "status": "PERMISSION_DENIED", "message": "no such project"}})
        return self._take(call.json()["message"], mishap)

    def _log_in(self, call: Call) -> Reply:
        asked = {name: values[0] for name, values in parse_qs(call.body.decode()).items()}
        signed, _dot, signature = asked["assertion"].rpartition(".")
        private_key().public_key().verify(decoded(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        claims = json.loads(decoded(signed.partition(".")[2]))
        assert asked["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
        assert claims["iss"] == SENDER
        assert claims["scope"] == SCOPE
        assert claims["aud"] == f"{self.url}/token"
        assert claims["iat"] <= time.time() + 5 < claims["exp"] <= claims["iat"] + 3_600
        self.log_ins += 1
        return Reply(said={"access_token": f"access-{self.log_ins}", "expires_in": 3_599, "token_type": "Bearer"})

    def _take(self, message: dict, mishap: Mishap | None) -> Reply:
        if message["token"] in ERRORS:
            status, code = ERRORS[message["token"]]
            detail = {"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code}
            return Reply(status, {"error": {"code": status, "message": "refused", "details": [detail]}})
        assert message["android"]["ttl"].removesuffix("s").isdecimal()
        assert all(isinstance(value, str) for value in message["data"].values())  # FCM takes nothing else
        self.messages.append(message)
        self.accepted.append(int(message["android"]["notification"]["tag"].removeprefix("dangol-")))
        if mishap is Mishap.NONSENSE:
            return Reply(said={"hello": "there"})
        return Reply(said={"name": f"projects/demo/messages/0:{self.accepted[-1]}"})


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
