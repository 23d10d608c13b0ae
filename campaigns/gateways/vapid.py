"""Web push: straight to the push service of each browser, signed with the shop's own key (RFC 8030, RFC 8292, N-05)."""

import json
import os
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric import ec
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.gateways import web_tokens
from campaigns.gateways.arrival import seconds_left
from campaigns.gateways.base import Fate, Gateway, GatewayError, Outcome, PreparedMessage, register
from campaigns.gateways.failures import Failure
from campaigns.gateways.requests_at_once import Answer, lost, send_at_once, wait_asked_for
from campaigns.gateways.web_push_encryption import CURVE, encrypt, point_of
from customers import devices, push_subscriptions
from customers.errors import BadValue

# Push services refuse a token that holds for more than a day (RFC 8292).
TOKEN_SECONDS, RENEWED_SECONDS_AHEAD = 12 * 3_600, 3_600
CONNECTIONS, TIMEOUT_SECONDS = 10, 15.0
GONE = (httpx.codes.NOT_FOUND, httpx.codes.GONE)
ACCEPTED = (httpx.codes.OK, httpx.codes.CREATED, httpx.codes.ACCEPTED)
# Status → what becomes of the message and its class. 401 is about the account.
REFUSALS: dict[int, tuple[Fate, Failure]] = {
    400: (Fate.FAILED, Failure.CONTENT),
    403: (Fate.FAILED, Failure.SENDER),  # the browser subscribed under another key
    404: (Fate.FAILED, Failure.INVALID_RECIPIENT),
    410: (Fate.FAILED, Failure.INVALID_RECIPIENT),
    413: (Fate.FAILED, Failure.CONTENT),
    429: (Fate.RETRY, Failure.RATE_LIMITED),
    500: (Fate.UNKNOWN, Failure.NO_ANSWER),  # nobody says at what point it broke
    503: (Fate.RETRY, Failure.RETRYABLE),
}
RESTING = (429, 503)


@register
class VapidGateway(Gateway):
    """Web push with the shop's own key.

    The variable that the account names holds the private key, as `manage.py make_web_push_key` writes it. Settings of
    the account: contact (an e-mail address that push services may write to; default the sender's), connections
    (default 10), timeout (seconds), ttl_hours (how long a push service keeps what it cannot deliver, default 24).
    """

    name = "vapid"
    label = gettext_lazy("web push (VAPID)")
    channels = ("web_push",)

    def send_batch(self, prepared: Iterable[PreparedMessage]) -> Iterator[Outcome]:
        """Hand over messages, a request each and several at once; a subscription that ended is noted.

        Raises:
            GatewayError: the key is of no use, or push services refuse it or want a rest.
        """
        self.check()
        most = int(self.account.settings.get("connections", CONNECTIONS))
        for message, answer in send_at_once(prepared, self._request, most=most):
            if answer.is_gone:
                devices.mark_gone(message.recipient, at=timezone.now())
            yield answer.outcome

    def check(self) -> None:
        """Read the key. There is no log-in: each push service checks the signature of each request.

        Raises:
            GatewayError: it cannot be read.
        """
        _key_of(self.account.password_variable)

    def close(self) -> None:
        """Let go of the connections."""
        if "client" in self.__dict__:
            self.client.close()

    @cached_property
    def client(self) -> httpx.Client:
        """Return the connections to push services."""
        return httpx.Client(timeout=float(self.account.settings.get("timeout", TIMEOUT_SECONDS)))

    @cached_property
    def signature(self) -> "Signature":
        """Return what proves who sends."""
        contact = self.account.settings.get("contact") or self.account.sender_address
        return Signature(_key_of(self.account.password_variable), contact=contact)

    def _request(self, message: PreparedMessage) -> Answer:
        seconds = seconds_left(message, hours=self.account.settings.get("ttl_hours"))
        if seconds is None:
            return Answer(Outcome(message.message_id, Fate.RETRY, Failure.NIGHT_WINDOW))
        try:
            to = push_subscriptions.read(message.recipient)
            body = encrypt(payload(message), browser_key=to.browser_key, secret=to.secret)
        except (BadValue, ValueError) as error:
            return Answer(Outcome(message.message_id, Fate.FAILED, Failure.INVALID_RECIPIENT, str(error)), is_gone=True)
        headers = {
            "TTL": str(seconds),
            "Urgency": "normal",
            "Topic": f"dangol-{message.message_id}",  # the same message again takes the place of the first
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "Authorization": self.signature.header(to.origin),
        }
        try:
            response = self.client.post(to.endpoint, content=body, headers=headers)
        except httpx.HTTPError as error:
            return lost(message, error)
        return _judge(message, response)


def payload(message: PreparedMessage) -> bytes:
    """Return what the shop's service worker reads; docs/integrators.md shows one."""
    said: Mapping[str, Any] = message.content  # type: ignore[assignment]  # plain values for all but mail
    shown = {"title": said["title"], "body": said["body"], "image": said["image_url"], "url": said["url"]}
    ours = {"tag": f"dangol-{message.message_id}", "delivery_id": said["delivery_id"], "opt_out": said["opt_out_url"]}
    return json.dumps({key: value for key, value in (shown | ours).items() if value}, ensure_ascii=False).encode()


class Signature:
    """The shop's key, and its signed word for each push service (RFC 8292)."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, *, contact: str) -> None:
        self.public_key = web_tokens.encode(point_of(key.public_key()))
        self._key = key
        self._contact = contact if contact.startswith(("mailto:", "https:")) else f"mailto:{contact}"
        self._headers: dict[str, tuple[float, str]] = {}
        self._lock = threading.Lock()

    def header(self, origin: str) -> str:
        """Return the header for one push service, signed anew twice a day."""
        with self._lock:
            until, header = self._headers.get(origin, (0.0, ""))
            if time.time() >= until - RENEWED_SECONDS_AHEAD:
                until = int(time.time()) + TOKEN_SECONDS
                token = web_tokens.sign({"aud": origin, "exp": until, "sub": self._contact}, self._key)
                header = f"vapid t={token}, k={self.public_key}"
                self._headers[origin] = until, header
            return header


def _judge(message: PreparedMessage, response: httpx.Response) -> Answer:
    """Return what an answer means. What is not known is never success (G-24).

    Raises:
        GatewayError: the push service refuses the key.
    """
    status = response.status_code
    if status in ACCEPTED:
        number = response.headers.get("Location", "").rpartition("/")[2]
        return Answer(Outcome(message.message_id, Fate.SENT, provider_id=number[:100]))
    detail = f"{status} {response.text[:200]}".strip()
    if status == httpx.codes.UNAUTHORIZED:
        raise _fault(_("The push service refuses the key: %s") % detail)
    refused = Fate.FAILED if response.is_client_error else Fate.UNKNOWN
    fate, failure = REFUSALS.get(status, (refused, Failure.UNKNOWN_CODE))
    wait = wait_asked_for(response) if status in RESTING else 0.0
    return Answer(Outcome(message.message_id, fate, failure, detail), wait=wait, is_gone=status in GONE)


def _key_of(variable: str) -> ec.EllipticCurvePrivateKey:
    """Return the private key in the environment: 32 bytes in base64url.

    Raises:
        GatewayError: there is none.
    """
    given = os.environ.get(variable, "").strip()
    try:
        return ec.derive_private_key(int.from_bytes(web_tokens.decode(given), "big"), CURVE)
    except ValueError as error:
        raise _fault(_("The variable “%s” holds no key for web push.") % variable) from error


def _fault(message: str) -> GatewayError:
    return GatewayError(message, permanent=True, account_level=True)
