"""Lists hold what is due again or never bought, in stock and on sale, each with its reason."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers import cycles, rfm, stats
from customers.affinity import Kind, Recommendation, Which, recommend, recommend_many
from customers.models import Customer, Product
from customers.recommendations import rebuilding
from tests.customers.recommendations.shoppers import NOW, buy_each, days_ago
from tests.factories import buy, make_customer, make_product

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]


def rebuild() -> None:
    stats.rebuild()
    cycles.rebuild(NOW)
    rfm.score_everyone(NOW)
    rebuilding.rebuild(NOW)


def buy_on(customer: Customer, product: Product, *days: int) -> None:
    for each in days:
        buy(customer, product, at=days_ago(each))


def offered(customer: Customer, which: Which = Which.EVERYTHING) -> dict[Product, Recommendation]:
    return {each.product: each for each in recommend(customer.pk, now=NOW, which=which)}


def test_what_is_due_again_is_offered_with_the_customer_s_own_cycle() -> None:
    customer, milk = make_customer(), make_product(name="우유")
    buy_on(customer, milk, 39, 29, 19, 9)
    rebuild()

    (found,) = recommend(customer.pk, now=NOW)

    assert (found.product, found.kind) == (milk, Kind.DUE_AGAIN)
    assert found.reason == "Bought on 4 days, every 10 days; last on 2026-11-12"
    assert 0 < found.score < 1


@pytest.mark.parametrize(
    ("days", "is_offered"),
    [
        ((189, 129, 69, 9), False),  # every 60 days, and bought nine days ago
        ((212, 152, 92, 32), True),  # due in 28 days
        ((211, 151, 91, 31), False),  # due in 29 days
        ((3,), False),  # once, and nobody is known to buy it again
    ],
)
def test_nothing_is_offered_before_it_is_needed_again(days: tuple[int, ...], is_offered: bool) -> None:
    customer, product = make_customer(), make_product()
    buy_on(customer, product, *days)
    rebuild()

    assert (product in offered(customer)) is is_offered


@pytest.mark.parametrize("given", [{"is_active": False}, {"stock": 0}, {"stock": -2}])
@pytest.mark.parametrize("which", [Which.AGAIN, Which.NEVER_BOUGHT])
def test_what_is_off_sale_or_sold_out_is_never_offered(given: dict, which: Which) -> None:
    customer, milk, bread = make_customer(), make_product(**given), make_product(**given)
    left = make_product(stock=1)
    buy_on(customer, milk, 39, 29, 19, 9)
    buy_each(20, bread, left)
    rebuild()

    found = offered(customer, which)

    assert milk not in found
    assert bread not in found
    assert (left in found) is (which is Which.NEVER_BOUGHT)


def test_a_companion_is_offered_with_the_share_of_those_who_bought_both() -> None:
    shampoo, conditioner = make_product(name="샴푸"), make_product(name="린스")
    customer = make_customer()
    buy(customer, shampoo, at=days_ago(5))
    buy_each(17, shampoo, conditioner)
    buy_each(32, shampoo)
    buy_each(13, conditioner)
    buy_each(137, make_product())
    rebuild()

    found = offered(customer)[conditioner]

    assert found.kind == Kind.TOGETHER
    assert found.reason == "34 % of the customers who bought “샴푸” bought this with it"


def test_a_favourite_category_s_product_is_offered_to_whoever_never_bought_it() -> None:
    customer, milk, yoghurt = make_customer(), *(make_product(category="유제품") for _number in range(2))
    buy_on(customer, milk, 3, 6, 9)
    buy_each(12, yoghurt)
    rebuild()

    found = offered(customer)[yoghurt]

    assert found.kind == Kind.FAVOURITE_CATEGORY
    assert found.reason == "Often buys “유제품”, but never this one; 12 customers did in the last 28 days"


def test_who_never_bought_is_offered_what_sells_best() -> None:
    newcomer, milk, bread = make_customer(), make_product(), make_product()
    buy_each(15, bread)
    buy_each(5, milk)
    rebuild()

    first, second = recommend(newcomer.pk, now=NOW)

    assert (first.product, second.product) == (bread, milk)
    assert first.kind == Kind.POPULAR
    assert first.reason == "75.0 % of the buyers in “all customers” bought it in the last 28 days"


def test_nothing_is_offered_before_the_first_rebuild() -> None:
    assert recommend(make_customer().pk, now=NOW) == []


def test_orders_from_the_moment_on_are_not_looked_at() -> None:
    customer, milk = make_customer(), make_product()
    buy_on(customer, milk, 40, 30, 20, 10)
    rebuild()
    before = recommend(customer.pk, now=NOW)

    buy(customer, milk, make_product(), at=NOW)

    assert recommend(customer.pk, now=NOW) == before


def test_the_lists_of_many_are_those_of_each_in_as_many_queries_as_for_few() -> None:
    products = [make_product() for _number in range(6)]
    people = [make_customer() for _number in range(12)]
    for number, person in enumerate(people):
        buy_on(person, products[number % 6], 30, 20, 10)
    rebuild()

    with CaptureQueriesContext(connection) as for_few:
        recommend_many([person.pk for person in people[:2]], now=NOW)
    with CaptureQueriesContext(connection) as for_all:
        found = recommend_many([person.pk for person in people], now=NOW)

    assert found == {person.pk: recommend(person.pk, now=NOW) for person in people}
    assert len(for_all) == len(for_few)
