"""Pixels without a task and a scope for each: what a server makes for any request costs more than answering this one.

uvicorn is given this protocol by `--http`. It keeps connections, reads HTTP and comes to an end as uvicorn's own does,
and leaves to that one, and so to the application's coroutine, whatever is not simply a good pixel asked for by GET.
"""

import asyncio
import re
from functools import lru_cache, partial
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from campaigns.tracking.appending import Recorded

PIXEL_URL = re.compile(rb"/o/([A-Za-z0-9_-]+)\.gif(?:\?.*)?")


class PixelCycle:
    """A request and its answer, as far as uvicorn asks for them."""

    # Nobody waits for it.
    message_event = asyncio.Event()

    def __init__(self) -> None:
        """Begin with nothing answered."""
        self.response_complete = False
        self.disconnected = False
        self.keep_alive = True
        self.more_body = True
        self.body = bytearray()


class PixelProtocol(HttpToolsProtocol):
    """One connection."""

    # uvicorn's, or a `PixelCycle`.
    cycle: Any

    def on_headers_complete(self) -> None:
        """Have the hit written, and answer then; or leave the request to uvicorn."""
        url = PIXEL_URL.fullmatch(self.url)
        written = self._written(url[1]) if url and self._is_simple() else None
        if written is None:
            super().on_headers_complete()
            return
        self.cycle = cycle = PixelCycle()
        written.add_done_callback(partial(self._answer, cycle))

    def _is_simple(self) -> bool:
        """Tell whether it is a GET to be answered now, over a connection that stays and whose caller reads."""
        is_idle = self.cycle is None or self.cycle.response_complete
        is_kept = self.parser.get_http_version() == "1.1" and self.parser.should_keep_alive()
        return is_idle and is_kept and self.parser.get_method() == b"GET" and not self.flow.write_paused

    def _written(self, token: bytes) -> asyncio.Future[Recorded | None] | None:
        return self.app.opened(token.decode("ascii"), self.headers, self.client)

    def _answer(self, cycle: PixelCycle, written: asyncio.Future[Recorded | None]) -> None:
        """Answer it; by now `self.cycle` may be another one, which was sent ahead."""
        answer = self.app.after(written)
        cycle.response_complete = True
        if cycle.disconnected or self.transport.is_closing():
            return
        more = self.server_state.default_headers
        if not cycle.keep_alive:
            more = [*more, (b"connection", b"close")]
        self.transport.write(_as_sent(answer.start["status"], (*more, *answer.start["headers"]), answer.body["body"]))
        if not cycle.keep_alive:
            self.transport.close()
        self.on_response_complete()


@lru_cache(maxsize=16)
def _as_sent(status: int, headers: tuple[tuple[bytes, bytes], ...], body: bytes) -> bytes:
    """Return the answer as it goes over the line; for a second all of them are the same."""
    lines = [b"HTTP/1.1 %d %b" % (status, HTTPStatus(status).phrase.encode()), *[b"%b: %b" % each for each in headers]]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body
