"""Events posted to the API of a real web server: gunicorn with two processes, two clients, batches of several sizes.

What one record costs is what keeps the cores busy: the share of them that was not idle, divided by the records.
"""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from django.contrib.auth.models import Permission, User

from bench import generated_shop
from bench.harness import Bench, Side, execute, sizes, value
from bench.web_server import serving
from crm_project import api_keys

CUSTOMERS = 5_000
BATCHES = (1, 100, 1_000)
SIZES = "2000,20000"
CLIENTS = 2
PROCESSES = 2
# One record a request is two hundred times as many requests; so many records are enough to see what one costs.
MOST_REQUESTS = 1_000
WARM_UP = 20
STEADY = "customers_event WHERE external_id LIKE 'bench-%'"


def main() -> int:
    """Measure all sizes; return the exit code."""
    bench = Bench("events_over_http")
    generated_shop.into_database(generated_shop.of(CUSTOMERS))
    with TemporaryDirectory() as folder, serving(Path(folder), processes=PROCESSES) as address:
        poster = _Poster(address, key=_key())
        poster.post(WARM_UP, batch=1)  # each process loads the application with its first request
        for records in sizes("BENCH_EVENTS", SIZES):
            for batch in BATCHES:
                _measure(bench, poster, records=min(records, batch * MOST_REQUESTS), batch=batch)
    return bench.finish()


def _measure(bench: Bench, poster: "_Poster", *, records: int, batch: int) -> None:
    busy: list[float] = []

    def post() -> None:
        before = _busy_seconds()
        poster.post(records, batch=batch)
        busy.append(_busy_seconds() - before)

    measured = bench.compare(
        f"events over HTTP, {batch} a request", Side("post", post, prepare=_forget), size=records, unit="events"
    )
    milliseconds = 1_000 * sum(busy) / len(busy) / measured.size
    bench.figure(f"milliseconds of a core for one of {records:,} events, {batch} a request", milliseconds)


class _Poster:
    """Clients that keep their connection and post one batch after the other."""

    def __init__(self, address: tuple[str, int], *, key: str) -> None:
        self._address = address
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._numbers = count(1)

    def post(self, records: int, *, batch: int) -> None:
        """Post so many new events, and see that all of them are stored."""
        bodies = [self._body(min(batch, records - first)) for first in range(0, records, batch)]
        with ThreadPoolExecutor(CLIENTS) as clients:
            list(clients.map(self._post_all, [bodies[number::CLIENTS] for number in range(CLIENTS)]))
        stored = value(f"SELECT count(*) FROM {STEADY}")
        if stored != records:
            raise AssertionError(f"{records} events were posted, {stored} are stored")

    def _post_all(self, bodies: list[bytes]) -> None:
        client = HTTPConnection(*self._address, timeout=60)
        for body in bodies:
            client.request("POST", "/api/v1/events/", body, self._headers)
            answer = client.getresponse()
            told = answer.read()
            if answer.status != 200:
                raise AssertionError(f"{answer.status}: {told[:500]!r}")
        client.close()

    def _body(self, records: int) -> bytes:
        return json.dumps([self._event(next(self._numbers)) for _ in range(records)]).encode()

    def _event(self, number: int) -> dict[str, object]:
        return {
            "event_id": f"bench-{number}",
            "kind": "product_view",
            "customer_id": str(1 + number * 7 % CUSTOMERS),
            "occurred_at": "2026-11-20T12:00:00+09:00",
            "sku": f"G{1 + number % 100:05}",
            "prop.page": "detail",
        }


def _forget() -> None:
    execute(f"DELETE FROM {STEADY}", "DELETE FROM customers_touchedcustomer", "CHECKPOINT")


def _key() -> str:
    """Make an account that may post events, and a key for it."""
    account = User.objects.create(username="bench")
    account.user_permissions.add(Permission.objects.get(codename="add_event"))
    _key_row, text = api_keys.make(name="bench", user=account)
    return text


def _busy_seconds() -> float:
    """Return for how long the machine's cores have worked in all: clients, web server and database together."""
    with Path("/proc/stat").open(encoding="ascii") as file:
        user, nice, system, _idle, _waiting, *rest = map(int, file.readline().split()[1:])
    return (user + nice + system + sum(rest[:2])) / os.sysconf("SC_CLK_TCK")
