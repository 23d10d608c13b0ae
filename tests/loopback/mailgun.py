"""A mail service as django-anymail talks to it: Mailgun's API, its log-in, and its signed calls."""

import hmac
import json
from email.parser import BytesParser
from itertools import count
from urllib.parse import parse_qsl

from django.http import HttpRequest
from django.test import RequestFactory

from campaigns.gateways.base import PreparedMessage
from campaigns.models import ChannelAccount
from tests.loopback.http_provider import Call, HttpProvider, Reply
from tests.loopback.provider import CallingProvider, Mishap, register

LOG_IN = "Basic YXBpOlNFQ1JFVA=="  # api:SECRET
SIGNING_KEY = "SECRET"
BAD_RECIPIENT = "nobody@example.com"
CONTENT = (
    'From: "Dangol" <shop@example.com>\r\nTo: {to}\r\nSubject: =?utf-8?b?67O0?=\r\n'
    "List-Unsubscribe: <https://shop.example/u/1>\r\nX-Dangol-Message: {number}\r\nMIME-Version: 1.0\r\n"
    'Content-Type: multipart/alternative; boundary="part"\r\n\r\n'
    "--part\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nhello\r\n"
    "--part\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>hello</p>\r\n--part--\r\n"
)
EVENTS = {
    "delivered": {"event": "delivered"},
    "failed": {
        "event": "failed",
        "severity": "permanent",
        "reason": "bounce",
        "delivery-status": {"code": 550, "message": "5.1.1 no such user"},
    },
}


@register
class Mailgun(HttpProvider, CallingProvider):
    """An account at the service. `mails` is what it took: the fields of the form, by our number."""

    gateway = "anymail"

    def __init__(self) -> None:
        super().__init__()
        self.mails: dict[int, dict[str, str]] = {}
        self.numbers = count(1)

    def account(self) -> ChannelAccount:
        options = {
            "service": "mailgun",
            "base_url": self.url,
            "sender_domain": "example.com",
            "timeout": self.timeout,
            "connections": 4,
            "webhook_key_variable": "SOLAPI_PASSWORD",
        }
        return ChannelAccount(
            pk=1, channel="email", gateway="anymail", settings=options, password_variable="SOLAPI_PASSWORD"
        )

    def message(self, number: int, *, is_bad: bool = False) -> PreparedMessage:
        recipient = BAD_RECIPIENT if is_bad else f"r{number}@example.com"
        content = CONTENT.format(to=recipient, number=number).encode()
        return PreparedMessage(number, 1, "shop@example.com", recipient, content)

    def is_sending(self, call: Call) -> bool:
        return call.path.endswith("/messages")

    def answer(self, call: Call, mishap: Mishap | None) -> Reply:
        if mishap is Mishap.LOCKED_OUT or call.headers.get("Authorization") != LOG_IN:
            return Reply(401, b"Forbidden")
        fields = _form(call)
        if BAD_RECIPIENT in fields["to"]:
            return Reply(400, {"message": "to parameter is not a valid address"})
        number = int(json.loads(fields["v:dangol_message"]))
        self.accepted.append(number)
        self.mails[number] = fields
        return Reply(said={} if mishap is Mishap.NONSENSE else {"id": f"<{number}@mailgun>", "message": "Queued."})

    def webhook(self, numbers: list[int], *, code: str = "delivered") -> HttpRequest:
        [number] = numbers
        return self._called(number, EVENTS.get(code, {"event": code}), SIGNING_KEY)

    def forged_webhook(self, numbers: list[int]) -> HttpRequest:
        return self._called(numbers[0] if numbers else 0, EVENTS["delivered"], "guessed")

    def _called(self, number: int, event: dict, key: str) -> HttpRequest:
        timestamp, token = "1795219200", f"{next(self.numbers):050}"
        signature = hmac.new(key.encode(), f"{timestamp}{token}".encode(), "sha256").hexdigest()
        told = {
            "id": f"E{number}-{event['event']}",
            "timestamp": 1795219200.25,
            "recipient": f"r{number}@example.com",
            "user-variables": {"dangol_message": str(number)},
            "message": {"headers": {"message-id": f"{number}@mailgun"}},
            **event,
        }
        body = {"signature": {"timestamp": timestamp, "token": token, "signature": signature}, "event-data": told}
        return RequestFactory().post("/", json.dumps(body), content_type="application/json")


def _form(call: Call) -> dict[str, str]:
    """Return the fields of the form that came in, the last of each name."""
    head = f"Content-Type: {call.headers['Content-Type']}\r\n\r\n".encode()
    parts = BytesParser().parsebytes(head + call.body)
    if not parts.is_multipart():
        return dict(parse_qsl(call.body.decode()))
    return {
        part.get_param("name", header="Content-Disposition"): part.get_payload(decode=True).decode()
        for part in parts.get_payload()
    }
