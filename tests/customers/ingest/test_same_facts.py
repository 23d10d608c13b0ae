"""The same facts leave the same tables, whatever way they come in: files or API, any order, any split, repeated.

`SAME_FACTS_EXAMPLES` sets how many shops are tried; five by default.
"""

import csv
import os
from collections.abc import Iterable
from datetime import datetime
from io import StringIO
from pathlib import Path
from random import Random

import pytest
from django.core.management import call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.models import (
    ConsentEntry,
    ConsentState,
    Customer,
    CustomerStats,
    Event,
    Order,
    OrderLine,
    Product,
    Refund,
    Store,
    Visitor,
)
from tests.customers.api.shop_system import ShopSystem

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

EXAMPLES = int(os.environ.get("SAME_FACTS_EXAMPLES", "5"))
# A kind may name those before it; what is refused because they are not there yet is sent again.
KINDS = ("stores", "products", "customers", "orders", "events", "consents")
MOST_ROUNDS = 10

# Records that must come together: those of one order.
Group = list[dict[str, object]]
Facts = dict[str, list[Group]]

won = st.integers(0, 90).map(lambda thousands: thousands * 1_000)
moments = st.datetimes(datetime(2025, 1, 1), datetime(2026, 10, 31)).map(  # noqa: DTZ001 - given its zone below
    lambda when: f"{when.replace(microsecond=0).isoformat()}+09:00"
)
words = st.text("가나다라abc, \"'&", max_size=6).map(str.strip)


@st.composite
def shops(draw: st.DrawFn) -> Facts:
    """Draw the facts of a small shop, each with a number of its own and every column given."""
    counts = {kind: draw(st.integers(1, 3)) for kind in ("stores", "products", "customers")}
    drawn = {
        "stores": [_store(draw, number) for number in range(counts["stores"])],
        "products": [_product(draw, number) for number in range(counts["products"])],
        "customers": [_customer(draw, number, counts) for number in range(counts["customers"])],
    }
    facts: Facts = {kind: [[record] for record in records] for kind, records in drawn.items()}
    facts["orders"] = [_order(draw, number, counts) for number in range(draw(st.integers(0, 4)))]
    facts["events"] = [[_event(draw, number, counts)] for number in range(draw(st.integers(0, 5)))]
    facts["consents"] = [[record] for record in _consents(draw, counts)]
    return facts


def _number(draw: st.DrawFn, letter: str, count: int) -> str:
    return f"{letter}{draw(st.integers(0, count - 1))}"


def _store(draw: st.DrawFn, number: int) -> dict[str, object]:
    return {"store_id": f"S{number}", "name": draw(words) or "본점"}


def _product(draw: st.DrawFn, number: int) -> dict[str, object]:
    return {"sku": f"P{number}", "name": draw(words) or "우유", "category": draw(words), "price": draw(won)}


def _customer(draw: st.DrawFn, number: int, counts: dict[str, int]) -> dict[str, object]:
    return {
        "customer_id": f"C{number}",
        "name": draw(words),
        "email": draw(st.sampled_from(["", "A@example.com", "b@example.com"])),
        "phone": draw(st.sampled_from(["", "010-1234-5678", "+82 10 8765 4321"])),
        "joined_at": draw(moments),
        "store_id": draw(st.sampled_from(["", _number(draw, "S", counts["stores"])])),
        "attr.size": draw(st.sampled_from(["", "M", "L"])),
        "consent.email": draw(st.sampled_from(["Y", "N"])),
        "consent.email.at": draw(moments),
    }


def _order(draw: st.DrawFn, number: int, counts: dict[str, int]) -> Group:
    paid = draw(won)
    head = {
        "order_id": f"O{number}",
        "customer_id": draw(st.sampled_from(["", _number(draw, "C", counts["customers"])])),
        "placed_at": draw(moments),
        "status": draw(st.sampled_from(Order.Status.values)),
        "channel": draw(st.sampled_from(Order.SalesChannel.values)),
        "store_id": draw(st.sampled_from(["", _number(draw, "S", counts["stores"])])),
        "paid": paid,
        "refunded": draw(st.integers(0, paid)),
        "refunded_at": draw(st.just("") | moments),
    }
    return [
        head
        | {"sku": _number(draw, "P", counts["products"]), "quantity": draw(st.integers(1, 3)), "position": position}
        | {"line_amount": draw(won)}
        for position in range(1, draw(st.integers(1, 3)) + 1)
    ]


def _event(draw: st.DrawFn, number: int, counts: dict[str, int]) -> dict[str, object]:
    person = draw(st.integers(0, counts["customers"] - 1))
    names_both, names_visitor = draw(st.booleans()), draw(st.booleans())
    return {
        "event_id": f"E{number}",
        "kind": draw(st.sampled_from(Event.Kind.values)),
        "customer_id": f"C{person}" if names_both or not names_visitor else "",
        "visitor_id": f"V{person}" if names_both or names_visitor else "",
        "occurred_at": draw(moments),
        "sku": draw(st.sampled_from(["", _number(draw, "P", counts["products"])])),
        "prop.page": draw(words),
    }


def _consents(draw: st.DrawFn, counts: dict[str, int]) -> list[dict[str, object]]:
    said = {
        (_number(draw, "C", counts["customers"]), draw(st.sampled_from(["granted", "withdrawn"])), draw(moments))
        for _expression in range(draw(st.integers(0, 4)))
    }
    terms = {"purpose": "ad_receive", "channel": "sms"}
    return [terms | {"customer_id": who, "action": what, "occurred_at": when} for who, what, when in sorted(said)]


def tables() -> dict[str, list[tuple]]:
    """Return what is stored, by the senders' numbers."""
    customer, store = "customer__external_id", "home_store__external_id"
    wanted = {
        Store: ["external_id", "name"],
        Product: ["sku", "name", "category", "price", "is_active"],
        Customer: ["external_id", "name", "email", "phone", "joined_at", store, "attributes"],
        Order: [
            *("external_id", customer, "store__external_id", "placed_at", "status", "channel", "paid", "refunded"),
            *("refunded_at", "revenue"),
        ],
        Refund: ["order__external_id", "amount", "refunded_at"],
        OrderLine: ["order__external_id", "position", "product__sku", "quantity", "amount"],
        Visitor: ["key", customer, "first_seen_at"],
        Event: ["external_id", "kind", customer, "visitor__key", "occurred_at", "product__sku", "properties"],
        ConsentEntry: [customer, "purpose", "channel", "action", "occurred_at"],
        ConsentState: [customer, "purpose", "channel", "is_granted", "since"],
        CustomerStats: [
            customer,
            *(field.attname for field in CustomerStats._meta.concrete_fields if field.name != "customer"),
        ],
    }
    return {
        model.__name__: sorted(model._base_manager.values_list(*columns), key=str) for model, columns in wanted.items()
    }


def by_files(facts: Facts, chance: Random | None, folder: Path) -> None:
    """Import a file a kind; with a chance the rows are shuffled, split over files, and some files come twice."""
    for kind in KINDS:
        groups = facts[kind][:]
        if chance:
            chance.shuffle(groups)
        for part in _split(groups, chance):
            file = folder / f"{kind}.csv"
            _write(file, [record for group in part for record in group])
            for _time in range(chance.choice([1, 2]) if chance else 1):
                call_command("import_data", kind, str(file), stdout=StringIO())


def by_api(facts: Facts, chance: Random) -> None:
    """Post lists in any order, kinds mixed; some come twice, and what was refused comes again."""
    shop = ShopSystem()
    waiting = [(kind, group) for kind in KINDS for group in facts[kind]]
    for _round in range(MOST_ROUNDS):
        chance.shuffle(waiting)
        refused = []
        for kind in chance.sample(KINDS, len(KINDS)):
            for part in _split([group for its_kind, group in waiting if its_kind == kind], chance):
                refused += [(kind, group) for group in _post(shop, kind, part)]
        waiting = refused or ([chance.choice(waiting)] if waiting and chance.random() < 0.5 else [])
        if not waiting:
            return
    assert not refused


def _post(shop: ShopSystem, kind: str, groups: list[Group]) -> list[Group]:
    """Post the groups as one list; return those with a refused record."""
    records = [record for group in groups for record in group]
    status, answer = shop.post(kind, records)
    assert status == 200
    owners = [place for place, group in enumerate(groups) for _record in group]
    refused = {owners[each["index"]] for each in answer["results"] if each["result"] == "refused"}
    return [groups[place] for place in sorted(refused)]


def _split(groups: list[Group], chance: Random | None) -> Iterable[list[Group]]:
    while groups:
        size = chance.randint(1, len(groups)) if chance else len(groups)
        yield groups[:size]
        groups = groups[size:]


def _write(file: Path, records: list[dict[str, object]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, records[0].keys())
        writer.writeheader()
        writer.writerows(records)


def left_behind(way: object, *arguments: object) -> dict[str, list[tuple]]:
    """Return the tables that a way of bringing facts in leaves behind, and take them back."""
    mark = transaction.savepoint()
    try:
        way(*arguments)
        return tables()
    finally:
        transaction.savepoint_rollback(mark)


@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(facts=shops(), seed=st.integers(0, 1_000))
def test_the_same_facts_leave_the_same_tables(facts: Facts, seed: int, tmp_path: Path) -> None:
    in_order = left_behind(by_files, facts, None, tmp_path)

    shuffled = left_behind(by_files, facts, Random(seed), tmp_path)  # noqa: S311 - it protects nothing
    posted = left_behind(by_api, facts, Random(seed))  # noqa: S311

    assert shuffled == in_order
    assert posted == in_order
