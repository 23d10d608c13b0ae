"""Whose cart was left: stories of one cart, told in minutes before the anchor."""

from datetime import timedelta
from typing import Any

import pytest

from customers.ingest import ingest_events
from tests.campaigns.triggers.asking import AT, DAY, HOUR, ask
from tests.factories import make_customer, make_event, make_order, make_product

pytestmark = pytest.mark.django_db

TWO_HOURS = {"hours": 2}
# (minutes before the anchor, what, product, pieces); the anchor is two hours after the last touch.
Did = tuple[int, str, str, int | None]


@pytest.mark.parametrize(
    ("story", "products"),
    [
        ([(120, "cart_add", "a", None)], 1),
        ([(180, "cart_add", "a", None), (120, "cart_add", "b", 2)], 2),
        ([(200, "cart_add", "a", None), (120, "checkout", "", None)], 1),
        ([(180, "cart_add", "a", 2), (120, "cart_remove", "a", 1)], 1),
        ([(180, "cart_add", "a", None), (150, "cart_add", "b", None), (120, "cart_remove", "a", None)], 1),
        # Emptied before it was left.
        ([(180, "cart_add", "a", 3), (120, "cart_remove", "a", None)], None),
        ([(180, "cart_add", "a", 2), (150, "cart_remove", "a", 1), (120, "cart_remove", "a", 1)], None),
        # An order comes before or with the last touch, or within the two hours; a transfer that is awaited is one.
        ([(180, "cart_add", "a", None), (122, "order", "", None), (120, "checkout", "", None)], None),
        ([(120, "cart_add", "a", None), (60, "order", "", None)], None),
        ([(120, "cart_add", "a", None), (0, "order", "", None)], None),
        # Bought, and something new was put in long after.
        ([(600, "cart_add", "a", None), (580, "order", "", None), (120, "cart_add", "b", None)], 1),
        # What was put in before the order is not in the cart any more.
        ([(600, "cart_add", "a", None), (580, "order", "", None), (120, "cart_remove", "b", None)], None),
        # An order after the anchor is the exit's business.
        ([(120, "cart_add", "a", None), (-1, "order", "", None)], 1),
    ],
)
def test_a_cart_is_left_where_something_stays_in_it_and_nobody_orders(story: list[Did], products: int | None) -> None:
    customer, known = make_customer(), {sku: make_product(sku=sku) for sku in "ab"}
    for minutes, what, sku, pieces in story:
        at = AT - timedelta(minutes=minutes)
        if what == "order":
            make_order(customer, placed_at=at, status="pending")
            continue
        properties = {} if pieces is None else {"quantity": pieces}
        make_event(customer, what, at=at, product=known.get(sku), properties=properties)

    found = [each for each in ask("cart_left", TWO_HOURS) if each.at == AT]

    assert [(each.customer_id, len(each.context["product_ids"])) for each in found] == (
        [(customer.pk, products)] if products else []
    )


def test_a_cart_that_is_taken_up_again_stays_the_same_cart_until_it_is_forgotten() -> None:
    customer, product = make_customer(), make_product()
    for days in (20, 12, 11, 0):
        make_event(customer, "cart_add", at=AT - days * DAY - 2 * HOUR, product=product)

    found = ask("cart_left", TWO_HOURS, since=AT - 30 * DAY)

    assert [(each.at, each.key) for each in found] == [
        (AT - 20 * DAY, "cart/2026-10-31"),
        (AT - 12 * DAY, "cart/2026-11-08"),
        (AT - 11 * DAY, "cart/2026-11-08"),
        (AT, "cart/2026-11-20"),
    ]


def test_a_cart_of_many_weeks_has_the_same_key_whenever_it_is_asked() -> None:
    customer, product = make_customer(), make_product()
    for days in range(45, -1, -5):
        make_event(customer, "cart_add", at=AT - days * DAY - 2 * HOUR, product=product)

    asked = [ask("cart_left", TWO_HOURS, since=AT - days * DAY)[-1] for days in (1, 6, 30)]

    assert {(each.at, each.key) for each in asked} == {(AT, "cart/2026-10-21")}


def test_a_browser_that_turns_out_to_be_a_customers_brings_its_cart() -> None:
    customer, product = make_customer(), make_product()
    told: dict[str, Any] = {"kind": "cart_add", "visitor_id": "V1", "sku": product.sku}
    ingest_events([told | {"event_id": "1", "occurred_at": (AT - 2 * HOUR).isoformat()}])
    assert ask("cart_left", TWO_HOURS) == []

    named = {"customer_id": customer.external_id, "occurred_at": (AT + 3 * HOUR).isoformat()}
    ingest_events([told | named | {"event_id": "2", "kind": "page_view"}])

    assert [(each.customer_id, each.at) for each in ask("cart_left", TWO_HOURS)] == [(customer.pk, AT)]
