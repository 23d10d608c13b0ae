"""Requests over many connections at once: `python -m tests.campaigns.tracking.load PORT PATH CONNECTIONS`.

Each request has a number of its own in its user agent, which is printed once the picture was answered. Ends when the
server does.
"""

import selectors
import socket
import sys
from contextlib import suppress
from itertools import count

GOOD, END_OF_PICTURE = b"HTTP/1.1 200", b";"


def main(port: int, path: str, connections: int) -> None:
    """Ask, on each connection for the next number when the last was answered."""
    numbers = count(1)
    waiting = selectors.DefaultSelector()
    for _each in range(connections):
        line = socket.create_connection(("127.0.0.1", port))
        waiting.register(line, selectors.EVENT_READ, _ask(line, path, next(numbers)))
    while waiting.get_map():
        for key, _events in waiting.select():
            line = key.fileobj
            assert isinstance(line, socket.socket)
            if not _is_answered(line):
                waiting.unregister(line)
                line.close()
                continue
            print(key.data, flush=True)
            waiting.modify(line, selectors.EVENT_READ, _ask(line, path, next(numbers)))


def _ask(line: socket.socket, path: str, number: int) -> int:
    with suppress(OSError):  # what comes of it shows when the answer is read
        line.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: Mozilla/5.0 {number}\r\n\r\n".encode())
    return number


def _is_answered(line: socket.socket) -> bool:
    """Tell whether a whole answer came; none comes where the server is gone."""
    answer = b""
    while not answer.endswith(END_OF_PICTURE):
        try:
            part = line.recv(4_096)
        except OSError:
            return False
        if not part:
            return False
        answer += part
    return answer.startswith(GOOD)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
