"""Which requests are answered without a parser, and that the connection goes on as by uvicorn's own protocol."""

import asyncio
from collections.abc import Callable
from typing import Any
from unittest.mock import Mock

import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from campaigns.tracking import pixel_protocol
from campaigns.tracking.appending import OPENED
from campaigns.tracking.group_commit import NotWrittenError
from campaigns.tracking.lean_application import LeanApplication
from campaigns.tracking.pixel_protocol import PIXEL_REQUEST, PixelProtocol

LINE, END = b"GET /o/Abc_-9.gif HTTP/1.1\r\n", b"\r\n"
HOST = b"Host: shop.example\r\n"
PIXEL = LINE + HOST + b"User-Agent: Mozilla/5.0\r\nX-Forwarded-For: 203.0.113.9\r\n" + END
Then = Callable[[Any], None]


class Lean(LeanApplication):
    """Takes every pixel, and has it written when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[bytes, bytes, bytes]] = []
        self.waiting: list[Then] = []

    def opened(self, token: bytes, agent: bytes, forwarded: bytes, client: Any, then: Then) -> bool:
        self.asked.append((token, agent, forwarded))
        self.waiting.append(then)
        return True

    def write(self, outcome: object = OPENED) -> None:
        self.waiting.pop(0)(outcome)


class Connection:
    """A connection to it, and what went over the line."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.lean = Lean()
        config = Config(self.lean, lifespan="off", access_log=False)
        config.load()
        config.loaded_app = self.lean
        self.protocol = PixelProtocol(config, ServerState(), {}, loop)
        self.transport = Mock()
        self.transport.is_closing.return_value = False
        self.transport.get_extra_info.return_value = None
        self.protocol.connection_made(self.transport)

    @property
    def said(self) -> bytes:
        return b"".join(call.args[0] for call in self.transport.write.call_args_list)


@pytest.fixture
def connection() -> Any:
    loop = asyncio.new_event_loop()
    yield Connection(loop)
    loop.close()


@pytest.mark.parametrize(
    ("request_", "asked"),
    [
        (PIXEL, (b"Abc_-9", b"Mozilla/5.0", b"203.0.113.9")),
        (LINE + END, (b"Abc_-9", b"", b"")),
        (b"GET /o/A.gif?x=%00&y HTTP/1.1\r\n" + HOST + END, (b"A", b"", b"")),
        (LINE + b"user-agent:a\r\nx-forwarded-for: 6.6.6.6, 203.0.113.9\r\n" + END,
         (b"Abc_-9", b"a", b"6.6.6.6, 203.0.113.9")),
        (LINE + b"User-Agent: \t a\tb\xff \r\n" + END, (b"Abc_-9", b"a\tb\xff ", b"")),
        (LINE + b"Cookie: a=b\r\nConnection: Keep-Alive\r\nX-Forwarded-Proto: https\r\nTE: trailers\r\n" + END,
         (b"Abc_-9", b"", b"")),
        (LINE + b"User-Agent: a\r\nUser-Agent: b\r\n" + END, (b"Abc_-9", b"b", b"")),
    ],
)  # fmt: skip
def test_a_simple_pixel_is_read_at_once(request_: bytes, asked: tuple[bytes, ...], connection: Connection) -> None:
    connection.protocol.data_received(request_)

    assert connection.lean.asked == [asked]


@pytest.mark.parametrize(
    "request_",
    [
        PIXEL + PIXEL,
        PIXEL[:-1],
        PIXEL + b"\r\n",
        b"\r\n" + PIXEL,
        PIXEL.replace(b"GET", b"HEAD"),
        PIXEL.replace(b"GET", b"get"),
        PIXEL.replace(b"1.1\r", b"1.0\r"),
        PIXEL.replace(b"\r\n", b"\n"),
        PIXEL.replace(b".gif", b".gif#x?y z"),
        PIXEL.replace(b"/o/", b"//o/"),
        PIXEL.replace(b"Abc", b"A%62c"),
        LINE + b"X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 203.0.113.9\r\n" + END,
        LINE + b"X-Forwarded-For: 6.6.6.6\r\nX-FORWARDED-FOR: 203.0.113.9\r\n" + END,
        LINE + b"USER-AGENT: a\r\n" + END,
        LINE + b"Content-Length: 5\r\n" + END,
        LINE + b"content-length: 0\r\n" + END,
        LINE + b"Content-Length : 5\r\n" + END,
        LINE + b"Transfer-Encoding: chunked\r\n" + END,
        LINE + b"Connection: close\r\n" + END,
        LINE + b"Connection: keep-alive, close\r\n" + END,
        LINE + b"Connection: Upgrade\r\nUpgrade: h2c\r\n" + END,
        LINE + b"Proxy-Connection: close\r\n" + END,
        LINE + b"Expect: 100-continue\r\n" + END,
        LINE + b"Accept: a\r\n Content-Length: 5\r\n" + END,
        LINE + b"Accept: a\rContent-Length: 5\r\n" + END,
        LINE + b"Accept: a\nContent-Length: 5\r\n" + END,
        LINE + b"Accept: a\x00b\r\n" + END,
        LINE + b"Accept\x80: a\r\n" + END,
        LINE + b"no header\r\n" + END,
        LINE + b": nothing\r\n" + END,
    ],
)
def test_anything_else_is_left_to_uvicorn(request_: bytes) -> None:
    assert PIXEL_REQUEST.fullmatch(request_) is None


def test_a_long_request_is_left_to_uvicorn(connection: Connection) -> None:
    connection.protocol.data_received(LINE + b"Accept: " + b"a" * pixel_protocol.LONGEST_REQUEST)

    assert connection.lean.asked == []


def test_it_is_answered_once_it_was_written(connection: Connection) -> None:
    connection.protocol.data_received(PIXEL)
    assert connection.said == b""

    connection.lean.write()

    assert connection.said.startswith(b"HTTP/1.1 200 OK\r\n")
    assert connection.said.endswith(b"\r\n\r\n" + connection.lean.pixel.body["body"])
    assert b"content-length: 43\r\n" in connection.said


def test_one_that_could_not_be_written_is_told_to_come_again(connection: Connection) -> None:
    connection.protocol.data_received(PIXEL)

    connection.lean.write(OSError("gone"))

    assert connection.said.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert b"retry-after: 1\r\n" in connection.said


def test_what_kept_a_hit_from_being_written_is_named(connection: Connection, caplog: pytest.LogCaptureFixture) -> None:
    refused = NotWrittenError()
    refused.__cause__ = TimeoutError()

    assert connection.lean.after(refused).start["status"] == 503
    assert caplog.messages == ["A hit could not be written: TimeoutError()"]


def test_the_date_of_an_answer_is_the_servers(connection: Connection) -> None:
    for date in (b"today", b"tomorrow"):
        connection.protocol.server_state.default_headers = [(b"date", date)]
        connection.protocol.data_received(PIXEL)
        connection.lean.write()

    assert [b"date: today" in call.args[0] for call in connection.transport.write.call_args_list] == [True, False]


def test_what_follows_the_beginning_of_a_request_belongs_to_it(connection: Connection) -> None:
    body = b"POST /o/A.gif HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(PIXEL)
    connection.protocol._start_asgi_task = Mock()

    connection.protocol.data_received(body)
    connection.protocol.cycle.response_complete = True
    connection.protocol.data_received(PIXEL)

    assert connection.lean.asked == []


def test_a_pixel_sent_ahead_waits_for_the_answer_before(connection: Connection) -> None:
    start = connection.protocol._start_asgi_task = Mock()
    connection.protocol.data_received(PIXEL)
    connection.protocol.data_received(PIXEL)
    assert not start.called

    connection.lean.write()

    assert len(connection.lean.asked) == 1
    assert start.call_count == 1


def test_a_caller_who_has_gone_is_not_answered(connection: Connection) -> None:
    connection.protocol.data_received(PIXEL)
    connection.transport.is_closing.return_value = True

    connection.lean.write()

    assert connection.said == b""


def test_the_last_answer_before_the_server_ends_says_so(connection: Connection) -> None:
    connection.protocol.data_received(PIXEL)
    connection.protocol.shutdown()

    connection.lean.write()

    assert b"\r\nconnection: close\r\n" in connection.said
    assert connection.transport.close.called


def test_a_connection_that_waits_for_a_request_is_closed_in_the_end() -> None:
    loop = Mock()
    loop.time.return_value = 100.0
    connection = Connection(loop)

    def timer() -> tuple[float, Callable[[], None]]:
        return loop.call_later.call_args.args

    connection.protocol.data_received(PIXEL)
    connection.lean.write()
    assert timer()[0] == 5
    loop.time.return_value = 102.0
    connection.protocol.data_received(PIXEL)
    connection.lean.write()
    assert loop.call_later.call_count == 1

    loop.time.return_value = 105.0
    timer()[1]()
    assert timer()[0] == 2
    connection.protocol.data_received(PIXEL)
    loop.time.return_value = 107.0
    timer()[1]()
    assert not connection.transport.close.called
    connection.lean.write()

    loop.time.return_value = 112.0
    timer()[1]()
    assert connection.transport.close.called


def test_a_connection_over_which_nothing_comes_is_closed() -> None:
    connection = Connection(loop := Mock())
    loop.time.return_value = 100.0

    seconds, end = loop.call_later.call_args.args
    assert seconds == 5
    end()

    assert connection.transport.close.called


def test_a_request_that_does_not_end_is_given_up() -> None:
    connection = Connection(loop := Mock())
    waited = []
    for second, piece in ((100.0, LINE), (104.0, HOST), (109.0, b"Accept: a")):
        loop.time.return_value = second
        connection.protocol.data_received(piece)
        waited.append(loop.call_later.call_args.args[0])
    assert waited == [10, 6, 1]

    loop.call_later.call_args.args[1]()

    assert connection.transport.close.called
    assert connection.lean.asked == []


def test_a_request_longer_than_any_is_given_up(connection: Connection) -> None:
    connection.protocol.data_received(LINE + b"Accept: ")
    connection.protocol.data_received(b"a" * pixel_protocol.LONGEST_REST)
    assert not connection.transport.close.called

    connection.protocol.data_received(b"a")

    assert connection.transport.close.called


def test_what_a_request_took_to_arrive_is_forgotten_with_the_next(connection: Connection) -> None:
    connection.protocol._start_asgi_task = Mock()
    for _number in range(3):
        connection.protocol.data_received(LINE + b"USER-AGENT: ")
        connection.protocol.data_received(b"a" * (pixel_protocol.LONGEST_REST - 10))
        connection.protocol.data_received(END + END)
        connection.protocol.cycle.response_complete = True

    assert not connection.transport.close.called
