"""The addresses in a message that lead back to us: the pixel, its links, its unsubscribe page, and a trap.

The trap looks like a link to whatever reads the mail's source, and nobody sees it: who follows it is a machine.

A token says the kind of address, a link number and a message id (`crm_project/signed_tokens.py`). It names no person
and no target, so a forwarded mail gives nothing away and there is nothing to redirect to but what we stored.
"""

import struct
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.conf import settings

from campaigns.models import Campaign, Hit
from crm_project import short_tokens, signed_tokens

KIND_CODES = {Hit.Kind.OPEN: 1, Hit.Kind.CLICK: 2, Hit.Kind.UNSUBSCRIBE: 3, Hit.Kind.TRAP: 4}
OPEN, CLICK, UNSUBSCRIBE, TRAP = KIND_CODES.values()
KINDS = {code: kind for kind, code in KIND_CODES.items()}
# What an address for clicks may hold.
CLICKED = (Hit.Kind.CLICK, Hit.Kind.TRAP)
BODY, MESSAGE = struct.Struct(">BHQ"), struct.Struct(">Q")
# Short tokens carry a message number of 34 bits and a link number of 4.
SHORT_NUMBER_BITS = 4
MOST_SHORT_LINKS = (1 << SHORT_NUMBER_BITS) - 1
# From here on a number means a product that this one reader was shown; below it a link of the content.
FIRST_PRODUCT = 1 << 15


class Token(NamedTuple):
    """What a token says, once its MAC was found good. `number` is 0 where no link is meant."""

    message_id: int
    number: int
    kind: Hit.Kind


class Addresses(NamedTuple):
    """All addresses in a mail that lead back to us; `clicks` are those of its links, in the order of their numbers."""

    opened: str
    unsubscribe: str
    clicks: list[str]
    trap: str = ""


def open_url(message_id: int) -> str:
    """Return the address of the message's pixel."""
    return f"{settings.SITE_URL}/o/{write(message_id, Hit.Kind.OPEN)}.gif"


def click_url(message_id: int, number: int) -> str:
    """Return the address that redirects to the link with that number of the message's variant."""
    return f"{settings.SITE_URL}/c/{write(message_id, Hit.Kind.CLICK, number)}"


def product_url(message_id: int, number: int) -> str:
    """Return the address that redirects to the page of a product, by its number among those the message showed."""
    return click_url(message_id, FIRST_PRODUCT + number)


def trap_url(message_id: int) -> str:
    """Return the address that no reader of the message sees."""
    return f"{settings.SITE_URL}/c/{write(message_id, Hit.Kind.TRAP)}"


def click_urls(message_id: int, count: int) -> list[str]:
    """Return the addresses of the message's links, from the first to that number."""
    return addresses(message_id, count).clicks


def addresses(message_id: int, count: int) -> Addresses:
    """Return all the addresses of a message with so many links, made in one go."""
    whose = MESSAGE.pack(message_id)
    sayings = [what + whose for what in _kinds_and_numbers(count)]
    opened, unsubscribe, trap, *clicks = signed_tokens.write_all(sayings, settings.TRACKING_KEYS)
    site = settings.SITE_URL
    return Addresses(
        f"{site}/o/{opened}.gif",
        f"{site}/u/{unsubscribe}",
        [f"{site}/c/{click}" for click in clicks],
        f"{site}/c/{trap}",
    )


@lru_cache(maxsize=256)
def _kinds_and_numbers(count: int) -> list[bytes]:
    """Return how the bodies of a message's tokens begin, which is the same for all messages with so many links."""
    said = [(OPEN, 0), (UNSUBSCRIBE, 0), (TRAP, 0), *[(CLICK, number) for number in range(1, count + 1)]]
    return [BODY.pack(code, number, 0)[: -MESSAGE.size] for code, number in said]


def short_click_url(message_id: int | None, number: int) -> str:
    """Return the same in as few bytes as a text message can spare (G-07); in a preview one that leads nowhere."""
    said = (message_id or 0) << SHORT_NUMBER_BITS | number
    return f"{settings.SHORT_LINK_URL}/{short_tokens.write(said, settings.TRACKING_KEYS)}"


def unsubscribe_url(message_id: int) -> str:
    """Return the address of the page, and of the one-click POST, that withdraws consent."""
    return f"{settings.SITE_URL}/u/{write(message_id, Hit.Kind.UNSUBSCRIBE)}"


def tags_of(campaign: Campaign, *, medium: str) -> dict[str, str]:
    """Return the UTM tags of the campaign's links, for the shop's own web statistics."""
    return _tags(campaign.pk, medium)


def product_page(url: str, campaign_id: int, *, medium: str) -> str:
    """Return the page of a product with the tags of the campaign that showed it."""
    return tagged(url, _tags(campaign_id, medium))


def tagged(url: str, tags: dict[str, str]) -> str:
    """Return the address with the tags its query does not have yet."""
    parts = urlsplit(url)
    present = {name for name, _value in parse_qsl(parts.query, keep_blank_values=True)}
    added = urlencode({name: value for name, value in tags.items() if name not in present})
    return urlunsplit(parts._replace(query="&".join(filter(None, [parts.query, added]))))


def _tags(campaign_id: int, medium: str) -> dict[str, str]:
    return {"utm_source": "dangol", "utm_medium": medium, "utm_campaign": f"campaign-{campaign_id}"}


def write(message_id: int, kind: Hit.Kind, number: int = 0) -> str:
    """Return the token, made with the newest key."""
    return signed_tokens.write(BODY.pack(KIND_CODES[kind], number, message_id), settings.TRACKING_KEYS)


def read(token: str) -> Token | None:
    """Return what the token says, long or short, or None where we did not write it or its key was removed."""
    if len(token) == short_tokens.LENGTH:
        return _read_short(token)
    said = signed_tokens.read(token, settings.TRACKING_KEYS, length=BODY.size)
    if said is None:
        return None
    code, number, message_id = BODY.unpack(said)
    return Token(message_id, number, KINDS[code])


def _read_short(token: str) -> Token | None:
    said = short_tokens.read(token, settings.TRACKING_KEYS)
    if said is None:
        return None
    return Token(said >> SHORT_NUMBER_BITS, said & MOST_SHORT_LINKS, Hit.Kind.CLICK)
