"""Pixel and click as an ASGI application of their own, without Django's request stack, for hosts that take the load.

It answers as `views` do, a good hit only after it was committed (`group_commit`). `crm_project/tracking_asgi.py` is
what a server is given; docs/production.md says how.
"""

import logging
import math
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.encoding import iri_to_uri

from campaigns import links
from campaigns.models import Hit
from campaigns.tracking import answers
from campaigns.tracking.appending import Asked, Caller, Recorded
from campaigns.tracking.flood_gate import FloodGate, seconds_to_wait
from campaigns.tracking.group_commit import GroupCommit, NotWrittenError, OverloadedError
from campaigns.tracking.hit_writer import HitWriter, limit_waiting
from crm_project import short_tokens
from crm_project.client_address import address_of

logger = logging.getLogger(__name__)
Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
HeaderList = list[tuple[bytes, bytes]]

PIXEL_PATH = re.compile(r"/o/([^/]+)\.gif")
CLICK_PATH = re.compile(rf"/c/([^/]+)|/({short_tokens.SHAPE.pattern})")
# What an address of a pixel may hold; `links.CLICKED` is what one for clicks may.
OPENED = (Hit.Kind.OPEN,)
METHODS = ("GET", "HEAD")
SECURED = {"X-Content-Type-Options": "nosniff"}
# Each header costs the server as much as reading a token does, so a picture and a redirect do without these.
PAGE_SECURED = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
}


class Answer(NamedTuple):
    """What leaves, as the server is told: status and headers, then the body."""

    start: Message
    body: Message


def _answer(status: int, body: bytes = b"", **headers: str) -> Answer:
    """Return an answer with what all of them have; names of headers have _ for -."""
    own = {name.replace("_", "-"): value for name, value in headers.items()}
    if status != HTTPStatus.NO_CONTENT:
        own["Content-Length"] = str(len(body))
    sent = [*_as_bytes(own), *_always()]
    return Answer(
        {"type": "http.response.start", "status": status, "headers": sent},
        {"type": "http.response.body", "body": body},
    )


@cache
def _always() -> HeaderList:
    always = answers.NOT_KEPT | SECURED
    if settings.SECURE_HSTS_SECONDS:
        always["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains; preload"
    return _as_bytes(always)


def _as_bytes(headers: Mapping[str, str]) -> HeaderList:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


class Commits:
    """Groups of opens, and groups of clicks: either is written by a statement of its own."""

    def __init__(self) -> None:
        """Begin where an event loop runs."""
        limit_waiting()
        self.writer = HitWriter()
        self.opens: GroupCommit[Asked, Recorded | None] = GroupCommit(self.writer.write)
        self.clicks: GroupCommit[Asked, Recorded | None] = GroupCommit(self.writer.write)

    def of(self, kinds: Sequence[Hit.Kind]) -> GroupCommit[Asked, Recorded | None]:
        """Return the groups of what an address for these kinds is asked for."""
        return self.opens if kinds is OPENED else self.clicks

    async def drain(self) -> None:
        """Return once all that was asked for is written; take no more before."""
        await self.opens.drain()
        await self.clicks.drain()
        await self.writer.close()


class LeanApplication:
    """Takes requests for `/o/…`, `/c/…` and short links, and for `/healthz`; anything else is not found."""

    def __init__(self) -> None:
        """Prepare the answers that are always the same."""
        self.flood_gate = FloodGate()
        self.commits: Commits | None = None
        self.pixel = _answer(200, answers.PIXEL, Content_Type=answers.PIXEL_TYPE)
        self.trapped = _answer(204)
        self.overloaded = _answer(503, Retry_After=str(answers.RETRY_AFTER))
        self.wrong_method = _answer(405, Allow=", ".join(METHODS))
        self.healthy = _answer(200, b'{"ok": true}', Content_Type="application/json")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or start and end with the server."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        start, body = await self._answered(scope)
        await send(start)
        await send(body)

    def opened(
        self,
        token: bytes,
        agent: bytes,
        forwarded: bytes,
        client: tuple[str, int] | None,
        then: Callable[[Recorded | Exception | None], None],
    ) -> bool:
        """Have the hit of a pixel that was asked for by GET written, and call `then` with what came of it.

        Return whether it will be; otherwise the coroutine has to answer.
        """
        read = links.read(token.decode("ascii"))
        if read is None or read.kind not in OPENED:
            return False
        caller = _caller("GET", agent, forwarded, client)
        if not self.flood_gate.lets_pass(caller.address):
            return False
        try:
            self._commits_of(OPENED).write(Asked(read, caller, datetime.now(UTC)), then)
        except OverloadedError:
            return False
        return True

    def after(self, outcome: Recorded | Exception | None) -> Answer:
        """Return the answer to a pixel that `opened` had written, or could not."""
        return self._refused(outcome) if isinstance(outcome, Exception) else self.pixel

    async def _answered(self, scope: Scope) -> Answer:
        """Return the answer; a fault of ours is told as such, so that the caller may come again."""
        try:
            return await self._hit(scope)
        except (OverloadedError, NotWrittenError) as error:
            return self._refused(error)

    def _refused(self, error: Exception) -> Answer:
        if isinstance(error, NotWrittenError):
            logger.warning("A hit could not be written: %r", error.__cause__)
        return self.overloaded

    async def _hit(self, scope: Scope) -> Answer:
        path = scope["path"]
        pixel = PIXEL_PATH.fullmatch(path)
        click = None if pixel else CLICK_PATH.fullmatch(path)
        if not pixel and not click:
            return self.healthy if path == "/healthz" else self._not_found()
        if scope["method"] not in METHODS:
            return self.wrong_method
        caller = _caller(scope["method"], *_said(scope["headers"]), scope.get("client"))
        if not self.flood_gate.lets_pass(caller.address):
            return _answer(429, Retry_After=str(math.ceil(seconds_to_wait())))
        if click:
            return self._led_on(await self._recorded(click[1] or click[2], links.CLICKED, caller))
        if pixel:
            await self._recorded(pixel[1], OPENED, caller)
        return self.pixel

    def _led_on(self, recorded: Recorded | None) -> Answer:
        if recorded is None:
            return self._not_found()
        return _answer(302, Location=iri_to_uri(recorded.url)) if recorded.url else self.trapped

    async def _recorded(self, text: str, kinds: Sequence[Hit.Kind], caller: Caller) -> Recorded | None:
        token = links.read(text)
        if token is None or token.kind not in kinds:
            return None
        return await self._commits_of(kinds).written(Asked(token, caller, datetime.now(UTC)))

    def _commits_of(self, kinds: Sequence[Hit.Kind]) -> GroupCommit[Asked, Recorded | None]:
        if self.commits is None:
            self.commits = Commits()
        return self.commits.of(kinds)

    def _not_found(self) -> Answer:
        return _answer(404, answers.page_not_found(), Content_Type=answers.PAGE_TYPE, **PAGE_SECURED)

    async def _live(self, receive: Receive, send: Send) -> None:
        """Follow the server's life: at its end all that was asked for is written."""
        while (await receive())["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        if self.commits:
            await self.commits.drain()
        await send({"type": "lifespan.shutdown.complete"})


def _said(headers: HeaderList) -> tuple[bytes, bytes]:
    """Return the user agent and all that the caller was forwarded for."""
    agent, forwarded = b"", b""
    for name, value in headers:
        if name == b"user-agent":
            agent = value
        elif name == b"x-forwarded-for":
            forwarded = forwarded + b"," + value if forwarded else value
    return agent, forwarded


def _caller(method: str, agent: bytes, forwarded: bytes, client: tuple[str, int] | None) -> Caller:
    address = address_of(forwarded.decode("latin-1"), connected_from=client[0] if client else "")
    return Caller(method, agent.decode("latin-1"), address)
