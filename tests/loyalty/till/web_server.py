"""The real web server as a process of its own, and a till's line to it that can be cut after sending."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from crm_project.management.commands.serve import web

HOST = "127.0.0.1"
PATIENCE = 60  # seconds in which a repeated request has to be answered
UP_WITHIN = 180  # seconds; a busy machine takes its time to begin


@dataclass(frozen=True)
class WebServer:
    """A gunicorn as `manage.py serve` starts it."""

    process: subprocess.Popen
    port: int

    def workers(self) -> list[int]:
        """Return the numbers of its web processes."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text(encoding="ascii").split()]

    def kill_workers(self) -> None:
        """End every web process at once, whatever it is about."""
        for pid in self.workers():
            os.kill(pid, signal.SIGKILL)


@dataclass(frozen=True)
class Line:
    """A till's line to the server."""

    port: int
    credential: str

    def send(self, path: str, body: object, key: str, *, is_cut: bool = False) -> tuple[int, dict[str, Any]] | None:
        """Post and return status and answer; nothing where the line is cut after sending.

        Raises:
            OSError: there was no whole answer.
        """
        with socket.create_connection((HOST, self.port), timeout=PATIENCE) as line:
            line.sendall(self._request(path, body, key))
            if is_cut:
                return None
            answer = b""
            while part := line.recv(65_536):
                answer += part
        head, gap, text = answer.partition(b"\r\n\r\n")
        if not gap:
            raise ConnectionResetError("The line went dead.")
        status = int(head.split(b" ", 2)[1])
        return status, json.loads(text) if text.startswith(b"{") else {}

    def until_answered(self, path: str, body: object, key: str) -> tuple[int, dict[str, Any]]:
        """Post the same until it is decided: what a till does when an answer is lost, or somebody is busy."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                answer = self.send(path, body, key)
            except OSError:
                answer = None
            if answer and answer[0] not in (409, 500, 503):
                return answer
            assert time.monotonic() < until, f"{key} was never decided: {answer}"
            time.sleep(0.05)

    def _request(self, path: str, body: object, key: str) -> bytes:
        text = json.dumps(body).encode()
        head = f"POST /api/v1/till/{path}/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        head += f"Authorization: Bearer {self.credential}\r\nIdempotency-Key: {key}\r\nAccept-Language: en\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n"
        return head.encode() + text


@contextmanager
def serving(environment: dict[str, str], *, workers: int = 2) -> Iterator[WebServer]:
    """Run the web server on a free port; it forks its processes from one that has everything imported."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    command = [*web(HOST, port, workers=workers).command, "--preload"]
    given = environment | {"TILL_RATE": "1000000/min", "LOG_LEVEL": "CRITICAL"}
    process = subprocess.Popen(
        command, env=given, cwd=settings.BASE_DIR, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(port)
        yield WebServer(process, port)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait_for(port: int) -> None:
    until = time.monotonic() + UP_WITHIN
    while True:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
            return
        except OSError:
            assert time.monotonic() < until, "The web server never came up."
            time.sleep(0.1)
