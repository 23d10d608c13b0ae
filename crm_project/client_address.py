"""Where a request comes from, when proxies of ours stand between, and what of it may be stored."""

import hashlib
import hmac
import re
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest

WITH_PORT = re.compile(r"(\d+\.\d+\.\d+\.\d+):\d+|\[(.+)\](?::\d+)?")

LONGEST_USER_AGENT = 300


def client_address(request: HttpRequest) -> str:
    """Return the address of the client; empty where it has none, as at the other end of a local socket.

    Each of our `NUM_PROXIES` proxies appends the address it was called from to X-Forwarded-For, so only that many
    entries, counted from the right, can be believed; the client itself may write anything to the left of them.
    """
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    named = forwarded[-min(settings.NUM_PROXIES, len(forwarded))] if settings.NUM_PROXIES and forwarded else ""
    return _plain(named) or _plain(request.META.get("REMOTE_ADDR", ""))


def clean_user_agent(text: str) -> str:
    """Return the user agent without control characters, at most 300 characters long."""
    return "".join(letter if letter.isprintable() else " " for letter in text[:LONGEST_USER_AGENT]).strip()


def hash_address(address: str) -> str:
    """Return a keyed hash of an IP address: the same for the same caller, and no way back."""
    return hmac.new(settings.ADDRESS_HASH_KEY.encode(), address.encode(), hashlib.sha256).hexdigest()[:32]


def _plain(text: str) -> str:
    """Return an address without the port that some proxies add; nothing for what is no address."""
    with_port = WITH_PORT.fullmatch(text)
    try:
        return str(ip_address(with_port[1] or with_port[2] if with_port else text))
    except ValueError:
        return ""
