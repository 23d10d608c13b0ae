"""A mail relay that speaks SMTP with PIPELINING (RFC 2920), unless it is told not to."""

import threading
import time
from socketserver import StreamRequestHandler, ThreadingTCPServer

from campaigns.gateways.base import PreparedMessage
from campaigns.models import ChannelAccount
from tests.loopback.provider import Mishap, Provider, register

BAD_RECIPIENT = "nobody@example.com"
CONTENT = b"Subject: hello\r\n\r\nhello\r\n.a line that begins with a dot\r\n"
AT_MAIL = {Mishap.UNAVAILABLE: "421 4.3.2 closing", Mishap.LOCKED_OUT: "535 5.7.8 refused"}
AT_RECIPIENT = {
    Mishap.RATE_LIMITED: "451 4.7.1 slow down",
    Mishap.RATE_LIMITED_FOR_HOW_LONG: "450 4.7.0 slow down",
    Mishap.BROKEN: "451 4.3.0 internal error",
}


@register
class SmtpRelay(Provider):
    """Takes one mishap a message. `sessions` counts connections; one that is silent for `idle_seconds` is closed."""

    gateway = "smtp"
    never = frozenset({Mishap.BROKEN_AFTERWARDS})  # a relay that says 4xx has not taken it
    offers_pipelining = True

    def __init__(self) -> None:
        super().__init__()
        self.sessions = 0
        self.connections = 1
        self.idle_seconds = 30.0
        self.bodies: list[bytes] = []
        self.at_content: dict[int, str] = {}
        self.lock = threading.Lock()
        self.server = _Server(("127.0.0.1", 0), _handler_of(self))

    def __enter__(self) -> "SmtpRelay":
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def account(self) -> ChannelAccount:
        options = {
            "host": "127.0.0.1",
            "port": self.server.server_address[1],
            "timeout": self.timeout,
            "connections": self.connections,
        }
        return ChannelAccount(pk=1, channel="email", gateway="smtp", settings=options)

    def message(self, number: int, *, is_bad: bool = False) -> PreparedMessage:
        recipient = BAD_RECIPIENT if is_bad else f"r{number}@example.com"
        content = f"X-Dangol-Message: {number}\r\n".encode() + CONTENT
        return PreparedMessage(number, 1, "shop@example.com", recipient, content)


class _Server(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def _handler_of(relay: SmtpRelay) -> type[StreamRequestHandler]:
    class Handler(StreamRequestHandler):
        disable_nagle_algorithm = True  # else each answer waits 40 ms for the caller to acknowledge the one before

        def setup(self) -> None:
            self.timeout = relay.idle_seconds
            super().setup()

        def handle(self) -> None:
            with relay.lock:
                relay.sessions += 1
            self.mishap: Mishap | None = None
            self.is_refused = False
            self.say("220 relay")
            try:
                while line := self.rfile.readline():
                    if not self.obey(line.decode().strip()):
                        break
            except OSError:  # whoever asked has hung up, or says nothing
                pass

        def say(self, *lines: str) -> None:
            self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())

        def obey(self, command: str) -> bool:
            verb = command[:4].upper()
            if verb == "EHLO":
                self.say("250-relay", *(["250-PIPELINING"] if relay.offers_pipelining else []), "250 8BITMIME")
            elif verb == "MAIL":
                return self.mail()
            elif verb == "RCPT":
                self.recipient(command)
            elif verb == "DATA":
                return self.data()
            else:
                self.say("221 bye" if verb == "QUIT" else "250 fine")
            return verb != "QUIT"

        def mail(self) -> bool:
            with relay.lock:
                self.mishap = relay.mishaps.popleft() if relay.mishaps else None
            self.is_refused = False
            self.say(AT_MAIL.get(self.mishap, "250 sender fine"))
            return self.mishap is not Mishap.UNAVAILABLE

        def recipient(self, command: str) -> None:
            reply = AT_RECIPIENT.get(self.mishap, "250 recipient fine")
            if BAD_RECIPIENT in command:
                reply = "550 5.1.1 no such user"
            self.is_refused = not reply.startswith("250") or self.mishap in AT_MAIL
            self.say(reply if self.mishap not in AT_MAIL else "503 who are you?")

        def data(self) -> bool:
            if self.is_refused:
                self.say("554 5.5.1 no valid recipients")
                return True
            if self.mishap is Mishap.HANGS_UP:
                return False
            self.say("354 go on")
            return self.content()

        def content(self) -> bool:
            lines = []
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
            if line == b"":
                return False
            number = int(lines[0].partition(b":")[2])
            refusal = relay.at_content.get(number)
            if refusal is None:
                with relay.lock:
                    relay.accepted.append(number)
                    relay.bodies.append(b"".join(lines))
            if self.mishap is Mishap.SLOW:
                time.sleep(relay.lost_patience_seconds * 2)
            if self.mishap is Mishap.ACCEPTS_AND_HANGS_UP:
                return False
            self.say(refusal or ("777 whatever" if self.mishap is Mishap.NONSENSE else "250 2.0.0 taken"))
            return True

    return Handler
