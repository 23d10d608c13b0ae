"""What goes together is counted over baskets, among enough people, and over nothing later than asked."""

import pytest

from customers.models import ProductAffinity, ProductDemand, ProductPopularity, Store
from customers.recommendations import rebuilding
from tests.customers.recommendations.shoppers import NOW, buy_each, days_ago
from tests.factories import buy, make_customer, make_product

pytestmark = pytest.mark.django_db


def companions_of(product: object) -> list[tuple[str, int, float, float]]:
    rows = ProductAffinity.objects.filter(product=product).order_by("place").select_related("companion")
    return [(each.companion.name, each.buyers_together, round(each.share, 4), round(each.lift, 4)) for each in rows]


def test_lift_and_share_are_those_worked_out_by_hand() -> None:
    shampoo, conditioner, milk = (make_product(name=name) for name in ("샴푸", "린스", "우유"))
    buy_each(17, shampoo, conditioner)
    buy_each(33, shampoo)
    buy_each(13, conditioner)
    buy_each(137, milk)

    rebuilding.rebuild(NOW)

    # 200 orders: 50 with shampoo, 30 with conditioner, 17 with both. 17 of 50 buyers; 17 × 200 ÷ (50 × 30).
    assert companions_of(shampoo) == [("린스", 17, 0.34, 2.2667)]
    assert companions_of(conditioner) == [("샴푸", 17, 0.5667, 2.2667)]
    assert companions_of(milk) == []


def test_companions_stand_in_the_order_of_how_often_and_how_surprising() -> None:
    shampoo, conditioner, bag = (make_product(name=name) for name in ("샴푸", "린스", "봉투"))
    buy_each(20, shampoo, conditioner, bag)
    buy_each(10, shampoo, bag)
    buy_each(40, bag)
    buy_each(100, make_product())

    rebuilding.rebuild(NOW)

    assert [name for name, *_numbers in companions_of(shampoo)] == ["린스", "봉투"]


@pytest.mark.parametrize(("people", "pairs"), [(9, 0), (10, 2)])
def test_a_pair_needs_ten_people(people: int, pairs: int) -> None:
    this, that = make_product(), make_product()
    buy_each(people, this, that)
    buy_each(20, this)
    buy_each(20, that)
    buy_each(60, make_product())

    rebuilding.rebuild(NOW)

    assert ProductAffinity.objects.count() == pairs


def test_one_household_s_habit_is_no_evidence() -> None:
    this, that = make_product(), make_product()
    household = make_customer()
    for days in range(1, 40):
        buy(household, this, that, at=days_ago(days))
    for product in (this, that, make_product()):
        buy_each(25, product)

    rebuilding.rebuild(NOW)

    assert not ProductAffinity.objects.exists()


def test_guests_count_as_people() -> None:
    this, that = make_product(), make_product()
    for _number in range(20):
        buy(None, this, that, at=days_ago(5))
    buy_each(40, make_product())

    rebuilding.rebuild(NOW)

    assert ProductAffinity.objects.count() == 2


def test_unpaid_orders_returned_lines_and_later_orders_do_not_count() -> None:
    milk = make_product()
    buy(make_customer(), milk, at=days_ago(3))
    buy(make_customer(), milk, at=days_ago(3), status="cancelled")
    buy(make_customer(), milk, at=days_ago(3), quantity=-1)
    buy(make_customer(), milk, at=NOW)
    buy(make_customer(), milk, at=days_ago(366))

    rebuilding.rebuild(NOW)

    demand = ProductDemand.objects.get()
    assert (demand.orders, demand.buyers, demand.repeat_buyers, demand.recent_buyers) == (1, 1, 0, 1)


def test_repeat_buyers_bought_on_two_days() -> None:
    milk = make_product()
    twice, twice_a_day = make_customer(), make_customer()
    for days in (40, 50):
        buy(twice, milk, at=days_ago(days))
    for _number in range(2):
        buy(twice_a_day, milk, at=days_ago(2))

    rebuilt = rebuilding.rebuild(NOW)

    demand = ProductDemand.objects.get()
    assert (demand.orders, demand.buyers, demand.repeat_buyers, demand.recent_buyers) == (4, 2, 1, 1)
    assert (rebuilt.orders, rebuilt.buyers, rebuilt.recent_buyers, rebuilt.repeat_share) == (4, 2, 1, 0.5)


def test_a_store_has_best_sellers_of_its_own() -> None:
    store = Store.objects.create(external_id="S-1", name="성수점")
    milk, bread = make_product(), make_product()
    buy_each(30, bread)
    for _number in range(10):
        buy(make_customer(home_store=store), milk, at=days_ago(3))

    rebuilding.rebuild(NOW)

    best = {each.group: each for each in ProductPopularity.objects.filter(place=1).exclude(group="category")}
    assert (best["everyone"].product, best["everyone"].share, best["everyone"].lift) == (bread, 0.75, 1.0)
    assert (best["store"].product, best["store"].key, best["store"].buyers) == (milk, str(store.pk), 10)
    assert (best["store"].share, best["store"].lift) == (1.0, 4.0)


def test_two_rebuilds_leave_the_same() -> None:
    this, that = make_product(), make_product()
    buy_each(20, this, that)
    buy_each(30, make_product())

    rows = []
    for _run in range(2):
        rebuilding.rebuild(NOW)
        affinity = ProductAffinity.objects.order_by("product", "place")
        rows.append(
            [
                list(affinity.values_list("product", "place", "companion", "buyers_together", "share", "lift")),
                list(ProductDemand.objects.order_by("pk").values_list()),
                list(ProductPopularity.objects.order_by("pk").values_list()),
            ]
        )

    assert rows[0] == rows[1]
    assert all(rows[0])
