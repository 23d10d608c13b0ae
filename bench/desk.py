"""Look-ups at the store desk: from what was typed to the card that is shown, written down as every look-up is.

By the full phone number, and by its last four digits with the name's initial, which some hundred in a million share.
"""

import os
import time
from collections.abc import Callable
from random import Random

from django.db import connection
from django.utils import timezone

from bench.harness import Bench, empty_shop, execute, sizes
from bench.ledger_ways import AWARDS
from customers.models import Customer, Store
from loyalty import ledger
from loyalty.desk import finding
from loyalty.desk.finding import Asker, Finding
from loyalty.desk.standing_card import standing_card
from loyalty.models import DeskLookup

SIZES = "20000,200000,1000000"
LOOKUPS = int(os.environ.get("BENCH_LOOKUPS", "300"))
MOST_SECONDS = 0.15  # of 95 in 100
NAMES = ("김단골", "이하늘", "박서준", "최지우", "정다은", "강민수", "조은별", "윤슬기", "장보라", "임도윤")
INITIALS = "김이박최정강조윤장임"
# What sets a customer apart from the first one; the phone numbers are scattered, and each is there once.
OWN = {
    "id": "first.id + number",
    "external_id": "'D' || number",
    "name": "(%s::text[])[1 + number %% 10]",
    "phone": "'+8210' || lpad((number::bigint * 7919 %% 100000000)::text, 8, '0')",
}


def main() -> int:
    """Measure all sizes; return the exit code."""
    bench = Bench("desk")
    for customers in sizes("BENCH_CUSTOMERS", SIZES):
        store = _fill(customers)
        for way, typed in (("phone", _phone), ("last four digits and initial", _last_four)):
            seconds = _lookups(store, customers, typed)
            bench.figure(f"{customers:,} customers, by {way}: median, ms", 1000 * seconds[len(seconds) // 2])
            slow = seconds[len(seconds) * 95 // 100]
            bench.goal(f"{customers:,} customers, by {way}: 95 in 100 within", slow, at_most=MOST_SECONDS)
    return bench.finish()


def _fill(customers: int) -> Store:
    empty_shop()
    Customer.objects.create(source="desk", external_id="D0", name=NAMES[0], joined_at=timezone.now())
    columns = [field.column for field in Customer._meta.concrete_fields]
    copied = [OWN.get(column, f"first.{column}") for column in columns]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO customers_customer ({', '.join(columns)}) SELECT {', '.join(copied)}"
            f" FROM customers_customer first CROSS JOIN generate_series(1, {customers - 1}) number",
            [list(NAMES)],
        )
    ledger.open_accounts("SELECT id AS customer_id FROM customers_customer", program_id=ledger.current_program().pk)
    ledger.earn_many(AWARDS.format(lots=2, name="filled"), [100, timezone.now()])
    execute("SELECT setval(pg_get_serial_sequence('customers_customer', 'id'), max(id)) FROM customers_customer")
    execute("VACUUM ANALYZE")
    return Store.objects.create(external_id="desk", name="강남점")


def _phone(number: int) -> str:
    return f"010{number * 7919 % 10**8:08}"


def _last_four(number: int) -> str:
    return f"{INITIALS[number % 10]}{_phone(number)[-4:]}"


def _lookups(store: Store, customers: int, typed: Callable[[int], str]) -> list[float]:
    """Look customers up, each at a till of its own, for one may ask so often a minute only; return the seconds, sorted.

    Raises:
        RuntimeError: one that is there was not found.
    """
    chance = Random(1)  # noqa: S311 (chance, repeatable)
    seconds = []
    for lookup in range(LOOKUPS):
        text = typed(chance.randrange(1, customers))
        began = time.perf_counter()
        found = finding.find(text, asker=Asker(store, terminal=f"{typed.__name__}{customers}-{lookup}"))
        standing_card(found.customer, store=store)
        seconds.append(time.perf_counter() - began)
        _refuse_nobody(found, text)
    return sorted(seconds)


def _refuse_nobody(found: Finding, text: str) -> None:
    if found.outcome == DeskLookup.Outcome.NOT_FOUND:
        raise RuntimeError(f"Nobody was found by {text}.")
