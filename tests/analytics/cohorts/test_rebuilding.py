"""What the nightly count of cohorts holds, on a few orders that can be counted by hand."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from analytics.cohorts import reading, rebuilding
from analytics.cohorts.behind import Behind
from analytics.models import CohortCell, CohortDimension, CohortGroup, CohortRebuild
from customers import stats
from customers.models import Customer, Product, Store
from customers.segments import explain, preview
from customers.segments.clock import Moment
from tests.factories import make_customer, make_order, make_product

pytestmark = pytest.mark.django_db

SEOUL = ZoneInfo("Asia/Seoul")
TODAY = date(2026, 11, 21)


def at(month: int, day: int, hour: int = 12) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=SEOUL)


def bought(customer: Customer | None, *moments: datetime, **given: Any) -> None:
    for moment in moments:
        make_order(customer, placed_at=moment, **given)


def basket(customer: Customer, moment: datetime, *lines: tuple[Product, int], **given: Any) -> None:
    order = make_order(customer, placed_at=moment, **given)
    for position, (product, amount) in enumerate(lines, start=1):
        order.lines.create(position=position, product=product, amount=amount)


def counted() -> CohortRebuild:
    stats.rebuild()
    return rebuilding.rebuild(TODAY)


def cells(dimension: str = "all", value: str = "") -> dict[tuple[int, int], tuple[int, int, int]]:
    rows = CohortCell.objects.filter(dimension=dimension, value=value)
    return {(row.cohort.month, row.age): (row.customers, row.orders, row.revenue) for row in rows}


@pytest.fixture
def shop() -> dict[str, Customer]:
    """Anna came back twice, Bert and Cora did not; Dora is new this month."""
    people = {name: make_customer(name=name, acquisition_source="search") for name in ("anna", "bert", "cora", "dora")}
    Customer.objects.filter(pk=people["cora"].pk).update(acquisition_source="flyer")
    bought(people["anna"], at(8, 31, 23), at(9, 1, 1), at(10, 5), at(10, 6), paid=10_000)
    bought(people["bert"], at(8, 15), paid=5_000)
    bought(people["cora"], at(9, 10), at(11, 20), paid=7_000)
    bought(people["dora"], at(11, 20, 23), paid=1_000)
    return people


def test_a_cell_counts_who_bought_their_orders_and_won(shop: dict[str, Customer]) -> None:
    counted()

    assert cells() == {
        (8, 0): (2, 2, 15_000),
        (8, 1): (1, 1, 10_000),
        (8, 2): (1, 2, 20_000),
        (9, 0): (1, 1, 7_000),
        (9, 2): (1, 1, 7_000),
        (11, 0): (1, 1, 1_000),
    }
    assert cells("source", "flyer") == {(9, 0): (1, 1, 7_000), (9, 2): (1, 1, 7_000)}


def test_guests_cancelled_orders_and_those_of_today_are_not_counted(shop: dict[str, Customer]) -> None:
    before = counted().customers
    bought(None, at(10, 1))
    bought(make_customer(), at(10, 1), status="cancelled")
    bought(make_customer(), at(11, 21, 0))

    assert counted().customers == before


def test_days_to_the_second_order_and_days_watched_are_those_of_korea(shop: dict[str, Customer]) -> None:
    counted()

    everybody = CohortGroup.objects.get(dimension="all")

    back = {day: count for day, count in enumerate(everybody.bought_again) if count}
    waiting = {day: count for day, count in enumerate(everybody.not_yet) if count}
    assert (back, waiting) == ({1: 1, 71: 1}, {0: 1, 97: 1})
    assert everybody.reached == [4, 2, 1, 1, 0, 0, 0, 0, 0, 0]
    assert (everybody.customers, everybody.orders, everybody.revenue) == (4, 8, 60_000)


def test_who_comes_back_after_more_than_a_year_is_not_back_on_the_curve() -> None:
    late = make_customer()
    bought(late, datetime(2025, 1, 1, 12, tzinfo=SEOUL), at(3, 1))
    bought(make_customer(), datetime(2024, 12, 1, 12, tzinfo=SEOUL))
    counted()

    everybody = CohortGroup.objects.get(dimension="all")

    assert (everybody.customers, sum(everybody.bought_again), sum(everybody.not_yet)) == (2, 0, 0)
    assert everybody.reached[:3] == [2, 1, 0]


def test_first_purchases_before_the_months_kept_are_left_out() -> None:
    bought(make_customer(), datetime(2023, 11, 30, 12, tzinfo=SEOUL), at(10, 1))
    bought(make_customer(), datetime(2023, 12, 1, 0, tzinfo=SEOUL))

    assert counted().customers == 1
    assert rebuilding.first_month(TODAY) == date(2023, 12, 1)


def test_the_first_category_is_the_one_most_was_spent_on() -> None:
    milk, soap = make_product(category="milk"), make_product(category="soap")
    customer = make_customer()
    basket(customer, at(9, 1), (milk, 3_000), (soap, 5_000), (milk, 2_500))
    basket(customer, at(9, 2), (soap, 90_000))
    counted()

    assert list(CohortGroup.objects.filter(dimension="category").values_list("value", flat=True)) == ["milk"]


def test_months_that_are_not_over_are_no_cells(shop: dict[str, Customer]) -> None:
    found = reading.cohorts("all", "", counted())

    assert [(each.month.month, each.size, len(each.cells)) for each in found] == [(8, 2, 3), (9, 1, 2), (11, 1, 0)]
    assert [found[0].share(age) for age in range(3)] == [1, 0.5, 0.5]
    assert [found[0].revenue_each(age) for age in range(3)] == [7_500, 5_000, 10_000]
    assert [found[0].revenue_so_far(age) for age in range(3)] == [7_500, 12_500, 22_500]


def test_counting_twice_changes_nothing(shop: dict[str, Customer]) -> None:
    counted()
    before = (cells(), list(CohortGroup.objects.order_by("dimension", "value").values_list("reached", flat=True)))

    counted()

    assert before == (
        cells(),
        list(CohortGroup.objects.order_by("dimension", "value").values_list("reached", flat=True)),
    )


def test_every_cell_step_and_group_opens_the_customers_it_counts() -> None:
    stores = [Store.objects.create(external_id=f"S{number}", name=f"S{number}") for number in range(2)]
    products = [make_product(category=name) for name in ("milk", "soap")]
    for number in range(12):
        customer = make_customer(acquisition_source=("search", "flyer")[number % 2])
        for order in range(number % 4 + 1):
            moment, store = at(6 + (number + order) % 5, 1 + number), stores[(number // 2 + order) % 2]
            basket(customer, moment, (products[(number // 3) % 2], 1_000), store=store)
    rebuilt = counted()
    moment = Moment(at(11, 21))

    wrong = []
    for cell in CohortCell.objects.all():
        rule = Behind(cell.dimension, cell.value, rebuilt).cell(cell.cohort, cell.age)
        if rule and preview.count(rule, moment=moment) != cell.customers:
            wrong.append((cell, rule))
    for group in CohortGroup.objects.all():
        behind = Behind(group.dimension, group.value, rebuilt)
        if behind.parts is None:
            continue
        steps = [*group.reached, 0]
        expected = [group.customers, steps[0] - steps[1], steps[2] - steps[3]]
        rules = [behind.everybody(), behind.stopped_at(1), behind.stopped_at(3)]
        if [preview.count(rule, moment=moment) for rule in rules] != expected:
            wrong.append((group, expected))

    assert wrong == []
    assert {each.dimension for each in CohortGroup.objects.all()} == set(CohortDimension.values)


@pytest.mark.usefixtures("in_english")
@pytest.mark.parametrize(("is_", "value"), [("first_order_store", "S0"), ("first_order_category", "milk")])
def test_a_first_order_without_store_or_category_is_explained_in_words(is_: str, value: str) -> None:
    buyer, nobody = make_customer(), make_customer()
    basket(buyer, at(9, 1), (make_product(category=""), 1_000))
    stats.rebuild()
    part = {"is": is_, "op": "in", "value": [value]}

    assert [explain.explain(part, each).actual for each in (buyer, nobody)] == ["not known", "never bought"]


def test_a_group_of_which_nothing_is_known_has_no_rule() -> None:
    bought(make_customer(acquisition_source=""), at(9, 1))

    behind = Behind("source", "", counted())

    assert (behind.everybody(), behind.cell(date(2026, 9, 1), 0), behind.stopped_at(1)) == (None, None, None)


@pytest.mark.usefixtures("shop")
def test_buyers_whom_nobody_counted_in_two_nights_are_missing() -> None:
    stats.rebuild()
    before = rebuilding.is_missing(TODAY)
    counted()

    assert (before, rebuilding.is_missing(TODAY), rebuilding.is_missing(date(2026, 11, 23))) == (True, False, True)


def test_a_shop_without_buyers_misses_nothing() -> None:
    make_customer()
    stats.rebuild()

    assert not rebuilding.is_missing(TODAY)


def test_buyers_of_before_the_months_kept_are_not_missed() -> None:
    bought(make_customer(), datetime(2023, 11, 30, 23, tzinfo=SEOUL))
    counted()
    before = rebuilding.is_missing(TODAY)
    bought(make_customer(), datetime(2023, 12, 1, 0, tzinfo=SEOUL))
    stats.rebuild()

    assert (before, rebuilding.is_missing(TODAY)) == (False, True)
