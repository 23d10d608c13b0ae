"""A mail server that takes everything and keeps nothing: `python -m bench.mail_sink [MILLISECONDS]`, with PIPELINING.

Each answer leaves so many milliseconds after what it answers came in, as over a long line. It prints its port; then,
for every line on its standard input, a line of JSON about what it took since the line before: how many mails, to how
many recipients, in how many sessions, and when, in seconds of `time.monotonic`.
"""

import asyncio
import json
import sys
import time

GREETING = b"220 sink\r\n"
CAPABILITIES = b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n"
FINE, GO_ON, BYE = b"250 fine\r\n", b"354 go on\r\n", b"221 bye\r\n"
END = b"\r\n.\r\n"


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


class Session(asyncio.Protocol):
    """One client."""

    def __init__(self, taken: Taken, delay: float) -> None:
        self.taken = taken
        self.delay = delay
        self.received = b""
        self.is_in_content = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self.transport = transport
        self.taken.sessions += 1
        self.say(GREETING)

    def data_received(self, data: bytes) -> None:
        """Obey every whole command, and answer all of them in one piece."""
        self.received += data
        answers: list[bytes] = []
        while self.content(answers) if self.is_in_content else self.command(answers):
            pass
        if answers:
            self.say(b"".join(answers))

    def content(self, answers: list[bytes]) -> bool:
        """Skip the content; tell whether its end has come."""
        end = self.received.find(END)
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

    def say(self, answer: bytes) -> None:
        """Write, late where it shall be late."""
        if self.delay:
            asyncio.get_running_loop().call_later(self.delay, self.transport.write, answer)
        else:
            self.transport.write(answer)


async def serve(delay: float) -> None:
    """Listen until standard input ends."""
    taken = Taken()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Session(taken, delay), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(taken.told(), flush=True)


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1]) / 1_000 if sys.argv[1:] else 0.0))
