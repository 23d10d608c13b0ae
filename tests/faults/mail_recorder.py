"""A mail server that remembers what it answered for, and when; quick enough for tens of thousands of mails."""

import asyncio
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

END = b"\r\n.\r\n"


@dataclass(frozen=True, slots=True)
class Accepted:
    """A mail whose content was taken, at a moment of `time.time`, before the answer went out."""

    recipient: str
    at: float


class MailRecorder:
    """Listens on the loopback address in a thread of its own.

    `answer_after` seconds lie between taking a mail and saying so: a worker killed in them leaves an unknown message.
    `refuses` may return a refusal for a recipient and how often it was tried; `forgets` tells whose mail is taken and
    never answered for.
    """

    def __init__(self, *, answer_after: float = 0.004) -> None:
        self.accepted: list[Accepted] = []
        self.tried: Counter[str] = Counter()
        self.answer_after = answer_after
        self.refuses: Callable[[str, int], str] = lambda _recipient, _tried: ""
        self.forgets: Callable[[str], bool] = lambda _recipient: False
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._loop = asyncio.new_event_loop()

    def __enter__(self) -> "MailRecorder":
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)

    def times_received(self) -> Counter[str]:
        """Return how often each recipient got a mail."""
        return Counter(each.recipient for each in list(self.accepted))

    def _listen(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._loop.create_server(lambda: Session(self), sock=self._socket))
        self._loop.run_forever()


class Session(asyncio.Protocol):
    """One client, whose commands are answered in order, also when many come at once (RFC 2920)."""

    def __init__(self, recorder: MailRecorder) -> None:
        self.recorder = recorder
        self.received = b""
        self.recipient = ""
        self.is_in_content = False
        self.is_waiting = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self._say("220 recorder")

    def data_received(self, data: bytes) -> None:
        self.received += data
        self._go_on()

    def _go_on(self) -> None:
        while not self.is_waiting and (self._content() if self.is_in_content else self._command()):
            pass

    def _content(self) -> bool:
        _content, found, rest = self.received.partition(END)
        if not found:
            return False
        self.received, self.is_in_content = rest, False
        self.recorder.accepted.append(Accepted(self.recipient, time.time()))
        self.is_waiting = True  # for ever, where the answer is forgotten
        if not self.recorder.forgets(self.recipient):
            asyncio.get_running_loop().call_later(self.recorder.answer_after, self._taken)
        return False

    def _taken(self) -> None:
        self.is_waiting = False
        self._say("250 taken")
        self._go_on()

    def _command(self) -> bool:
        line, found, rest = self.received.partition(b"\r\n")
        if not found:
            return False
        self.received = rest
        verb = line[:4].upper().decode("ascii", "replace")
        answer = {"EHLO": "250-recorder\r\n250 PIPELINING", "QUIT": "221 bye", "DATA": self._data(verb)}
        self._say(self._recipient(line) if verb == "RCPT" else answer.get(verb, "250 fine"))
        return True

    def _data(self, verb: str) -> str:
        if verb == "DATA" and self.recipient:
            self.is_in_content = True
            return "354 go on"
        return "503 no recipient"

    def _recipient(self, line: bytes) -> str:
        recipient = line.partition(b"<")[2].partition(b">")[0].decode()
        self.recorder.tried[recipient] += 1
        refusal = self.recorder.refuses(recipient, self.recorder.tried[recipient])
        self.recipient = "" if refusal else recipient
        return refusal or "250 fine"

    def _say(self, words: str) -> None:
        self.transport.write(words.encode() + b"\r\n")
