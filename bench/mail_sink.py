"""A mail server that takes everything and keeps nothing: `python -m bench.mail_sink [MILLISECONDS]`, with PIPELINING.

Each answer leaves so many milliseconds after what it answers came in, as over a long line. It prints its port; then,
for every line on its standard input, a line of JSON about what it took since the line before: how many mails, to how
many recipients, in how many sessions, and when, in seconds of `time.monotonic`.

Sockets and a loop of its own: what a server library costs for each mail is more than the whole of this.
"""

import json
import select
import socket
import sys
import time
from collections import deque
from contextlib import suppress

GREETING = b"220 sink\r\n"
CAPABILITIES = b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n"
FINE, GO_ON, BYE = b"250 fine\r\n", b"354 go on\r\n", b"221 bye\r\n"
END = b"\r\n.\r\n"
MOST_AT_ONCE = 262_144


class Taken:
    """What came since somebody asked."""

    def __init__(self) -> None:
        self.sessions = 0
        self.recipients: set[bytes] = set()
        self.moments: list[float] = []

    def told(self) -> str:
        """Return it as JSON and begin anew."""
        said = {
            "mails": len(self.moments),
            "recipients": len(self.recipients),
            "sessions": self.sessions,
            "moments": self.moments[:: max(1, len(self.moments) // 20_000)],
        }
        self.__init__()  # type: ignore[misc]
        return json.dumps(said)


class Session:
    """One client."""

    def __init__(self, line: socket.socket, taken: Taken) -> None:
        self.line = line
        self.taken = taken
        self.received = b""
        self.is_in_content = False

    def obey(self, data: bytes) -> bytes:
        """Obey every whole command; return the answers to all of them."""
        self.received += data
        answers: list[bytes] = []
        while self.content(answers) if self.is_in_content else self.command(answers):
            pass
        return b"".join(answers)

    def content(self, answers: list[bytes]) -> bool:
        """Skip the content; tell whether its end has come. There is one end at most: the next content waits for us."""
        end = self.received.rfind(END)
        if end < 0:
            return False
        self.received = self.received[end + len(END) :]
        self.is_in_content = False
        self.taken.moments.append(time.monotonic())
        answers.append(FINE)
        return True

    def command(self, answers: list[bytes]) -> bool:
        """Answer the next command, if it is whole."""
        line, found, rest = self.received.partition(b"\r\n")
        if not found:
            return False
        self.received = rest
        verb = line[:4].upper()
        if verb == b"DATA":
            self.is_in_content = True
            answers.append(GO_ON)
        elif verb == b"EHLO":
            answers.append(CAPABILITIES)
        else:
            if verb == b"RCPT":
                self.taken.recipients.add(line)
            answers.append(BYE if verb == b"QUIT" else FINE)
        return True


class Sink:
    """The server: clients, and the answers that leave later."""

    def __init__(self, delay: float) -> None:
        self.delay = delay
        self.taken = Taken()
        self.sessions: dict[int, Session] = {}
        self.late: deque[tuple[float, Session, bytes]] = deque()
        self.door = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.poll = select.poll()
        self.poll.register(self.door, select.POLLIN)
        self.poll.register(sys.stdin, select.POLLIN)

    def serve(self) -> None:
        """Listen until standard input ends."""
        print(self.door.getsockname()[1], flush=True)
        while True:
            for number, _event in self.poll.poll(self._patience()):
                if number in self.sessions:
                    self._hear(self.sessions[number])
                elif number == self.door.fileno():
                    self._greet(self.door.accept()[0])
                elif sys.stdin.readline():
                    print(self.taken.told(), flush=True)
                else:
                    return
            self._say_what_is_due()

    def _greet(self, line: socket.socket) -> None:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sessions[line.fileno()] = session = Session(line, self.taken)
        self.poll.register(line, select.POLLIN)
        self.taken.sessions += 1
        self._say(session, GREETING)

    def _hear(self, session: Session) -> None:
        try:
            data = session.line.recv(MOST_AT_ONCE)
        except ConnectionError:
            data = b""
        if data:
            self._say(session, session.obey(data))
        else:
            del self.sessions[session.line.fileno()]
            self.poll.unregister(session.line)
            session.line.close()

    def _say(self, session: Session, answer: bytes) -> None:
        """Write, late where it shall be late."""
        if self.delay:
            self.late.append((time.monotonic() + self.delay, session, answer))
        else:
            _write(session, answer)

    def _say_what_is_due(self) -> None:
        while self.late and self.late[0][0] <= time.monotonic():
            _due, session, answer = self.late.popleft()
            _write(session, answer)

    def _patience(self) -> float | None:
        """Return after how many milliseconds the next late answer is due; None: there is none."""
        return max(0.0, self.late[0][0] - time.monotonic()) * 1_000 if self.late else None


def _write(session: Session, answer: bytes) -> None:
    with suppress(OSError):  # whoever left wants no answer
        session.line.sendall(answer)


if __name__ == "__main__":
    Sink(float(sys.argv[1]) / 1_000 if sys.argv[1:] else 0.0).serve()
