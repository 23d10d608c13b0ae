"""The web server of `manage.py serve` over the bench's database, as a process of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from bench.harness import database_url
from crm_project.management.commands.serve import web

START_SECONDS = 60
RATES = {"API_KEY_RATE": "1000000/min", "TILL_RATE": "1000000/min"}


@contextmanager
def serving(folder: Path, *, processes: int) -> Iterator[tuple[str, int]]:
    """Run the web server of `manage.py serve` over the bench's database, and yield its address."""
    address = free_address()
    environment = os.environ | {"DATABASE_URL": database_url(), "VAR_DIR": str(folder)} | RATES
    command = web(*address, workers=processes).command
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stdout=log, stderr=log)  # noqa: S603
    try:
        wait_for(address, server, folder / "server.log")
        yield address
    except AssertionError:
        sys.stderr.write((folder / "server.log").read_text(encoding="utf-8")[-3000:])
        raise
    finally:
        server.terminate()
        server.wait(timeout=START_SECONDS)


def free_address() -> tuple[str, int]:
    """Return an address that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()


def wait_for(address: tuple[str, int], server: subprocess.Popen, log: Path) -> None:
    """Return once somebody listens there; end with what the server said where it ended."""
    for _ in range(START_SECONDS * 10):
        if server.poll() is not None:
            sys.exit(f"The web server ended: {log.read_text(encoding='utf-8')[-1000:]}")
        try:
            socket.create_connection(address, timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    sys.exit(f"The web server does not answer at {address}.")
