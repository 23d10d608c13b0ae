"""The log-in of a service account at Google: its key, signed claims, and an access token for an hour (RFC 7523)."""

import json
import os
import threading
import time
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.utils.translation import gettext as _

from campaigns.gateways import web_tokens
from campaigns.gateways.base import GatewayError
from campaigns.gateways.requests_at_once import wait_asked_for

SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
KEY_PARTS = ("project_id", "client_email", "private_key", "token_uri")
TOKEN_SECONDS = 3_600
# A token is renewed this long before its end, so that none runs out under way.
RENEWED_SECONDS_AHEAD = 120


class LogIn:
    """The service account's log-in at Google: an access token for an hour, renewed before its end."""

    def __init__(self, key: dict[str, str], client: httpx.Client) -> None:
        self.key = key
        self._client = client
        self._bearer = ""
        self._until = 0.0
        self._lock = threading.Lock()

    def header(self, *, instead_of: httpx.Response | None = None) -> dict[str, str]:
        """Return the header that says who asks; after an answer that did not believe it, another one.

        Raises:
            GatewayError: Google does not accept the key, or cannot be reached.
        """
        with self._lock:
            # Another thread may have renewed it meanwhile.
            is_refused = instead_of is not None and instead_of.request.headers.get("Authorization") == self._bearer
            if is_refused or time.time() >= self._until - RENEWED_SECONDS_AHEAD:
                self._renew()
            return {"Authorization": self._bearer}

    def _renew(self) -> None:
        try:
            response = self._client.post(self.key["token_uri"], data={"grant_type": GRANT, "assertion": self._claim()})
        except httpx.HTTPError as error:
            raise GatewayError(_("The log-in at Google cannot be reached: %s") % error) from error
        if response.is_server_error or response.status_code == httpx.codes.TOO_MANY_REQUESTS:
            raise GatewayError(_("Google's log-in does not work now."), wait=wait_asked_for(response))
        answer = answer_of(response)
        if not response.is_success or "access_token" not in answer:
            raise account_fault(response.status_code, str(answer.get("error_description") or answer.get("error", "")))
        self._bearer = f"Bearer {answer['access_token']}"
        self._until = time.time() + float(answer.get("expires_in", TOKEN_SECONDS))

    def _claim(self) -> str:
        now, uri = int(time.time()), self.key["token_uri"]
        claims = {"iss": self.key["client_email"], "scope": SCOPE, "aud": uri, "iat": now, "exp": now + TOKEN_SECONDS}
        return web_tokens.sign(claims, self._private_key)

    @cached_property
    def _private_key(self) -> RSAPrivateKey:
        try:
            key = load_pem_private_key(self.key["private_key"].encode(), password=None)
        except ValueError as error:
            raise _key_fault(_("the private key cannot be read")) from error
        if not isinstance(key, RSAPrivateKey):
            raise _key_fault(_("the private key is not one of RSA"))
        return key


def key_of(variable: str) -> dict[str, str]:
    """Return the service account's key that the environment holds or names a file of.

    Raises:
        GatewayError: there is none, or it is not the whole of it.
    """
    given = os.environ.get(variable, "").strip()
    if not given:
        raise _key_fault(_("the variable “%s” is empty") % variable)
    try:
        if not given.startswith("{"):
            given = Path(given).read_text(encoding="utf-8")
        key = json.loads(given)
    except (OSError, ValueError) as error:
        raise _key_fault(_("it cannot be read")) from error
    missing = [part for part in KEY_PARTS if not isinstance(key, dict) or not key.get(part)]
    if missing:
        raise _key_fault(_("it has no %s") % ", ".join(missing))
    return key


def _key_fault(why: str) -> GatewayError:
    """Return the error of a service account's key that is of no use."""
    message = _("The key of the Firebase service account cannot be used: %s.") % why
    return GatewayError(message, permanent=True, account_level=True)


def account_fault(status: int, said: str) -> GatewayError:
    """Return the error of an account that Google refuses."""
    message = _("Google refuses the account (%(status)d): %(said)s. Check the key and its project.")
    return GatewayError(message % {"status": status, "said": said}, permanent=True, account_level=True)


def answer_of(response: httpx.Response) -> dict[str, Any]:
    """Return the JSON object of an answer, an empty one where it is none."""
    try:
        answer = response.json()
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
