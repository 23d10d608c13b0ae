"""Pixels without a parser, a task and a scope for each: what a server makes for any request costs more than this one.

uvicorn is given this protocol by `--http`. It keeps connections and comes to an end as uvicorn's own does, and leaves
to that one, and so to the application's coroutine, whatever is not simply a good pixel asked for by GET. Other than
uvicorn's it ends a connection over which nothing comes, or a request that has no end.
"""

import asyncio
import re
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from campaigns.tracking.appending import Recorded

Headers = list[tuple[bytes, bytes]]

# A whole request as mail programs and proxies write it, with no word about a body or an end of the connection. A proxy
# and uvicorn's parser can read nothing else out of it; where they might, as of a line that another one goes on, it
# does not match. Its groups: token, user agent, forwarded for.
VALUE = rb"[^\x00-\x08\n-\x1f\x7f]*+"
NOT_SIMPLE = rb"(?:proxy-)?connection|content-length|expect|transfer-encoding|upgrade|user-agent|x-forwarded-for"
HEADERS = (
    rb"[Uu]ser-[Aa]gent:[ \t]*(%b)" % VALUE,
    rb"(?(3)(?!))[Xx]-[Ff]orwarded-[Ff]or:[ \t]*(%b)" % VALUE,  # only one: uvicorn joins several
    rb"[ABDF-OQRSVWYZabdf-oqrsvwyz][A-Za-z0-9_-]*:%b" % VALUE,  # none of `NOT_SIMPLE` begins so
    rb"(?!(?i:%b):)[A-Za-z0-9_-]+:%b" % (NOT_SIMPLE, VALUE),
    rb"(?i:connection:[ \t]*keep-alive)",
)
PIXEL_REQUEST = re.compile(
    rb"GET /o/([A-Za-z0-9_-]+)\.gif(?:\?[!-~]*)? HTTP/1\.1\r\n(?:(?:%b)\r\n)*+\r\n" % b"|".join(HEADERS)
)
LONGEST_REQUEST = 4_096
# So long a request may take to arrive, and so many bytes after those it began with.
SECONDS_TO_ARRIVE, LONGEST_REST = 10, 65_536


class PixelCycle:
    """A request and its answer, as far as uvicorn asks for them; those of a connection one after the other."""

    # Nobody waits for it.
    message_event = asyncio.Event()

    def __init__(self) -> None:
        """Begin with nothing to answer."""
        self.response_complete = True
        self.disconnected = False
        self.keep_alive = True
        self.more_body = False
        self.body = bytearray()


class ReadyAnswers:
    """Answers as they go over the line, made anew when uvicorn's own headers are: each second, for the date."""

    def __init__(self) -> None:
        """Begin with none."""
        self._headers: Headers = []
        self._ready: dict[int, bytes] = {}

    def of(self, status: int, headers: Headers, body: bytes, *, own: Headers) -> bytes:
        """Return the answer with this status, of which there is one, with uvicorn's own headers."""
        if own is not self._headers:
            self._headers, self._ready = own, {}
        ready = self._ready.get(status)
        if ready is None:
            ready = self._ready[status] = as_sent(status, [*own, *headers], body)
        return ready


class PixelProtocol(HttpToolsProtocol):
    """One connection."""

    # uvicorn's, or the `PixelCycle`.
    cycle: Any
    # Whether uvicorn's parser has begun to read a request.
    is_reading = False
    # When that one began, and what came of it afterwards.
    begun_at = 0.0
    rest = 0
    answered_at = 0.0
    ready_answers = ReadyAnswers()

    def __init__(self, *given: Any, **named: Any) -> None:
        """Begin with nothing asked."""
        super().__init__(*given, **named)
        self.pixel_cycle = PixelCycle()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._wait_for_more(self.timeout_keep_alive)

    def data_received(self, data: bytes) -> None:
        """Have the hit written, and answer then; or leave what came to uvicorn."""
        asked = PIXEL_REQUEST.fullmatch(data) if len(data) <= LONGEST_REQUEST and self._is_free() else None
        if asked and self.app.opened(*asked.groups(b""), self.client, self._answer):
            self.cycle = self.pixel_cycle
            self.cycle.response_complete = False
        else:
            self.rest += len(data)
            super().data_received(data)
            self._limit_reading()

    def on_message_begin(self) -> None:
        """Note that a request begins."""
        self.is_reading, self.begun_at, self.rest = True, self.loop.time(), 0
        super().on_message_begin()

    def on_message_complete(self) -> None:
        """Note that all of it was read."""
        self.is_reading = False
        super().on_message_complete()

    def timeout_keep_alive_handler(self) -> None:
        """Close the connection, but not where pixels were asked for meanwhile: none of them sets a timer of its own."""
        left = self.answered_at + self.timeout_keep_alive - self.loop.time()
        if left > 0 or not self.pixel_cycle.response_complete:
            self._wait_for_more(max(left, 1))
        else:
            super().timeout_keep_alive_handler()

    @property
    def _is_idle(self) -> bool:
        """Tell whether every request that was read is answered."""
        return self.cycle is None or self.cycle.response_complete

    def _is_free(self) -> bool:
        """Tell whether what comes begins a request that can be answered at once, to a caller who reads."""
        return self._is_idle and not self.is_reading and not self.flow.write_paused

    def _limit_reading(self) -> None:
        """End the connection where a request is too long; else begin to wait for the rest of it, or for the next."""
        if self.transport.is_closing() or self.timeout_keep_alive_task:
            return
        if self.is_reading and self.rest > LONGEST_REST:
            self.transport.close()
        elif self.is_reading:
            self._wait_for_more(max(self.begun_at + SECONDS_TO_ARRIVE - self.loop.time(), 0))
        elif self._is_idle:
            self._wait_for_more(self.timeout_keep_alive)

    def _answer(self, outcome: Recorded | Exception | None) -> None:
        """Answer the pixel."""
        self.pixel_cycle.response_complete = True
        if self.transport.is_closing():
            return
        answer = self.app.after(outcome)
        told = answer.start["status"], answer.start["headers"], answer.body["body"]
        own = self.server_state.default_headers
        if self.pixel_cycle.keep_alive:
            self.transport.write(self.ready_answers.of(*told, own=own))
        else:
            self.transport.write(as_sent(told[0], [*own, (b"connection", b"close"), *told[1]], told[2]))
            self.transport.close()
        self._go_on()

    def _go_on(self) -> None:
        if self.cycle is not self.pixel_cycle:  # another request was sent ahead
            self.on_response_complete()
            return
        self.server_state.total_requests += 1
        self.answered_at = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._wait_for_more(self.timeout_keep_alive)

    def _wait_for_more(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)


def as_sent(status: int, headers: Headers, body: bytes) -> bytes:
    """Return an answer as it goes over the line."""
    lines = [b"HTTP/1.1 %d %b" % (status, HTTPStatus(status).phrase.encode()), *[b"%b: %b" % each for each in headers]]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body
