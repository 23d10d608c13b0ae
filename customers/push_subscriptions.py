"""What a browser hands out when it allows web push: where to send, and its keys (Push API, RFC 8030, RFC 8291)."""

import base64
import json
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from customers.errors import BadValue

KEY_BYTES, SECRET_BYTES = 65, 16
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class PushSubscription:
    """One browser's subscription."""

    endpoint: str
    browser_key: bytes
    secret: bytes

    @property
    def origin(self) -> str:
        """Return the push service, which its requests are signed for."""
        parts = urlsplit(self.endpoint)
        return f"{parts.scheme}://{parts.netloc}"

    def as_text(self) -> str:
        """Return it as stored: the same subscription is the same text, however it was written."""
        keys = {"auth": _encode(self.secret), "p256dh": _encode(self.browser_key)}
        return json.dumps({"endpoint": self.endpoint, "keys": keys}, separators=(",", ":"), sort_keys=True)


def read(text: str) -> PushSubscription:
    """Return what `PushSubscription.toJSON()` of a browser says.

    Only push services that are known are written to: anybody can make up a subscription, and a request to whatever
    address it names would reach into our own network.

    Raises:
        BadValue: it is no subscription, or of a push service that is not in `WEB_PUSH_SERVICES`.
    """
    try:
        said = json.loads(text)
        keys = said["keys"]
        found = PushSubscription(str(said["endpoint"]), _decode(keys["p256dh"]), _decode(keys["auth"]))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BadValue(
            _("This is no push subscription: send what toJSON() of the browser's subscription gives.")
        ) from error
    if len(found.browser_key) != KEY_BYTES or len(found.secret) != SECRET_BYTES:
        raise BadValue(_("The keys of the push subscription have the wrong length."))
    if not _is_known_service(found.endpoint):
        raise BadValue(_("This push service is not known; see WEB_PUSH_SERVICES."))
    return found


def _is_known_service(endpoint: str) -> bool:
    try:
        parts = urlsplit(endpoint)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.username or parts.password or not endpoint.isascii() or not endpoint.isprintable():
        return False
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and host == LOOPBACK)
    return is_safe and any(host == name or host.endswith(f".{name}") for name in settings.WEB_PUSH_SERVICES)


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")


def _decode(text: str) -> bytes:
    return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)
