"""A stand-in that speaks HTTP: a real server on a real socket, in a thread of the test."""

import json
import threading
import time
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.loopback.provider import Mishap, Provider


@dataclass(frozen=True)
class Call:
    """What came in."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict:
        return json.loads(self.body or b"{}")


@dataclass(frozen=True)
class Reply:
    """What goes out; as JSON where `said` is not bytes."""

    status: int = 200
    said: object = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> bytes:
        return self.said if isinstance(self.said, bytes) else json.dumps(self.said).encode()


class Listener(ThreadingHTTPServer):
    """Holds many callers at once in its queue: gateways open several connections together."""

    request_queue_size = 128


class HttpProvider(Provider):
    """Answers calls; those for sending go wrong as told."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self.lock = threading.Lock()
        self.server = Listener(("127.0.0.1", 0), _handler_of(self))
        self.server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self) -> "HttpProvider":
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    @abstractmethod
    def is_sending(self, call: Call) -> bool:
        """Tell whether the call hands over messages."""

    @abstractmethod
    def answer(self, call: Call, mishap: Mishap | None) -> Reply:
        """Do what is asked and answer; of mishaps only NONSENSE and LOCKED_OUT are left to it."""

    def heard(self, call: Call) -> Reply | None:
        """Answer a call, well or badly; None hangs up."""
        with self.lock:
            self.calls.append(call)
            mishap = self.mishaps.popleft() if self.mishaps and self.is_sending(call) else None
        refused = self._refused(mishap)
        if refused is not None or mishap is Mishap.HANGS_UP:
            return refused
        with self.lock:
            reply = self.answer(call, mishap)
        if mishap is Mishap.SLOW:
            time.sleep(self.lost_patience_seconds * 2)
        if mishap is Mishap.BROKEN_AFTERWARDS:
            return Reply(500, b"Internal Server Error")
        return None if mishap is Mishap.ACCEPTS_AND_HANGS_UP else reply

    def _refused(self, mishap: Mishap | None) -> Reply | None:
        replies = {
            Mishap.RATE_LIMITED: Reply(429, headers={"Retry-After": str(int(self.rest_seconds))}),
            Mishap.RATE_LIMITED_FOR_HOW_LONG: Reply(429),
            Mishap.BROKEN: Reply(500, b"Internal Server Error"),
            Mishap.UNAVAILABLE: Reply(503, b"Service Unavailable"),
        }
        return replies.get(mishap) if mishap else None


def _handler_of(provider: HttpProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else a body waits 40 ms for the caller to acknowledge its head

        def handle_call(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            reply = provider.heard(Call(self.command, self.path, dict(self.headers.items()), body))
            if reply is None:
                self.close_connection = True
                return
            self._say(reply)

        do_GET = do_POST = do_PUT = do_DELETE = handle_call

        def _say(self, reply: Reply) -> None:
            content = reply.body()
            try:
                self.send_response(reply.status)
                for name, value in {"Content-Length": str(len(content)), **reply.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)
            except OSError:  # whoever asked has hung up meanwhile
                self.close_connection = True

        def log_message(self, *_arguments: object) -> None:
            pass

    return Handler
