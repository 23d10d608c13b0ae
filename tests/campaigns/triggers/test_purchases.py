"""Who enters by an order: which one it is, and what narrows orders down."""

from typing import Any

import pytest

from customers.models import Store
from tests.campaigns.triggers.asking import AT, DAY, HOUR, ask
from tests.factories import buy, make_customer, make_order, make_product

pytestmark = pytest.mark.django_db


def test_the_third_purchase_counts_only_those_that_hold() -> None:
    customer = make_customer()
    for days, status in ((30, "paid"), (20, "cancelled"), (10, "delivered"), (0, "paid")):
        third = make_order(customer, placed_at=AT - days * DAY, status=status)
    fourth = make_order(customer, placed_at=AT + HOUR)

    found = [ask("nth_order", {"number": number}) for number in (2, 3, 4)]

    assert [[(each.at, each.key) for each in entries] for entries in found] == [
        [],
        [(AT, f"nth/3/{third.pk}")],
        [(AT + HOUR, f"nth/4/{fourth.pk}")],
    ]


@pytest.mark.parametrize(
    ("asked", "enters"),
    [
        ({}, True),
        ({"minimum": 27_000}, True),
        ({"minimum": 27_001}, False),
        ({"channels": ["online"]}, False),
        ({"channels": ["online", "store"]}, True),
        ({"stores": ["S1"]}, True),
        ({"stores": ["S2"]}, False),
        ({"products": ["BEANS"]}, True),
        ({"products": ["TEA"]}, False),
        ({"categories": ["커피"], "minimum": 1_000, "stores": ["S1"]}, True),
        ({"categories": ["차"]}, False),
    ],
)
def test_orders_are_narrowed_down(asked: dict[str, Any], enters: bool) -> None:
    beans, bag = make_product(sku="BEANS", category="커피"), make_product(category="잡화")
    terms: dict[str, Any] = {"paid": 30_000, "shipping": 3_000, "refunded": 5_000, "channel": "store"}
    store = Store.objects.create(external_id="S1", name="성수점")
    order = buy(make_customer(), bag, beans, at=AT, store=store, **terms)
    order.lines.filter(product=beans).update(amount=20_000)

    found = ask("every_order", asked)

    assert [each.key for each in found] == ([f"order/{order.pk}"] if enters else [])
    if enters:
        told = {"order_id": order.pk, "order_number": order.external_id, "amount": 30_000, "store": "성수점"}
        assert found[0].context == told | {"product_id": beans.pk, "product": beans.name, "category": "커피"}


@pytest.mark.parametrize("status", ["pending", "cancelled", "refunded"])
def test_what_is_no_purchase_lets_nobody_enter(status: str) -> None:
    make_order(make_customer(), placed_at=AT, delivered_at=AT, status=status)
    make_order(None, placed_at=AT, delivered_at=AT)

    assert ask("every_order", {}) == []
    assert ask("order_delivered", {}) == []


def test_who_only_had_a_marketplace_deliver_did_not_sign_up() -> None:
    make_customer(joined_at=AT, is_marketplace_contact=True)
    member = make_customer(joined_at=AT, acquisition_source="instagram")

    assert [each.customer_id for each in ask("signed_up", {})] == [member.pk]
    assert len(ask("signed_up", {"sources": ["instagram"]})) == 1
    assert ask("signed_up", {"sources": ["naver"]}) == []
