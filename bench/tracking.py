"""The tracking pixel: answered after its hit was committed, by the lean application and by three other ways.

The same requests, over the same connections, by a process of its own that costs little (`tracking_load.py`); all four
servers run all the time, and one is asked at a time. The view with one insert a hit has the middleware of a new Django
project, and two processes of eight threads, as ours by Django has; the coroutines have a pool of eight connections.
"""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings

from bench import generated_shop
from bench.harness import Bench, Side, database_url, execute
from bench.web_server import free_address, wait_for
from campaigns import links
from campaigns.models import Hit, Message
from crm_project.management.commands.serve import tracking, web

HITS = int(os.environ.get("BENCH_HITS", "40000"))
SLOW_PART = 0.1
CUSTOMERS, MESSAGES = 1_200, 1_000
LEAN, VIEW, COROUTINES, OURS = (
    "lean application",
    "view, an insert a hit",
    "coroutine, an insert a hit",
    "by Django",
)
LEAST_TIMES_VIEW, LEAST_TIMES_COROUTINE, MOST_P99 = 25, 3, 0.020
# Of uvicorn, which serves the coroutines by its own protocol.
PEER_ARGUMENTS = {
    "crm_project.tracking_asgi:application": "bench.tracking_peer_asgi:application",
    "crm_project.tracking_asgi:PixelProtocol": "httptools",
}
PEER_SETTINGS = {"DJANGO_SETTINGS_MODULE": "bench.tracking_peer_settings"}


class Asked:
    """One way of serving, and the process that asks it."""

    def __init__(self, name: str, port: int, part: float) -> None:
        self.name, self.port, self.part = name, port, part
        self.count = max(1, int(HITS * part))
        self.p99: list[float] = []
        self.missing = 0

    def side(self) -> Side:
        """Return it as a side of the comparison."""
        return Side(self.name, self.run, self.prepare, self.part)

    def prepare(self) -> None:
        """Empty the table, and have a process ready to ask."""
        execute("TRUNCATE campaigns_hit, crm_project_kick CASCADE", "CHECKPOINT")
        command = [sys.executable, "-m", "bench.tracking_load", str(self.port), str(self.count)]
        self.load = subprocess.Popen(  # noqa: S603 - our own program
            command, cwd=settings.BASE_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._say(" ".join(paths()))
        self._hear()

    def run(self) -> None:
        """Have it ask; note what it tells.

        Raises:
            RuntimeError: it was answered otherwise than with the picture.
        """
        self._say("go")
        told = json.loads(self._hear())
        self.load.wait()
        self.p99.append(told["p99"])
        self.missing += max(0, told["good"] - Hit.objects.count())
        if told["bad"]:
            raise RuntimeError(f"{self.name}: {told['bad']} were answered otherwise.")

    def _say(self, text: str) -> None:
        assert self.load.stdin  # noqa: S101 (a pipe, as it was started)
        self.load.stdin.write(f"{text}\n")
        self.load.stdin.flush()

    def _hear(self) -> str:
        assert self.load.stdout  # noqa: S101 (a pipe, as it was started)
        return self.load.stdout.readline()


def main() -> int:
    """Measure; return the exit code."""
    bench = Bench("tracking")
    generated_shop.into_database(generated_shop.of(CUSTOMERS, orders_each=1, events_each=0))
    execute("TRUNCATE campaigns_hit CASCADE", "VACUUM ANALYZE campaigns_message")
    with TemporaryDirectory() as folder, servers(Path(folder)) as asked:
        measured = bench.compare("pixel", *[each.side() for each in asked.values()], size=HITS, unit="hits")
    for each in asked.values():
        bench.figure(f"{each.name}: 99 in 100 within, milliseconds", 1_000 * statistics.median(each.p99))
        bench.figure(f"{each.name}: times “{VIEW}”", measured.times_faster(each.name, VIEW))
    bench.goal("answered and not stored", sum(each.missing for each in asked.values()), at_most=0)
    bench.goal("times a view with an insert a hit", measured.times_faster(LEAN, VIEW), at_least=LEAST_TIMES_VIEW)
    if COROUTINES in asked:
        times = measured.times_faster(LEAN, COROUTINES)
        bench.goal("times a coroutine with an insert a hit", times, at_least=LEAST_TIMES_COROUTINE)
    bench.goal("lean application: 99 in 100 within, seconds", statistics.median(asked[LEAN].p99), at_most=MOST_P99)
    return bench.finish()


def paths() -> list[str]:
    """Return the pixels of messages that were sent."""
    sent = Message.objects.exclude(sent_at=None).values_list("pk", flat=True)[:MESSAGES]
    return [links.open_url(message_id).removeprefix(settings.SITE_URL) for message_id in sent]


@contextmanager
def servers(folder: Path) -> Iterator[dict[str, Asked]]:
    """Run all the servers; yield them by name, ours first. The coroutines need `requirements-evaluation.txt`."""
    with ExitStack() as running:
        started = {LEAN: running.enter_context(_serving(LEAN, folder))}
        if find_spec("asyncpg"):
            started[COROUTINES] = running.enter_context(_serving(COROUTINES, folder))
        started |= {name: running.enter_context(_serving(name, folder)) for name in (VIEW, OURS)}
        parts = {LEAN: 1.0, COROUTINES: 0.25}
        yield {name: Asked(name, port, parts.get(name, SLOW_PART)) for name, port in started.items()}


@contextmanager
def _serving(name: str, folder: Path) -> Iterator[int]:
    host, port = free_address()
    command = (tracking(host, port, workers=1) if name in (LEAN, COROUTINES) else web(host, port, workers=2)).command
    if name == COROUTINES:
        command = [PEER_ARGUMENTS.get(each, each) for each in command]
    own = {"DATABASE_URL": database_url(), "VAR_DIR": str(settings.VAR_DIR), "NUM_PROXIES": "1"}
    own |= PEER_SETTINGS if name == VIEW else {"DJANGO_SETTINGS_MODULE": "crm_project.settings"}
    told = folder / f"{port}.log"
    with told.open("wb") as log:
        server = subprocess.Popen(  # noqa: S603 - our own programs
            command, cwd=settings.BASE_DIR, env=os.environ | own, stdout=log, stderr=log
        )
    try:
        wait_for((host, port), server, told)
        yield port
    except OSError:
        print(told.read_text(encoding="utf-8")[-3_000:], file=sys.stderr)
        raise
    finally:
        server.terminate()
        server.wait(timeout=60)
