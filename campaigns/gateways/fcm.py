"""App push over Firebase Cloud Messaging, HTTP v1 (N-01, N-02)."""

import time
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

import httpx
from django.utils import timezone
from django.utils.translation import gettext_lazy

from campaigns.gateways.arrival import seconds_left
from campaigns.gateways.base import Fate, Gateway, Outcome, PreparedMessage, register
from campaigns.gateways.failures import Failure
from campaigns.gateways.google_log_in import LogIn, account_fault, answer_of, key_of
from campaigns.gateways.requests_at_once import Answer, lost, send_at_once, wait_asked_for
from customers import devices

BASE_URL = "https://fcm.googleapis.com"
CONNECTIONS, TIMEOUT_SECONDS = 10, 15.0
# What FCM calls an error → what becomes of the message and its class. 401 and 403 without one of these: the account.
ERRORS: dict[str, tuple[Fate, Failure]] = {
    "UNREGISTERED": (Fate.FAILED, Failure.INVALID_RECIPIENT),
    "SENDER_ID_MISMATCH": (Fate.FAILED, Failure.SENDER),
    "INVALID_ARGUMENT": (Fate.FAILED, Failure.CONTENT),
    "QUOTA_EXCEEDED": (Fate.RETRY, Failure.RATE_LIMITED),
    "UNAVAILABLE": (Fate.RETRY, Failure.RETRYABLE),
    "INTERNAL": (Fate.UNKNOWN, Failure.NO_ANSWER),  # nobody says at what point it broke
}
OF_STATUS = {429: "QUOTA_EXCEEDED", 500: "INTERNAL", 503: "UNAVAILABLE"}
GONE = ("UNREGISTERED", "SENDER_ID_MISMATCH")


@register
class FcmGateway(Gateway):
    """Firebase Cloud Messaging, for Android and iOS.

    The variable that the account names holds the service account's key: the JSON of the file that Firebase gives out,
    or the path of that file. Settings of the account: connections (default 10), timeout (seconds), ttl_hours (how
    long FCM keeps what it cannot deliver, default 24), base_url (another server than Google's).
    """

    name = "fcm"
    label = gettext_lazy("Firebase Cloud Messaging")
    channels = ("push",)

    def send_batch(self, prepared: Iterable[PreparedMessage]) -> Iterator[Outcome]:
        """Hand over messages, a request each and several at once; a device that is gone is noted.

        Raises:
            GatewayError: no log-in at Google, or it refuses the account, or wants a rest.
        """
        self.log_in.header()
        most = int(self.account.settings.get("connections", CONNECTIONS))
        for message, answer in send_at_once(prepared, self._request, most=most):
            if answer.is_gone:
                devices.mark_gone(message.recipient, at=timezone.now())
            yield answer.outcome

    def check(self) -> None:
        """Log in at Google.

        Raises:
            GatewayError: it does not work, with the reason.
        """
        self.log_in.header()

    def close(self) -> None:
        """Let go of the connections."""
        if "client" in self.__dict__:
            self.client.close()

    @cached_property
    def client(self) -> httpx.Client:
        """Return the connections to FCM."""
        return httpx.Client(timeout=float(self.account.settings.get("timeout", TIMEOUT_SECONDS)))

    @cached_property
    def log_in(self) -> LogIn:
        """Return what proves who we are."""
        return LogIn(key_of(self.account.password_variable), self.client)

    @cached_property
    def url(self) -> str:
        """Return where messages go."""
        base = self.account.settings.get("base_url", BASE_URL).rstrip("/")
        return f"{base}/v1/projects/{self.log_in.key['project_id']}/messages:send"

    def _request(self, message: PreparedMessage) -> Answer:
        seconds = seconds_left(message, hours=self.account.settings.get("ttl_hours"))
        if seconds is None:
            return Answer(Outcome(message.message_id, Fate.RETRY, Failure.NIGHT_WINDOW))
        body = {"message": payload(message, seconds=seconds)}
        try:
            response = self.client.post(self.url, json=body, headers=self.log_in.header())
            if response.status_code == httpx.codes.UNAUTHORIZED and not _error_code(response):
                response = self.client.post(self.url, json=body, headers=self.log_in.header(instead_of=response))
        except httpx.HTTPError as error:
            return lost(message, error)
        return _judge(message, response)


def payload(message: PreparedMessage, *, seconds: int) -> dict[str, Any]:
    """Return a message in FCM's words. The same message again takes the place of the first one on the telephone."""
    said: Mapping[str, Any] = message.content  # type: ignore[assignment]  # plain values for all but mail
    name = f"dangol-{message.message_id}"
    notification = {"title": said["title"], "body": said["body"], "image": said["image_url"]}
    data = {key: said[key] for key in ("delivery_id", "url", "opt_out_url") if said[key]}
    expires_at = int(time.time()) + seconds
    apns_headers = {"apns-expiration": str(expires_at), "apns-collapse-id": name, "apns-priority": "10"}
    return {
        "token": message.recipient,
        "notification": {key: value for key, value in notification.items() if value},
        "data": data,
        "android": {"ttl": f"{seconds}s", "priority": "HIGH", "notification": {"tag": name}},
        "apns": {"headers": apns_headers, "payload": {"aps": {"mutable-content": 1, "sound": "default"}}},
        "fcm_options": {"analytics_label": f"campaign-{message.campaign_id}"},
    }


def _judge(message: PreparedMessage, response: httpx.Response) -> Answer:
    """Return what an answer means. What is not known is never success (G-24).

    Raises:
        GatewayError: it refuses the account.
    """
    status, answer = response.status_code, answer_of(response)
    if status == httpx.codes.OK and answer.get("name"):
        number = str(answer["name"]).rpartition("/")[2]
        return Answer(Outcome(message.message_id, Fate.SENT, provider_id=number))
    code = _error_code(response) or OF_STATUS.get(status, "")
    said = answer.get("error")
    detail = f"{status} {code} {said.get('message', '') if isinstance(said, dict) else ''}".strip()
    if code not in ERRORS and status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        raise account_fault(status, detail)
    refused = Fate.FAILED if response.is_client_error else Fate.UNKNOWN
    fate, failure = ERRORS.get(code, (refused, Failure.UNKNOWN_CODE))
    wait = wait_asked_for(response) if fate is Fate.RETRY else 0.0
    return Answer(Outcome(message.message_id, fate, failure, detail), wait=wait, is_gone=code in GONE)


def _error_code(response: httpx.Response) -> str:
    """Return FCM's own code for an error, "" where it gives none."""
    error = answer_of(response).get("error")
    details = error.get("details", []) if isinstance(error, dict) else []
    codes = [each["errorCode"] for each in details if isinstance(each, dict) and "errorCode" in each]
    return str(codes[0]) if codes else ""
