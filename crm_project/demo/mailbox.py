"""Reads what the sandbox wrote, as the people's mail programs would: addresses to fetch, to click, to opt out by."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from urllib.parse import urlsplit

# People follow what they see.
_LINK = re.compile(r"""href=["']([^"']*/c/[^"']+)["'](?! style=["']display:none)""")
_PICTURE = re.compile(r"""src=["']([^"']*/o/[^"']+)["']""")
_ADDRESS = re.compile(r"<([^>]*/u/[^>]+)>")


@dataclass(frozen=True)
class Mail:
    """A mail that lies in somebody's mailbox. Addresses are paths on our own server."""

    number: str
    recipient: str
    picture: str | None
    links: tuple[str, ...]
    unsubscribe: str | None


class Mailboxes:
    """All mailboxes of the public: the sandbox's folder."""

    def __init__(self, folder: Path) -> None:
        """Take what lies there already as read."""
        self._folder = folder
        self._seen = set(self._files())

    def new_mail(self) -> Iterator[Mail]:
        """Yield every mail that came since the last call."""
        for file in self._files():
            if file not in self._seen:
                self._seen.add(file)
                yield read(file.read_bytes())

    def _files(self) -> list[Path]:
        return sorted(self._folder.rglob("*.eml"))


def read(raw: bytes) -> Mail:
    """Return what a mail program sees in a mail."""
    message = message_from_bytes(raw, policy=policy.default)
    body = message.get_body(("html",))
    html = body.get_content() if body else ""
    picture = _PICTURE.search(html)
    unsubscribe = _ADDRESS.search(message["List-Unsubscribe"] or "")
    return Mail(
        number=str(message["X-Dangol-Message"] or message["Message-ID"]),
        recipient=str(message["To"]),
        picture=_path(picture.group(1)) if picture else None,
        links=tuple(dict.fromkeys(_path(link) for link in _LINK.findall(html))),
        unsubscribe=_path(unsubscribe.group(1)) if unsubscribe else None,
    )


def _path(address: str) -> str:
    return urlsplit(address).path
