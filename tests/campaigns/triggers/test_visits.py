"""Who looked often and did not buy, and what the shop's own events are asked for."""

from typing import Any

import pytest

from tests.campaigns.triggers.asking import AT, DAY, ask
from tests.factories import buy, make_customer, make_event, make_product

pytestmark = pytest.mark.django_db

THREE = {"of": "product", "times": 3, "days": 7}


@pytest.mark.parametrize(
    ("viewed", "bought", "enters"),
    [
        ([2, 1, 0], None, [0]),
        ([1, 0], None, []),
        ([7, 1, 0], None, []),
        ([6, 3, 0], None, [0]),
        # Views go on: nothing new until they have stopped for a while.
        ([3, 2, 1, 0], None, [1]),
        ([20, 19, 18, 2, 1, 0], None, [18, 0]),
        # Bought within the days, before them, and afterwards.
        ([2, 1, 0], 1, []),
        ([2, 1, 0], 7, [0]),
        ([2, 1, 0], -1, [0]),
    ],
)
def test_so_many_views_within_so_many_days(viewed: list[int], bought: int | None, enters: list[int]) -> None:
    customer, product = make_customer(), make_product()
    for days in viewed:
        make_event(customer, "product_view", at=AT - days * DAY, product=product)
    if bought is not None:
        buy(customer, product, at=AT - bought * DAY)

    found = ask("viewed_not_bought", THREE, since=AT - 30 * DAY)

    assert [each.at for each in found] == [AT - days * DAY for days in enters]
    assert {each.key for each in found} <= {f"viewed/{product.pk}/2026-11"}


@pytest.mark.parametrize(
    ("asked", "enters"),
    [
        (THREE, False),
        ({**THREE, "of": "category"}, True),
        ({**THREE, "of": "category", "categories": ["커피"]}, True),
        ({**THREE, "of": "category", "categories": ["차"]}, False),
        ({**THREE, "times": 1}, True),
    ],
)
def test_views_of_one_category_add_up(asked: dict[str, Any], enters: bool) -> None:
    customer = make_customer()
    for days in (2, 1, 0):
        make_event(customer, "product_view", at=AT - days * DAY, product=make_product(category="커피"))

    assert bool(ask("viewed_not_bought", asked)) is enters


def test_of_a_category_only_views_of_the_named_products_count_in_every_window() -> None:
    customer, named, other = make_customer(), make_product(sku="A", category="커피"), make_product(category="커피")
    for days, product in ((4, named), (3, named), (2, other), (1, named), (0, other)):
        make_event(customer, "product_view", at=AT - days * DAY, product=product)
    asked = {**THREE, "of": "category", "products": ["A"]}

    whole = ask("viewed_not_bought", asked, since=AT - 10 * DAY)
    parts = [ask("viewed_not_bought", asked, since=AT - (n + 1) * DAY, until=AT - n * DAY) for n in range(10)]

    assert [each.at for each in whole] == [AT - DAY]
    assert [each for part in parts for each in part] == whole


@pytest.mark.parametrize(
    ("asked", "enters"),
    [
        ({"name": "wished"}, True),
        ({"name": "shared"}, False),
        ({"name": "wished", "property": {"name": "list", "value": "birthday"}}, True),
        ({"name": "wished", "property": {"name": "list", "value": "wedding"}}, False),
        (
            {
                "name": "wished",
                "property": {"name": "list", "value": "birthday"},
                "and_property": {"name": "pieces", "value": "2"},
            },
            True,
        ),
    ],
)
def test_own_events_are_known_by_their_name_and_properties(asked: dict[str, Any], enters: bool) -> None:
    properties = {"name": "wished", "list": "birthday", "pieces": 2}
    make_event(make_customer(), "custom", at=AT, properties=properties)

    assert bool(ask("custom_event", asked)) is enters
