"""An e-mail's address and its form on the wire.

A message is put together from a skeleton instead of by the standard library's classes, which are what makes mailers
slow (measured: 121,000 against 525 messages a second). Bodies travel in base64, so no line is too long for a relay.
"""

import re
from binascii import b2a_base64
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr
from functools import lru_cache
from struct import Struct
from typing import Protocol

from django.utils.translation import gettext as _

from campaigns.errors import ContentRefused
from campaigns.gateways.base import WireMail
from campaigns.models import ChannelAccount

# One address and nothing else; stricter than the standards allow, so that no header or command can be smuggled in.
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])")
INVALID_ADDRESS = "invalid_address"
# Characters in a line of base64, and in a header that needs no folding.
LINE, SHORT_HEADER = 76, 60
# Characters in one encoded word, 39 bytes or no line of a subject is short enough: of three bytes each, as nearly all
# are up to the last of those, or of four.
WORD, WIDE_WORD, LAST_NARROW = 13, 9, "\uffff"
BETWEEN_WORDS = b"?=\r\n =?utf-8?b?"
# Cannot occur in base64.
BOUNDARY = "=_dangol_part"
PART = '--{boundary}\r\nContent-Type: text/{kind}; charset="utf-8"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
BEFORE_TEXT = (
    ('MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="{boundary}"\r\n\r\n' + PART)
    .format(boundary=BOUNDARY, kind="plain")
    .encode("ascii")
)
BEFORE_HTML = PART.format(boundary=BOUNDARY, kind="html").encode("ascii")
LAST = f"--{BOUNDARY}--\r\n".encode("ascii")


class MailParts(Protocol):
    """What of a rendered mail goes onto the wire."""

    @property
    def subject(self) -> str: ...

    @property
    def html(self) -> str: ...

    @property
    def text(self) -> str: ...

    @property
    def headers(self) -> dict[str, str]: ...


def is_address(text: str) -> bool:
    """Tell whether the text is one plain address, which headers and commands can carry."""
    return ADDRESS.fullmatch(text) is not None


def address_of(email: str) -> str:
    """Return the address as it goes into headers and commands.

    Raises:
        ContentRefused: it is not one plain address.
    """
    if not is_address(email):
        raise ContentRefused(INVALID_ADDRESS, _("The customer's e-mail address cannot be written to."))
    return email


def compose(rendered: MailParts, *, account: ChannelAccount, recipient: str, message_id: int, at: datetime) -> WireMail:
    """Return the whole message, headers and both parts.

    Raises:
        ContentRefused: the address cannot be written to.
    """
    own = "".join([f"{name}: {value}\r\n" for name, value in rendered.headers.items()])
    shared, domain = _of_all(account.sender_name, account.sender_address, at)
    headers = (
        f"{shared}To: {address_of(recipient)}\r\n"
        f"Subject: {header(rendered.subject)}\r\n"
        f"Message-ID: <dangol-{message_id}@{domain}>\r\n"
        f"X-Dangol-Message: {message_id}\r\n{own}"
    )
    parts = (headers.encode("ascii"), BEFORE_TEXT, _base64(rendered.text), BEFORE_HTML, _base64(rendered.html), LAST)
    return WireMail(b"".join(parts))


def header(text: str) -> str:
    """Return the text of a header, in words of which no line is too long (RFC 2047)."""
    if text.isascii():
        return text if len(text) <= SHORT_HEADER else Header(text, "utf-8").encode(linesep="\r\n")
    size = WORD if max(text) <= LAST_NARROW else WIDE_WORD
    words = [b2a_base64(text[start : start + size].encode(), newline=False) for start in range(0, len(text), size)]
    return (b"=?utf-8?b?" + BETWEEN_WORDS.join(words) + b"?=").decode("ascii")


@lru_cache(maxsize=64)
def _of_all(name: str, address: str, at: datetime) -> tuple[str, str]:
    """Return the headers that all mails of an account have at a moment, and the domain of their numbers."""
    sender = formataddr((" ".join(name.split()), address))
    date = format_datetime(at.replace(microsecond=0))
    return f"From: {sender}\r\nDate: {date}\r\n", address.rpartition("@")[2]


def _base64(text: str) -> bytes:
    encoded = b2a_base64(text.encode(), newline=False)
    return b"\r\n".join(_lines(len(encoded)).unpack(encoded)) + b"\r\n"


@lru_cache(maxsize=256)
def _lines(length: int) -> Struct:
    """Return what cuts so many characters into lines, in one step."""
    whole, rest = divmod(length, LINE)
    return Struct(f"{LINE}s" * whole + (f"{rest}s" if rest else ""))
