"""One connection to a mail server, with its commands in as few writes as the server allows (RFC 2920).

Where the server offers PIPELINING, the content of a message and the envelope of the next leave in one write: one round
trip a message instead of four. Only what has its content on the wire can be unknown; an envelope alone sends nothing.
"""

import re
import select
import smtplib
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from campaigns.gateways.base import PreparedMessage, WireMail

LINE_END = re.compile(rb"\r\n|\r|\n")
LEADING_DOT = re.compile(rb"(?m)^\.")
MOST_AT_ONCE = 4_096
LONGEST_REPLY = 65_536
# What nearly all lines begin with, each a whole reply.
SHORT_REPLIES = {b"250 ": 250, b"354 ": 354}
# No code of a reply: stands for a line that is none.
NO_SMTP = 0


class ConnectionLost(OSError):
    """The server went away, or answered what is no SMTP."""


@dataclass(slots=True)
class Reply:
    """What the server answered to a command."""

    code: int
    raw: bytes

    @property
    def text(self) -> str:
        """Return all of it on one line."""
        return " ".join(self.raw.decode("utf-8", "replace").split())


@dataclass(slots=True)
class Parcel:
    """A message on its way: refused at some command, or with its content on the wire."""

    message: PreparedMessage
    refused_at: str = ""
    refusal: Reply | None = None
    is_content_out: bool = False
    # So many of its commands are not written or not answered.
    open_steps: int = 0

    @property
    def is_settled(self) -> bool:
        """Tell whether nothing of it is outstanding."""
        return not self.open_steps


@dataclass(slots=True)
class Step:
    """A command, to be written or to be answered. Without a parcel its answer tells nothing."""

    command: str
    wire: bytes
    parcel: Parcel | None = None


class SmtpConnection:
    """A connection that is open and logged in. `lost` is for good."""

    def __init__(self, link: smtplib.SMTP, *, timeout: float) -> None:
        self.timeout = timeout
        self.pipelines = link.has_extn("pipelining")
        self._link = link
        self._unwritten: deque[Step] = deque()
        self._unanswered: deque[Step] = deque()
        # What came behind the last whole answer, and answers that nothing waited for yet.
        self._received = b""
        self._replies: deque[Reply] = deque()
        self._last_heard = time.monotonic()

    def fileno(self) -> int:
        """Return what a selector waits for."""
        return self._sock.fileno()

    @property
    def _sock(self) -> socket.socket:
        if self._link.sock is None:
            raise ConnectionLost("The connection is closed.")
        return self._link.sock

    @property
    def is_busy(self) -> bool:
        """Tell whether an answer is outstanding."""
        return bool(self._unanswered)

    @property
    def patience(self) -> float:
        """Return the seconds that are left for the server to answer in."""
        return self._last_heard + self.timeout - time.monotonic()

    @property
    def has_answer(self) -> bool:
        """Tell whether something can be read at once: who came late to read has not been kept waiting."""
        answers = select.poll()
        answers.register(self._sock, select.POLLIN)
        return bool(answers.poll(0))

    def parcels(self) -> list[Parcel]:
        """Return the messages that are not settled, in the order in which they were begun."""
        steps = [*self._unanswered, *self._unwritten]
        return list({id(step.parcel): step.parcel for step in steps if step.parcel}.values())

    def begin(self, message: PreparedMessage) -> None:
        """Write the message's envelope.

        Raises:
            OSError: the connection is lost.
        """
        self._announce(message)
        self._write()

    def hear(self, draw: Callable[[], PreparedMessage | None]) -> Iterator[Parcel]:
        """Read what the server answered and go on; yield the messages that are settled.

        The next message is drawn where its envelope can go with the content of the one before.

        Raises:
            OSError: the connection is lost; `parcels` says what was on its way.
        """
        self._receive()
        while self._unanswered and self._replies:
            if self._replies[0].code == NO_SMTP:
                raise ConnectionLost("The server answers what is no SMTP.")
            step, reply = self._unanswered.popleft(), self._replies.popleft()
            parcel = step.parcel
            if parcel:
                parcel.open_steps -= 1
                is_ordinary = step.command != "DATA" and parcel.refusal is None and 200 <= reply.code < 300
                if not is_ordinary:  # else nothing follows from it
                    self._go_on(step.command, parcel, reply, draw)
                if not parcel.open_steps:
                    yield parcel
            if reply.code == 421:
                raise ConnectionLost(reply.text)
        if self._unwritten:
            self._write()

    def quit(self) -> None:
        """Say goodbye, if anybody listens."""
        with suppress(OSError, smtplib.SMTPException):
            self._link.quit()
        self.drop()

    def drop(self) -> None:
        """Let go of the connection without a word."""
        self._link.close()

    def _announce(self, message: PreparedMessage) -> None:
        parcel = Parcel(message, open_steps=3)
        self._unwritten += [
            Step("MAIL", f"MAIL FROM:<{message.sender}>\r\n".encode(), parcel),
            Step("RCPT", f"RCPT TO:<{message.recipient}>\r\n".encode(), parcel),
            Step("DATA", b"DATA\r\n", parcel),
        ]

    def _go_on(self, command: str, parcel: Parcel, reply: Reply, draw: Callable[[], PreparedMessage | None]) -> None:
        """Take in the answer to a command of a message, and get ready what follows from it."""
        goes_on = reply.code == 354 if command == "DATA" else 200 <= reply.code < 300
        if not goes_on and parcel.refusal is None:
            parcel.refused_at, parcel.refusal = command, reply
            self._forget_unwritten(parcel)
        if command == "DATA" and goes_on:
            self._unwritten.append(_content_of(parcel))
        elif parcel.refusal and not parcel.is_content_out and parcel.is_settled:
            self._unwritten.append(Step("RSET", b"RSET\r\n"))
        if command == "DATA" and self.pipelines:
            following = draw()
            if following:
                self._announce(following)

    def _forget_unwritten(self, parcel: Parcel) -> None:
        kept = deque(step for step in self._unwritten if step.parcel is not parcel)
        parcel.open_steps -= len(self._unwritten) - len(kept)
        self._unwritten = kept

    def _write(self) -> None:
        """Write what may be written: everything, or one command where the server takes one at a time."""
        if self.pipelines:
            steps = list(self._unwritten)
            self._unwritten.clear()
        else:
            steps = [self._unwritten.popleft()] if self._unwritten and not self._unanswered else []
        if not steps:
            return
        for step in steps:
            if step.command == "content" and step.parcel:
                step.parcel.is_content_out = True
        self._unanswered.extend(steps)
        self._last_heard = time.monotonic()
        self._sock.sendall(b"".join([step.wire for step in steps]))

    def _receive(self) -> None:
        sock = self._sock
        received = sock.recv(MOST_AT_ONCE)
        while getattr(sock, "pending", int)():  # what TLS has unpacked already wakes no selector
            received += sock.recv(MOST_AT_ONCE)
        if not received or len(self._received) > LONGEST_REPLY:
            raise ConnectionLost("The server closed the connection.")
        self._last_heard = time.monotonic()
        self._take_in(self._received + received)

    def _take_in(self, received: bytes) -> None:
        """Take the whole replies; one of several lines ends with the line whose code no hyphen follows."""
        *lines, self._received = received.split(b"\n")
        begun = b""
        for line in lines:
            if line[:4] in SHORT_REPLIES and not begun:
                self._replies.append(Reply(SHORT_REPLIES[line[:4]], line))
                continue
            if not line[:3].isdigit():
                # In its turn, for what came before it is an answer.
                self._replies.append(Reply(NO_SMTP, line))
                return
            begun = begun + b"\n" + line if begun else line
            if line[3:4] != b"-":
                self._replies.append(Reply(int(begun[:3]), begun))
                begun = b""
        if begun:
            self._received = begun + b"\n" + self._received


def _content_of(parcel: Parcel) -> Step:
    """Return the content. A server that waits for that of a message it refused gets an empty one."""
    if parcel.refusal:
        return Step("nothing", b".\r\n")
    parcel.open_steps += 1
    return Step("content", on_the_wire(parcel.message.mail), parcel)


def on_the_wire(content: bytes) -> bytes:
    """Return the content with CRLF line ends, dots doubled at line starts, and the end mark (RFC 5321 §4.5.2)."""
    if isinstance(content, WireMail):
        return content + b".\r\n"
    lines, ends = content, content.count(b"\r\n")
    if content.count(b"\n") != ends or content.count(b"\r") != ends:
        lines = LINE_END.sub(b"\r\n", lines)
    if lines.startswith(b".") or b"\n." in lines:
        lines = LEADING_DOT.sub(b"..", lines)
    return (lines if lines.endswith(b"\r\n") else lines + b"\r\n") + b".\r\n"
