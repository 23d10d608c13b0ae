"""Calls of SOLAPI's HTTP interface: signed, and told apart by what may have happened at the other end (G-21, G-25)."""

import hmac
import os
import secrets
from collections.abc import Mapping
from typing import Any

import httpx
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.gateways.base import GatewayError

BASE_URL = "https://api.solapi.com"
CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 30.0
# How long SOLAPI is left alone where it asks for less but does not say for how long.
REST_SECONDS = 10.0
LONGEST_REST_SECONDS = 600.0
# Said in the body of a refusal; the account is at fault, not what it sends.
FAULTS_OF_ACCOUNT = frozenset({
    "DuplicatedSignature", "Forbidden", "InvalidAPIKey", "NotActiveAccount", "NotEnoughBalance", "RequestTimeTooSkewed",
    "SignatureDoesNotMatch", "Unauthorized", "UnauthorizedIP",
})  # fmt: skip


class NoAnswer(Exception):
    """The call went out and no answer that means anything came back: it may have been carried out."""


class Refused(Exception):
    """SOLAPI answered, and the answer was no: nothing of the call was carried out."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code} {message}".strip())
        self.code = code


class SolapiClient:
    """A connection that is kept. Settings of the account: user (the API key), timeout (seconds), base_url.

    The API secret stands in the environment variable that the account names.
    """

    def __init__(self, account: Any) -> None:
        self.key: str = account.settings.get("user", "")
        self.secret = os.environ.get(account.password_variable, "")
        patience = httpx.Timeout(float(account.settings.get("timeout", ANSWER_SECONDS)), connect=CONNECT_SECONDS)
        self.http = httpx.Client(base_url=account.settings.get("base_url") or BASE_URL, timeout=patience)

    def get(self, path: str, **params: Any) -> Any:
        """Return what a question is answered with.

        Raises:
            GatewayError, Refused, NoAnswer: as for `post`.
        """
        return self.call("GET", path, params=params)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Return what an order is answered with.

        Raises:
            GatewayError: it was certainly not carried out, and nothing else would be now.
            Refused: it was not carried out, for a reason of its own.
            NoAnswer: it may have been carried out.
        """
        return self.call("POST", path, json=body)

    def close(self) -> None:
        """Hang up."""
        self.http.close()

    def call(self, method: str, path: str, **given: Any) -> Any:
        """Return what any call is answered with.

        Raises:
            GatewayError, Refused, NoAnswer: as for `post`.
        """
        headers = {"Authorization": authorization(self.key, self.secret)}
        try:
            answer = self.http.request(method, path, headers=headers, **given)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as error:
            raise GatewayError(_("SOLAPI cannot be reached: %s") % error) from error
        except httpx.TransportError as error:
            raise NoAnswer(str(error) or type(error).__name__) from error
        return _read(answer)


def authorization(key: str, secret: str, *, date: str = "", salt: str = "") -> str:
    """Return the header that signs a call; date and salt are given in tests only. No two calls have the same."""
    date, salt = date or timezone.now().isoformat(), salt or secrets.token_hex(16)
    signature = hmac.new(secret.encode(), f"{date}{salt}".encode(), "sha256").hexdigest()
    return f"HMAC-SHA256 apiKey={key}, date={date}, salt={salt}, signature={signature}"


def _read(answer: httpx.Response) -> Any:
    if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
        raise GatewayError(_("SOLAPI asks to send more slowly."), wait=_rest(answer))
    if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
        raise GatewayError(_("SOLAPI is not available for now (503)."), wait=_rest(answer))
    if answer.status_code >= 500:  # something broke there, before or after the work was done
        raise NoAnswer(f"HTTP {answer.status_code}")
    said = _json(answer)
    if answer.is_success:
        if said is None:
            raise NoAnswer(f"HTTP {answer.status_code} without JSON")
        return said
    said = said if isinstance(said, dict) else {}
    raise _refusal(answer.status_code, str(said.get("errorCode", "")), str(said.get("errorMessage", "")))


def _refusal(status: int, code: str, message: str) -> GatewayError | Refused:
    if status in (401, 403) or code in FAULTS_OF_ACCOUNT:
        said = {"code": code or status, "said": message}
        sentence = _("SOLAPI refuses the account (%(code)s): %(said)s Check its API key, secret, balance and clock.")
        return GatewayError(sentence % said, permanent=True, account_level=True)
    return Refused(code or f"HTTP {status}", message)


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None


def _rest(answer: httpx.Response) -> float:
    """Return the seconds that Retry-After asks for."""
    try:
        return min(max(float(answer.headers["Retry-After"]), 1.0), LONGEST_REST_SECONDS)
    except (KeyError, ValueError):
        return REST_SECONDS
