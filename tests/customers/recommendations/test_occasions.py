"""Narrower lists: what goes with something, what is needed again, other categories, dearer ones, the cart, views."""

import pytest

from customers import stored_numbers
from customers.models import Customer, Event, Product
from customers.recommendations import occasions, rebuilding
from tests.customers.recommendations.shoppers import NOW, buy_each, days_ago
from tests.factories import buy, make_customer, make_event, make_product

pytestmark = pytest.mark.django_db


def test_what_goes_with_a_product_is_neither_what_they_have_nor_what_is_sold_out() -> None:
    bread, butter, jam, gone = (make_product(name=name) for name in ("빵", "버터", "잼", "품절"))
    buy_each(30, bread, butter, jam, gone)
    buy_each(200, make_product())
    Product.objects.filter(pk=gone.pk).update(stock=0)
    reader = make_customer()
    buy(reader, butter, at=days_ago(2))
    rebuilding.rebuild(NOW)

    found = occasions.going_with({reader.pk: [bread.pk]}, limit=6, now=NOW)

    assert found == {reader.pk: [jam.pk]}


@pytest.mark.parametrize(("days", "is_needed"), [(1, False), (16, False), (23, True), (60, True)])
def test_what_is_bought_every_thirty_days_is_needed_from_a_week_before(days: int, is_needed: bool) -> None:
    coffee, reader = make_product(), make_customer()
    for gap in range(4):
        buy(reader, coffee, at=days_ago(days + 30 * gap))
    rebuilding.rebuild(NOW)

    found = occasions.due_now([reader.pk], limit=6, now=NOW)

    assert found == ({reader.pk: [coffee.pk]} if is_needed else {})


@pytest.mark.parametrize(("days", "is_named"), [(28, False), (29, True)])
def test_what_was_bought_before_is_named_once_it_is_four_weeks_ago(days: int, is_named: bool) -> None:
    usual, once, reader = make_product(), make_product(), make_customer()
    buy(reader, usual, once, at=days_ago(days + 100))
    buy(reader, usual, at=days_ago(days))

    found = occasions.bought_before([reader.pk], limit=6, now=NOW)

    assert found == ({reader.pk: [usual.pk]} if is_named else {})


def test_other_categories_are_those_never_bought_from() -> None:
    known, same, other = (make_product(category=category) for category in ("쌀", "쌀", "과일"))
    buy_each(30, same)
    buy_each(30, other)
    reader = make_customer()
    buy(reader, known, at=days_ago(5))
    stored_numbers.rebuild_everything(NOW)
    rebuilding.rebuild(NOW)

    found = occasions.in_other_categories([reader.pk], limit=6, now=NOW)

    assert found == {reader.pk: [other.pk]}


@pytest.mark.parametrize(("price", "is_next"), [(11_500, False), (11_501, True), (18_000, True), (18_001, False)])
def test_the_next_price_band_is_dearer_but_not_another_league(price: int, is_next: bool) -> None:
    usual, dearer = make_product(price=10_000), make_product(price=price)
    buy_each(30, dearer)
    reader = make_customer()
    buy(reader, usual, at=days_ago(5))
    rebuilding.rebuild(NOW)

    found = occasions.dearer_in_favourites([reader.pk], limit=6, now=NOW)

    assert found == ({reader.pk: [dearer.pk]} if is_next else {})


@pytest.mark.parametrize(
    ("deeds", "is_left"),
    [
        ([("cart_add", 3)], True),
        ([("cart_add", 31)], False),
        ([("cart_add", 3), ("cart_remove", 2)], False),
        ([("cart_add", 3), ("cart_remove", 2), ("cart_add", 1)], True),
        ([("cart_add", 3), ("bought", 2)], False),
        ([("bought", 4), ("cart_add", 3)], True),
    ],
)
def test_what_lies_in_the_cart_follows_what_was_last_done(deeds: list[tuple[str, int]], is_left: bool) -> None:
    product, reader = make_product(), make_customer()
    for kind, days in deeds:
        do(reader, product, kind, days)

    found = occasions.in_cart([reader.pk], limit=6, now=NOW)

    assert found == ({reader.pk: [product.pk]} if is_left else {})


@pytest.mark.parametrize(("taken_out", "is_left"), [(1, True), (3, False), (None, False)])
def test_what_was_taken_out_in_part_is_still_in_the_cart(taken_out: int | None, is_left: bool) -> None:
    product, reader = make_product(), make_customer()
    make_event(reader, "cart_add", at=days_ago(2), product=product, properties={"quantity": 3})
    taken = {} if taken_out is None else {"quantity": taken_out}
    make_event(reader, "cart_remove", at=days_ago(1), product=product, properties=taken)

    found = occasions.in_cart([reader.pk], limit=6, now=NOW)

    assert found == ({reader.pk: [product.pk]} if is_left else {})


@pytest.mark.parametrize(("status", "is_left"), [("pending", False), ("paid", False), ("cancelled", True)])
def test_what_was_ordered_and_is_not_paid_yet_is_in_the_cart_no_more(status: str, is_left: bool) -> None:
    product, reader = make_product(), make_customer()
    do(reader, product, "cart_add", 2)
    buy(reader, product, at=days_ago(1), status=status)

    found = occasions.in_cart([reader.pk], limit=6, now=NOW)

    assert found == ({reader.pk: [product.pk]} if is_left else {})


def test_what_was_looked_at_most_comes_first_and_what_was_bought_not_at_all() -> None:
    once, twice, bought, reader = make_product(), make_product(), make_product(), make_customer()
    for product, days in ((once, 1), (twice, 9), (twice, 8), (bought, 7)):
        do(reader, product, "product_view", days)
    do(reader, bought, "bought", 10)

    found = occasions.viewed([reader.pk], limit=6, now=NOW)

    assert found == {reader.pk: [twice.pk, once.pk]}


def do(customer: Customer, product: Product, kind: str, days: int) -> None:
    if kind == "bought":
        buy(customer, product, at=days_ago(days))
    else:
        terms = {"kind": kind, "customer": customer, "product": product, "occurred_at": days_ago(days)}
        Event.objects.create(external_id=f"{kind} {product.pk} {days}", **terms)
