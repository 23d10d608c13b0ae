"""Where a request comes from, when proxies of ours stand between, and what of it may be stored."""

import hashlib
import hmac
import re
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest

WITH_PORT = re.compile(r"(\d+\.\d+\.\d+\.\d+):\d+|\[(.+)\](?::\d+)?")

LONGEST_USER_AGENT = 300
# What stands further left was not written by proxies of ours; anybody may send any length of it.
LONGEST_FORWARDED_FOR = 1_000
# One customer of an IPv6 provider has at least so many of the first bits to themselves, and all addresses within.
NETWORK_BITS = 64


def client_address(request: HttpRequest) -> str:
    """Return the address of the client; empty where it has none, as at the other end of a local socket.

    Each of our `NUM_PROXIES` proxies appends the address it was called from to X-Forwarded-For, so only that many
    entries, counted from the right, can be believed; the client itself may write anything to the left of them.
    """
    return address_of(request.headers.get("X-Forwarded-For", ""), connected_from=request.META.get("REMOTE_ADDR", ""))


def address_of(forwarded_for: str, *, connected_from: str) -> str:
    """Return what `client_address` does, of the header's text and the address at the other end of the connection."""
    proxies = settings.NUM_PROXIES
    named = _named(forwarded_for[-LONGEST_FORWARDED_FOR:], proxies) if proxies and forwarded_for else ""
    return named or _plain(connected_from)


@lru_cache(maxsize=4_096)
def network_of(address: str) -> str:
    """Return what floods are counted by: the address, or the network that one customer of an IPv6 provider has."""
    known = ip_address(address) if address else None
    return str(int(known) >> 128 - NETWORK_BITS) if isinstance(known, IPv6Address) else address


def clean_user_agent(text: str) -> str:
    """Return the user agent without control characters, at most 300 characters long."""
    cut = text[:LONGEST_USER_AGENT]
    return (cut if cut.isprintable() else "".join(each if each.isprintable() else " " for each in cut)).strip()


def hash_address(address: str) -> str:
    """Return a keyed hash of an IP address: the same for the same caller, and no way back."""
    return hash_addresses([address])[0]


def hash_addresses(addresses: Sequence[str]) -> list[str]:
    """Return what `hash_address` does of each."""
    key = settings.ADDRESS_HASH_KEY
    return [_hashed(address, key) for address in addresses]


@lru_cache(maxsize=4_096)
def _hashed(address: str, key: str) -> str:
    return hmac.new(key.encode(), address.encode(), hashlib.sha256).hexdigest()[:32]


@lru_cache(maxsize=4_096)
def _named(forwarded_for: str, proxies: int) -> str:
    forwarded = [part.strip() for part in forwarded_for.split(",") if part.strip()]
    return _plain(forwarded[-min(proxies, len(forwarded))]) if forwarded else ""


@lru_cache(maxsize=4_096)
def _plain(text: str) -> str:
    """Return an address without the port or the zone that some add to it; nothing for what is no address."""
    with_port = WITH_PORT.fullmatch(text)
    try:
        known = ip_address((with_port[1] or with_port[2] if with_port else text).partition("%")[0])
    except ValueError:
        return ""
    # A socket for both kinds of addresses writes those of IPv4 as ::ffff:203.0.113.9, all in one network of IPv6.
    mapped = known.ipv4_mapped if isinstance(known, IPv6Address) else None
    return str(mapped or known)
