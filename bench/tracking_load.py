"""Asks for addresses over many connections as fast as they are answered: `python -m bench.tracking_load PORT REQUESTS`.

A process of its own over bare sockets, with all requests made beforehand, so that asking costs a small part of what
answering does. Reads the paths from standard input, says "ready", waits for a line, asks, and prints as JSON how many
were answered well, how many otherwise, and the seconds that the median and 99 in 100 took. Where a server closes a
connection, it asks again over another one.
"""

import json
import os
import random
import select
import socket
import sys
import time

CONNECTIONS = int(os.environ.get("BENCH_CONNECTIONS", "256"))
# Readers come over a proxy, each with an address of their own and one of a few programs.
ADDRESSES = 2_000
AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (Linux; Android 15; SM-S928N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile",
)
REQUEST = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: {agent}\r\nAccept: image/webp,image/*,*/*;q=0.8\r\n"
    "Accept-Language: ko-KR,ko;q=0.9\r\nX-Forwarded-For: {address}\r\nX-Forwarded-Proto: http\r\n\r\n"
)
GOOD, END = b"HTTP/1.1 200", b";"


class Line:
    """A connection, which a server may close after each answer."""

    def __init__(self, port: int, poll: select.epoll) -> None:
        self.port, self.poll = port, poll
        self.asked_at = 0.0
        self.request = b""
        self.connect()

    def connect(self) -> None:
        """Connect, and be told of what comes."""
        self.socket = socket.create_connection(("127.0.0.1", self.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.poll.register(self.socket, select.EPOLLIN)

    def ask(self, request: bytes) -> None:
        """Send one request."""
        self.request, self.asked_at = request, time.perf_counter()
        try:
            self.socket.sendall(request)
        except ConnectionError:
            return  # it shows when the answer is read

    def ask_again(self) -> None:
        """Send the same one over a new connection; its time goes on."""
        self.poll.unregister(self.socket)
        self.socket.close()
        self.connect()
        self.socket.sendall(self.request)

    def answer(self) -> bytes:
        """Return the whole answer: a picture ends with a semicolon, anything else with what has come."""
        try:
            answer = self.socket.recv(4_096)
            while answer.startswith(GOOD) and not answer.endswith(END):
                more = self.socket.recv(4_096)
                if not more:
                    return b""
                answer += more
        except ConnectionError:
            return b""
        return answer


def main(port: int, count: int) -> None:
    """Ask so often; print what came of it."""
    requests = _requests(sys.stdin.readline().split(), count)
    print("ready", flush=True)
    sys.stdin.readline()
    poll = select.epoll()
    lines = [Line(port, poll) for _each in range(min(CONNECTIONS, count))]
    by_number = {line.socket.fileno(): line for line in lines}
    for line in lines:
        line.ask(requests.pop())
    taken: list[float] = []
    bad = 0
    while len(taken) < count:
        for number, _event in poll.poll():
            line = by_number[number]
            answer = line.answer()
            if not answer:
                del by_number[number]
                line.ask_again()
                by_number[line.socket.fileno()] = line
                continue
            taken.append(time.perf_counter() - line.asked_at)
            bad += not answer.startswith(GOOD)
            if requests:
                line.ask(requests.pop())
            else:
                poll.unregister(line.socket)
    taken.sort()
    told = {"good": count - bad, "bad": bad, "median": taken[count // 2], "p99": taken[count * 99 // 100]}
    print(json.dumps(told), flush=True)


def _requests(paths: list[str], count: int) -> list[bytes]:
    chance = random.Random(1)  # noqa: S311 (chance, repeatable)
    addresses = [f"203.0.{number // 250}.{number % 250}" for number in range(ADDRESSES)]
    made = [
        REQUEST.format(path=path, agent=chance.choice(AGENTS), address=chance.choice(addresses)).encode()
        for path in chance.choices(paths, k=min(count, 5_000))
    ]
    return chance.choices(made, k=count)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
