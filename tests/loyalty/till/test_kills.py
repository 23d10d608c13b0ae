"""F7 and F8: a web process is killed amid a request, and the database is stopped at once under load.

Three kills and one stop here; 200 and 20 with LEDGER=full (`make ledger-tests`).
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from psycopg.conninfo import make_conninfo

from crm_project import processes
from crm_project.embedded_backend.configuration import PORT, ROLE
from crm_project.embedded_backend.server import PrivateServer
from customers.models import Order
from loyalty.ledger.checking import differences
from loyalty.models import TillRequest, TillTransaction
from tests.loyalty.till.counter import IS_FULL, Counter
from tests.loyalty.till.web_server import Line, serving

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    pytest.mark.skipif(not processes.ON_LINUX, reason="looks into /proc"),
]

KILLS = 200 if IS_FULL else 3
STOPS, TILLS = (20, 4) if IS_FULL else (1, 4)
BACK_WITHIN = 30  # seconds
SEED = 11


def test_a_request_whose_web_process_was_killed_is_booked_once(environment: dict[str, str]) -> None:
    chance = random.Random(SEED)  # noqa: S311 (the same kills each time)
    till = Counter(points=KILLS * 10)
    lookup = till.look_up()

    with serving(environment, workers=1) as server:
        line = Line(server.port, till.credential)
        for kill in range(KILLS):
            sale, key = till.sale(f"R-{kill}", points=10, lookup=lookup), f"key-{kill}"
            sending = Thread(target=_send_and_forget, args=(line, sale, key))
            sending.start()
            time.sleep(chance.uniform(0.005, 0.15))
            server.kill_workers()
            sending.join()

            assert line.until_answered("sales", sale, key)[0] in (200, 201)

    assert TillTransaction.objects.count() == Order.objects.count() == TillRequest.objects.count() == KILLS
    assert set(TillRequest.objects.values_list("status", flat=True)) == {201}
    assert till.account.available == sum(act.points_earned - 10 for act in TillTransaction.objects.all()) + KILLS * 10
    assert list(differences()) == []


def _send_and_forget(line: Line, sale: dict[str, Any], key: str) -> None:
    try:
        line.send("sales", sale, key)
    except OSError:
        return


@pytest.fixture
def private(environment: dict[str, str]) -> Iterator[PrivateServer]:
    """A database server of its own, with a copy of the test database as it stands when it is filled."""
    folder = Path(tempfile.mkdtemp(prefix="till-", dir="/tmp"))
    folder.chmod(0o755)
    server = PrivateServer(folder / "postgres")
    server.ensure()
    yield server
    server.stop()
    places = server.places
    for pointer in (places.data_pointer, places.sockets_pointer):
        if pointer.exists() and pointer.is_ours(pointer.folder()):
            shutil.rmtree(pointer.folder(), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def test_nothing_that_was_answered_is_lost_when_the_database_stops(
    environment: dict[str, str], private: PrivateServer
) -> None:
    till = Counter(points=1_000_000)
    lookup = till.look_up()
    _copy(private)
    own = {name: value for name, value in environment.items() if name != "DATABASE_URL"}
    own |= {"VAR_DIR": str(private.home.parent)}
    answered: dict[str, float] = {}
    enough = Event()

    def sell_on(line: Line, number: int) -> None:
        sold = 0
        while not enough.is_set():
            receipt = f"R-{number}-{sold}"
            line.until_answered("sales", till.sale(receipt, points=1, lookup=lookup), receipt)
            answered[receipt] = time.monotonic()
            sold += 1

    with serving(own) as server, ThreadPoolExecutor(TILLS) as threads:
        line = Line(server.port, till.credential)
        tills = [threads.submit(sell_on, line, number) for number in range(TILLS)]
        try:
            pauses = [_stop_at_once(private, answered) for _stop in range(STOPS)]
        finally:
            enough.set()
        for each in tills:
            each.result()

    with private.connect() as connection:
        booked = [row[0] for row in connection.execute("SELECT receipt FROM loyalty_tilltransaction").fetchall()]
        used = connection.execute("SELECT count(*) FROM loyalty_transaction WHERE kind = 'redeem'").fetchone()[0]
        orphans = connection.execute("SELECT count(*) FROM loyalty_tillrequest WHERE status IS NULL").fetchone()[0]
    assert sorted(booked) == sorted(answered)
    assert (used, orphans) == (len(booked), 0)
    assert max(pauses) < BACK_WITHIN
    _check_ledger(own)


def _stop_at_once(private: PrivateServer, answered: dict[str, float]) -> float:
    """Stop the server amid the load as if its host had gone, start it, and return how long nobody was answered."""
    before = len(answered)
    _wait(lambda: len(answered) >= before + TILLS)
    stopped = time.monotonic()
    os.kill(private.process_id(), signal.SIGQUIT)
    _wait(lambda: not private.is_ready())
    private.ensure()
    _wait(lambda: any(moment > stopped + 0.5 for moment in list(answered.values())))
    return min(moment for moment in list(answered.values()) if moment > stopped + 0.5) - stopped


def _wait(happened: Any) -> None:
    until = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < until, "It never happened."
        time.sleep(0.02)


def _copy(private: PrivateServer) -> None:
    connection.ensure_connection()
    here = connection.connection.info
    address = make_conninfo(host=here.host, port=here.port, user=here.user, password=here.password, dbname=here.dbname)
    dump = subprocess.Popen(
        [private.program("pg_dump"), "--no-owner", "--no-privileges", address], stdout=subprocess.PIPE
    )
    into = [private.program("psql"), "-q", "-h", str(private.places.sockets()), "-p", str(PORT), "-U", ROLE, "dangol"]
    subprocess.run([*into, "-v", "ON_ERROR_STOP=1"], stdin=dump.stdout, stdout=subprocess.DEVNULL, check=True)
    assert dump.wait(60) == 0


def _check_ledger(environment: dict[str, str]) -> None:
    command = [sys.executable, "manage.py", "ledger_check"]
    done = subprocess.run(command, env=environment, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
