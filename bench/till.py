"""Sales at tills over HTTP, beside the same sales in as many processes without it; and how long a look-up takes.

A sale uses a point, stores an order and earns: what `loyalty.till.selling` does, under the key of its request. Each
client is a till of its own and sells to members at random.
"""

import json
import os
import random
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from django.db import connection, transaction
from django.utils import timezone

from bench import ledger_ways
from bench.harness import Bench, Side, execute
from bench.ledger_ways import Clients, Range
from bench.web_server import serving
from customers.models import Customer, Product, Store
from loyalty import ledger
from loyalty.ledger.checking import differences
from loyalty.models import Account, EarningRule, EarningTerms, Terminal
from loyalty.till import acts, credentials, selling
from loyalty.till.authentication import Caller

CLIENTS = int(os.environ.get("BENCH_TILLS", "8"))
ACCOUNTS = int(os.environ.get("BENCH_ACCOUNTS", "20000"))
SALES = int(os.environ.get("BENCH_SALES", "2000"))
PROCESSES = 2
# So many a minute a till may look up.
LOOKUPS_OF_A_TILL = 20
SLOWEST_LOOKUP, SLOWEST_SALE = 0.15, 0.3  # seconds, of ninety-five in a hundred
WARM_UP = 10
WON = 10_000
OVER_HTTP, WITHIN = "over HTTP", "in process"
PHONES = "UPDATE customers_customer SET phone = '+8210' || lpad(id::text, 8, '0')"
# One look-up a member, as if each had just been found at the first till.
FOUND = """
    INSERT INTO loyalty_desklookup (store_id, terminal, how, outcome, customer_id, code_digest, happened_at)
    SELECT {store}, '{terminal}', 'card', 'found', id, '', now() FROM customers_customer
"""
Timed = list[float]


def main() -> int:
    """Measure; return the exit code."""
    bench = Bench("till")
    accounts = ledger_ways.fill(ACCOUNTS, points=10_000_000)
    tills = _open_store()
    execute("VACUUM ANALYZE")
    with TemporaryDirectory() as folder, serving(Path(folder), processes=PROCESSES) as address:
        lines = [Line(address, credential, terminal) for terminal, credential in tills]
        _sales(bench, lines, accounts)
        _look_ups(bench, lines, accounts)
    bench.goal("till: rows of the ledger that differ afterwards", len(differences()), at_most=0)
    return bench.finish()


class Line:
    """A till, its connection, and how long each of its calls took."""

    def __init__(self, address: tuple[str, int], credential: str, terminal: Terminal) -> None:
        """Remember where to call; the connection is made with the first call."""
        self.address, self.terminal = address, terminal
        self.headers = {"Authorization": f"Bearer {credential}", "Content-Type": "application/json"}
        self.asker = Caller(terminal).asker

    def sell(self, customers: list[int]) -> Timed:
        """Sell to these customers, one after the other; return the seconds of each."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT customer_id, id FROM loyalty_desklookup WHERE terminal = %s AND customer_id = ANY(%s)",
                [self.asker.terminal, customers],
            )
            found = dict(cursor.fetchall())
        connection.close()
        return self._time([("sales", _sale() | {"lookup": found[customer]}) for customer in customers], status=201)

    def look_up(self, customers: list[int]) -> Timed:
        """Look these customers up; return the seconds of each."""
        return self._time([("lookup", {"phone": f"+8210{customer:08}"}) for customer in customers], status=200)

    def _time(self, calls: list[tuple[str, dict[str, object]]], *, status: int) -> Timed:
        line = HTTPConnection(*self.address, timeout=60)
        seconds = []
        for path, body in calls:
            began = time.perf_counter()
            headers = self.headers | {"Idempotency-Key": uuid4().hex}
            line.request("POST", f"/api/v1/till/{path}/", json.dumps(body), headers)
            answer = line.getresponse()
            told = answer.read()
            if answer.status != status:
                raise AssertionError(f"{answer.status}: {told[:500]!r}")
            seconds.append(time.perf_counter() - began)
        line.close()
        return seconds


def _sales(bench: Bench, lines: list[Line], accounts: Range) -> None:
    each = max(1, SALES // CLIENTS)
    seconds: Timed = []
    started: list[Clients] = []
    people = list(Account.objects.filter(pk__range=accounts).values_list("customer", flat=True))
    chosen = random.Random(1)  # noqa: S311
    # Each process loads the application with its first request, and its connection the plans of its first sales.
    _at_once(lines, lambda line: line.sell(people[:WARM_UP]))

    def over_http() -> None:
        seconds.extend(_at_once(lines, lambda line: line.sell(chosen.sample(people, min(each, len(people))))))

    measured = bench.compare(
        "sales at tills",
        Side(OVER_HTTP, over_http),
        Side(
            WITHIN,
            run=lambda: started.pop().work(),
            prepare=lambda: started.append(Clients(_sell_here, accounts, clients=CLIENTS, each=each)),
        ),
        size=each * CLIENTS,
        unit="sales",
    )
    bench.figure("sales a second over HTTP", measured.rate(OVER_HTTP))
    bench.figure("share of the same sales in process", measured.times_faster(OVER_HTTP, WITHIN))
    bench.goal("a sale over HTTP, 95 of 100, seconds", _slowest(seconds), at_most=SLOWEST_SALE)


def _look_ups(bench: Bench, lines: list[Line], accounts: Range) -> None:
    people = list(Account.objects.filter(pk__range=accounts).values_list("customer", flat=True))
    chosen = random.Random(2)  # noqa: S311
    seconds = _at_once(lines, lambda line: line.look_up(chosen.choices(people, k=LOOKUPS_OF_A_TILL)))
    bench.figure(f"a look-up among {len(people):,} accounts, the median, seconds", statistics.median(seconds))
    bench.goal(
        f"a look-up among {len(people):,} accounts, 95 of 100, seconds", _slowest(seconds), at_most=SLOWEST_LOOKUP
    )


def _at_once(lines: list[Line], act: Callable[[Line], Timed]) -> Timed:
    with ThreadPoolExecutor(len(lines)) as threads:
        return [each for seconds in threads.map(act, lines) for each in seconds]


def _slowest(seconds: Timed) -> float:
    """Return the time that ninety-five in a hundred keep."""
    return sorted(seconds)[max(0, -(-len(seconds) * 95 // 100) - 1)]


def _sale() -> dict[str, object]:
    line = {"sku": "bench", "quantity": 1, "amount": WON}
    at = timezone.now().isoformat()
    return {"receipt": uuid4().hex, "occurred_at": at, "lines": [line], "points": 1, "paid": WON - 1}


def _sell_here(account_id: int) -> None:
    """Book a sale as the view does, without the request around it."""
    caller = Caller(Terminal.objects.select_related("store").earliest("pk"))
    given = _sale() | {"occurred_at": timezone.now(), "shipping": 0, "coupons": []}
    with transaction.atomic():
        customer = Customer.objects.get(points_accounts=account_id)
        act, _unknown = selling.sell(acts.begin(caller, given, now=timezone.now()), customer, given)
        acts.answer(act, now=timezone.now())


def _open_store() -> list[tuple[Terminal, str]]:
    """Open a store with tills that have found everybody, and let points be earned; return the tills."""
    store = Store.objects.create(source="shop", external_id="bench", name="Bench")
    Product.objects.create(source="shop", sku="bench", name="Bench", category="bench")
    program = ledger.current_program()
    EarningTerms.objects.update_or_create(program=program, defaults={"begins_on": timezone.localdate().replace(day=1)})
    EarningRule.objects.filter(program=program).delete()  # those of a bench before
    rule = {"kind": "base", "reward": "won_per_point", "value": 100, "is_active": True}
    EarningRule.objects.create(program=program, name="bench", **rule)
    execute(PHONES)
    tills = []
    for number in range(CLIENTS):
        terminal = Terminal(store=store, name=f"till {number}")
        credential = credentials.issue(terminal)
        tills.append((terminal, credential))
        execute(FOUND.format(store=store.pk, terminal=Caller(terminal).asker.terminal))
    return tills
