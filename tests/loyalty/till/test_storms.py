"""F3 and F6: one checkout completed twice at once; requests sent many times at once, and answers that nobody hears.

Small here; 200 pairs and 1,000 requests with LEDGER=full (`make ledger-tests`).
"""

import random
from collections import Counter as Tally
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from customers.models import Order
from loyalty.ledger.checking import differences
from loyalty.models import TillRequest, TillTransaction
from tests.factories import make_customer
from tests.loyalty.till.counter import IS_FULL, Counter
from tests.loyalty.till.web_server import Line, serving

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

PAIRS = 200 if IS_FULL else 3
REQUESTS, MOST_SENT = (1_000, 20) if IS_FULL else (20, 6)
TILLS = 16
CUT = 0.3
SEED = 7


@pytest.mark.parametrize("keys", [("k", "k"), ("k", "l")], ids=["one key", "two keys"])
def test_two_completes_at_once_book_one_sale(keys: tuple[str, str]) -> None:
    till = Counter(points=PAIRS * 10)
    lookup = till.look_up()

    for pair in range(PAIRS):
        sale, gate = till.sale(f"R-{pair}", points=10, lookup=lookup), Barrier(2)

        def complete(key: str, sale: dict[str, Any] = sale, gate: Barrier = gate, pair: int = pair) -> tuple[int, str]:
            gate.wait(30)
            try:
                status, answer = till.ask("sales", sale, key=f"{key}-{pair}")
                while status == 409:
                    status, answer = till.ask("sales", sale, key=f"{key}-{pair}")
                return status, answer.get("code", "")
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as threads:
            answers = sorted(threads.map(complete, keys))

        second = (200, "") if keys[0] == keys[1] else (422, "ALREADY_EXISTS")
        assert answers == sorted([(201, ""), second])

    assert (TillTransaction.objects.count(), Order.objects.count()) == (PAIRS, PAIRS)
    assert list(differences()) == []


def test_each_of_a_storm_of_requests_is_booked_once_and_answered_alike(environment: dict[str, str]) -> None:
    chance = random.Random(SEED)  # noqa: S311 (the same storm each time)
    till = Counter()
    sales = _sales(till, REQUESTS)
    sends = [
        (key, body, chance.random() < CUT) for key, body in sales.items() for _ in range(chance.randint(1, MOST_SENT))
    ]
    chance.shuffle(sends)
    # However many were cut, each is heard once in the end.
    sends += [(key, body, False) for key, body in sales.items()]

    with serving(environment) as server, ThreadPoolExecutor(TILLS) as threads:
        line = Line(server.port, till.credential)
        heard = list(threads.map(lambda send: _send(line, *send), sends))

    answers: dict[str, set[str]] = {}
    for (key, _body, is_cut), answer in zip(sends, heard, strict=True):
        if not is_cut:
            status, text = answer
            assert status in (200, 201), answer
            answers.setdefault(key, set()).add(repr(text))
    assert {key: len(told) for key, told in answers.items()} == dict.fromkeys(sales, 1)
    assert TillTransaction.objects.count() == Order.objects.count() == TillRequest.objects.count() == REQUESTS
    assert Tally(TillRequest.objects.values_list("status", flat=True)) == {201: REQUESTS}
    assert list(differences()) == []


def _send(line: Line, key: str, body: dict[str, Any], is_cut: bool) -> tuple[int, dict[str, Any]] | None:
    return line.send("sales", body, key, is_cut=True) if is_cut else line.until_answered("sales", body, key)


def _sales(till: Counter, count: int) -> dict[str, dict[str, Any]]:
    """Return sales by key, of several members in turn."""
    lookups = []
    for _member in range(5):
        till.member = make_customer(phone=f"+82105555{_member:04}")
        till.give(count * 10)
        lookups.append(till.look_up())
    return {f"key-{n}": till.sale(f"R-{n}", points=10, lookup=lookups[n % 5]) for n in range(count)}
