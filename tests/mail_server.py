"""A mail server that accepts everything and remembers it, for tests that send over real SMTP."""

import logging
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from socket import socket

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass(frozen=True)
class Accepted:
    """A mail for which the server said "250", so that it is answerable for it."""

    recipient: str
    content: bytes
    sender_port: int

    @property
    def mail(self) -> EmailMessage:
        return message_from_bytes(self.content, policy=policy.default)

    @property
    def message_id(self) -> int:
        return int(self.mail["X-Dangol-Message"])

    @property
    def html(self) -> str:
        return self.mail.get_body(("html",)).get_content()

    @property
    def unsubscribe_url(self) -> str:
        return self.mail["List-Unsubscribe"].strip("<>")

    def links(self) -> list[str]:
        """Return the links that a reader sees."""
        return re.findall(r'href="([^"]+/c/[^"]+)"(?! style="display:none)', self.html)


class MailServer:
    """Listens on the loopback address; `accepted` grows as mail comes in."""

    def __init__(self) -> None:
        self.accepted: list[Accepted] = []
        self._lock = threading.Lock()
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        with self._lock:
            for recipient in envelope.rcpt_tos:
                self.accepted.append(Accepted(recipient, envelope.content, session.peer[1]))
        return "250 OK"

    def __enter__(self) -> "MailServer":
        logging.getLogger("mail.log").setLevel(logging.WARNING)
        self._controller.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._controller.stop()

    def recipients(self) -> Counter[str]:
        with self._lock:
            return Counter(each.recipient for each in self.accepted)

    def wait_for(self, count: int, *, seconds: float) -> None:
        """Wait until that many mails have come."""
        deadline = time.monotonic() + seconds
        while len(self.accepted) < count:
            assert time.monotonic() < deadline, f"{len(self.accepted)} of {count} mails came within {seconds} s."
            time.sleep(0.02)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def process_on_port(port: int) -> int | None:
    """Return the process at the other end of a loopback connection; None where it has gone. Linux only."""
    inodes = {
        fields[9]
        for fields in (line.split() for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:])
        if int(fields[1].rpartition(":")[2], 16) == port
    }
    wanted = {f"socket:[{inode}]" for inode in inodes - {"0"}}
    return next((pid for pid in _processes() if wanted & _open_files(pid)), None)


def _processes() -> list[int]:
    return [int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdecimal()]


def _open_files(pid: int) -> set[str]:
    try:
        return {str(file.readlink()) for file in Path(f"/proc/{pid}/fd").iterdir()}
    except OSError:
        return set()
