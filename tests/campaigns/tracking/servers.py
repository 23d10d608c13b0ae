"""The two servers of the tracking addresses, each as processes of their own, and plain HTTP to them."""

import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection

from django.conf import settings

from crm_project.management.commands.serve import tracking, web
from crm_project.supervisor import Child

HOST = "127.0.0.1"
PATIENCE = 120  # seconds
BY: Mapping[str, Callable[..., Child]] = {"django": web, "lean": tracking}


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Server:
    """A server of the tracking addresses."""

    process: subprocess.Popen
    port: int

    def ask(self, path: str, *, method: str = "GET", **headers: str) -> Answer:
        """Return what it answers; names of headers have _ for -."""
        line = HTTPConnection(HOST, self.port, timeout=PATIENCE)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        line.request(method, path, headers={"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Chrome/130.0"} | named)
        response = line.getresponse()
        answer = Answer(
            response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
        )
        line.close()
        return answer

    def say(self, text: str) -> bytes:
        """Send it as it is; return all that comes until the server closes the connection."""
        with socket.create_connection((HOST, self.port), timeout=PATIENCE) as line:
            line.sendall(text.encode())
            return b"".join(iter(lambda: line.recv(4_096), b""))

    def kill(self) -> None:
        """End it at once, whatever it is about."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        self.process.terminate()
        self.process.wait(PATIENCE)


@contextmanager
def serving(kind: str, environment: dict[str, str]) -> Iterator[Server]:
    """Run one, "django" or "lean", on a free port."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    command = BY[kind](HOST, port, workers=1).command
    process = subprocess.Popen(command, env=environment, cwd=settings.BASE_DIR)
    try:
        _wait_for(port, process)
        yield Server(process, port)
    finally:
        process.kill()
        process.wait()


def _wait_for(port: int, process: subprocess.Popen) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
            return
        except OSError:
            assert process.poll() is None, "The server ended."
            assert time.monotonic() < until, "The server never came up."
            time.sleep(0.05)
