"""When a purchase is due again: by the customer's own cycle, or by a category's."""

from typing import Any

import pytest

from customers import stats
from customers.models import Customer
from tests.campaigns.triggers.asking import AT, DAY, HOUR, ask
from tests.campaigns.triggers.test_every_trigger import make_cycle
from tests.factories import buy, make_customer, make_order, make_product

pytestmark = pytest.mark.django_db

BY_CATEGORY = {"cycle_of": "category", "days": 5, "at": "10:00"}
BY_CUSTOMER = {**BY_CATEGORY, "cycle_of": "customer"}


@pytest.mark.parametrize(
    ("asked", "cycle", "again", "enters"),
    [
        ({}, {}, None, True),
        ({"days": 4}, {}, None, False),
        ({"confidence": 90}, {}, None, True),
        ({"confidence": 91}, {}, None, False),
        ({}, {"gaps": 29}, None, False),
        ({"categories": ["커피"]}, {}, None, True),
        ({"categories": ["차"]}, {}, None, False),
        ({"products": ["BEANS"]}, {}, None, True),
        ({"products": ["TEA"]}, {}, None, False),
        ({}, {}, ("커피", 3 * DAY), False),
        ({}, {}, ("차", 3 * DAY), True),
        ({}, {}, ("커피", -HOUR), True),
    ],
)
def test_a_category_is_due_days_before_its_cycle_ends(
    asked: dict[str, Any], cycle: dict[str, Any], again: tuple[str, Any] | None, enters: bool
) -> None:
    make_cycle("커피", days=45, **cycle)
    customer, beans = make_customer(), make_product(sku="BEANS", category="커피")
    order = buy(customer, beans, at=AT - 40 * DAY)
    if again:
        buy(customer, make_product(category=again[0]), at=AT - again[1])

    found = ask("repurchase_due", {**BY_CATEGORY, **asked})
    # Of many days it is asked otherwise, with the same answer.
    of_weeks = [each for each in ask("repurchase_due", {**BY_CATEGORY, **asked}, since=AT - 20 * DAY) if each.at == AT]

    assert [(each.customer_id, each.at) for each in found] == ([(customer.pk, AT)] if enters else [])
    assert of_weeks == found
    if enters and "days" not in asked:
        told = {"order_id": order.pk, "product_id": beans.pk, "product": beans.name, "category": "커피"}
        assert found[0].context == told | {"cycle_days": 45, "due_on": "2026-11-25"}


def buys_every(customer: Customer, *pauses: int, last: int) -> None:
    """Purchases with such pauses in days, the last one so many days ago; the statistics follow."""
    ago = last + sum(pauses)
    for pause in (0, *pauses):
        ago -= pause
        make_order(customer, placed_at=AT - ago * DAY)
    stats.refresh([customer.pk])


@pytest.mark.parametrize(
    ("pauses", "last", "asked", "enters"),
    [
        ((20, 20, 20), 15, {}, True),
        ((20, 20, 20), 16, {}, False),
        ((18, 20, 60), 15, {}, True),
        ((20, 20), 15, {}, False),
        ((20, 20, 20), 15, {"confidence": 95}, True),
        ((10, 20, 60), 15, {"confidence": 50}, False),
        ((3, 3, 3), 1, {"days": 5}, False),
    ],
)
def test_the_customers_own_cycle_needs_three_pauses(
    pauses: tuple[int, ...], last: int, asked: dict[str, Any], enters: bool
) -> None:
    customer = make_customer()
    buys_every(customer, *pauses, last=last)

    found = ask("repurchase_due", {**BY_CUSTOMER, **asked})

    assert [(each.customer_id, each.at) for each in found] == ([(customer.pk, AT)] if enters else [])


def test_who_bought_after_the_anchor_was_due_then_and_who_bought_before_it_was_not() -> None:
    late, early = make_customer(), make_customer()
    for customer, hours in ((late, 1), (early, -1)):
        buys_every(customer, 20, 20, 20, last=15)
        make_order(customer, placed_at=AT + hours * HOUR)
        stats.refresh([customer.pk])

    found = ask("repurchase_due", BY_CUSTOMER)

    assert [(each.customer_id, each.key) for each in found] == [(late.pk, "due/2026-11-05")]
