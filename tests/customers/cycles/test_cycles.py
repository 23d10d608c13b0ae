"""Cycles of categories and products equal those that plain Python works out; who is due follows from them."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from customers import cycles, stats
from customers.cycles import expectation
from customers.models import CategoryCycle, Customer, CustomerStats, Order, Product, ProductCycle, Rhythm
from customers.segments import preview
from tests.factories import buy, make_customer, make_order, make_product

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)  # noon in Seoul
TODAY = date(2026, 11, 21)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_noon() -> None:
    with time_machine.travel(NOW, tick=False):
        yield


def days_ago(days: int) -> datetime:
    return NOW - timedelta(days=days)


def buy_on(customer: Customer, product: Product, *days: int) -> None:
    for each in days:
        buy(customer, product, at=days_ago(each))


def test_the_quartiles_are_those_of_the_pauses() -> None:
    milk = make_product(category="유제품")
    buy_on(make_customer(), milk, 100, 93, 79, 50)  # pauses of 7, 14, 29
    buy_on(make_customer(), milk, 60, 50)  # 10
    buy_on(make_customer(), milk, 5)

    cycles.rebuild(NOW)

    cycle = CategoryCycle.objects.get(category="유제품")
    assert (cycle.buyers, cycle.repeat_buyers, cycle.gaps) == (3, 2, 4)
    assert (cycle.lower_quartile, cycle.median_days, cycle.upper_quartile) == (7, 10, 14)
    assert cycle.percentiles[24] == 7
    assert cycle.percentiles[99] == 29
    assert ProductCycle.objects.get(product=milk).median_days == 10


def test_the_bars_hold_every_pause() -> None:
    milk = make_product()
    buy_on(make_customer(), milk, 400, 399, 396, 390, 100)  # pauses of 1, 3, 6, 290

    cycles.rebuild(NOW)

    cycle = ProductCycle.objects.get(product=milk)
    assert (cycle.bin_days, sum(cycle.bins), len(cycle.bins)) == (14, 4, 25)
    assert (cycle.bins[0], cycle.bins[20]) == (3, 1)


def test_what_is_no_purchase_makes_no_pause() -> None:
    milk = make_product()
    customer = make_customer()
    buy_on(customer, milk, 30, 10)
    buy(customer, milk, at=days_ago(25), status=Order.Status.CANCELLED)
    buy(customer, milk, at=days_ago(24), status=Order.Status.REFUNDED)
    buy(customer, milk, at=days_ago(23), quantity=-1)
    buy(None, milk, at=days_ago(22))

    cycles.rebuild(NOW)

    assert ProductCycle.objects.get().percentiles == [20] * 100


def test_two_purchases_on_one_day_of_seoul_are_one() -> None:
    milk = make_product()
    customer = make_customer()
    buy(customer, milk, at=datetime(2026, 11, 1, 15, 0, tzinfo=UTC))  # midnight of the 2nd in Seoul
    buy(customer, milk, at=datetime(2026, 11, 2, 14, 59, tzinfo=UTC))  # a minute before the 3rd
    buy(customer, milk, at=datetime(2026, 11, 2, 15, 0, tzinfo=UTC))  # the 3rd

    cycles.rebuild(NOW)

    cycle = ProductCycle.objects.get()
    assert (cycle.gaps, cycle.median_days) == (1, 1)


def test_nothing_after_the_moment_goes_in() -> None:
    milk = make_product()
    buy_on(make_customer(), milk, 30, 20, 1)

    cycles.rebuild(days_ago(10))

    assert (ProductCycle.objects.get().gaps, ProductCycle.objects.get().median_days) == (1, 10)


def test_a_cycle_without_pauses_any_more_goes_away() -> None:
    milk = make_product()
    buy_on(make_customer(), milk, 30, 20)
    cycles.rebuild(NOW)
    Order.objects.update(status=Order.Status.CANCELLED)

    cycles.rebuild(NOW)

    assert not ProductCycle.objects.exists()
    assert not CategoryCycle.objects.exists()


def test_confidence_grows_with_pauses_and_falls_with_their_spread() -> None:
    regular, few, wild = make_product(), make_product(), make_product()
    for _number in range(10):
        buy_on(make_customer(), regular, 60, 40, 20)
        buy_on(make_customer(), wild, 60, 55, 15)
    buy_on(make_customer(), few, 60, 40, 20)

    cycles.rebuild(NOW)

    sure = {each.product_id: each.confidence for each in ProductCycle.objects.all()}
    assert sure[regular.pk] == pytest.approx(1 - 1.57 * 1 / (20**0.5 * 20))
    assert sure[few.pk] == pytest.approx(1 - 1.57 * 1 / (2**0.5 * 20))
    assert sure[wild.pk] == 0
    assert sure[few.pk] < sure[regular.pk]


def test_an_own_cycle_of_three_pauses_beats_everybodys() -> None:
    milk = make_product(name="우유")
    own, borrowed = make_customer(), make_customer()
    for _number in range(15):
        buy_on(make_customer(), milk, 90, 60, 30)  # everybody's: 30 days
    buy_on(own, milk, 25, 18, 11, 4)  # every seven days
    buy_on(borrowed, milk, 33, 26)
    cycles.rebuild(NOW)

    found = {
        each.customer_id: each
        for items in cycles.due_many([own.pk, borrowed.pk]).values()
        for each in items
        if each.product_id
    }

    assert (found[own.pk].median, found[own.pk].is_own, found[own.pk].gaps) == (7, True, 3)
    assert (found[own.pk].due_on, found[own.pk].days) == (TODAY + timedelta(days=3), 3)
    assert (found[borrowed.pk].median, found[borrowed.pk].is_own) == (30, False)
    assert found[borrowed.pk].due_on == TODAY + timedelta(days=4)


@pytest.mark.parametrize(
    ("pauses", "last", "is_due"),
    [
        (30, 17, True),  # due in 13 days
        (30, 15, False),  # in 15: too far ahead
        (10, 30, True),  # two cycles overdue
        (10, 31, False),  # given up
    ],
)
def test_due_is_what_comes_soon_or_is_not_given_up(pauses: int, last: int, is_due: bool) -> None:
    customer, milk = make_customer(), make_product()
    buy_on(customer, milk, *(last + pauses * number for number in range(4)))

    found = [each.product_id for each in cycles.due(customer.pk) if each.product_id]

    assert found == ([milk.pk] if is_due else [])


def test_products_no_longer_on_sale_are_not_due() -> None:
    customer, milk = make_customer(), make_product(is_active=False, category="")
    buy_on(customer, milk, 40, 30, 20, 10)

    assert cycles.due(customer.pk) == []


def test_the_segment_of_who_is_due_is_as_large_as_the_cycle_says() -> None:
    milk = make_product(category="유제품")
    for days in range(1, 41):
        buy_on(make_customer(), milk, days + 30, days)
    merged = make_customer(merged_into=make_customer())
    buy_on(merged, milk, 58, 28)

    cycles.rebuild(NOW)

    category = {"is": "due_category", "op": "in", "value": ["유제품"], "days": 7}
    product = {"is": "due_product", "op": "in", "value": [milk.sku], "days": 7}
    assert CategoryCycle.objects.get().due_soon == 8  # the last purchase 23 to 30 days ago
    assert preview.count({"all": [category]}) == 8
    assert preview.count({"all": [product]}) == ProductCycle.objects.get().due_soon == 8


def test_a_customer_is_due_by_their_own_rhythm() -> None:
    customer, milk = make_customer(), make_product()
    buy_on(customer, milk, 40, 30, 20, 12)

    stats.refresh([customer.pk])

    row = CustomerStats.objects.get(customer=customer)
    assert (row.cycle_days, row.cycle_gaps, row.cycle_category) == (10, 3, "")
    assert timezone.localdate(row.due_at) == TODAY - timedelta(days=2)
    assert row.overdue == 1.2


def test_with_few_pauses_the_best_known_category_of_the_last_purchase_stands_in() -> None:
    milk, mattress = make_product(category="유제품"), make_product(category="가구")
    for _number in range(16):
        buy_on(make_customer(), milk, 60, 50, 40)
    for number in range(16):
        buy_on(make_customer(), mattress, 900, 600, 100 + number * 10)
    customer = make_customer()
    buy(customer, milk, mattress, at=days_ago(4))
    cycles.rebuild(NOW)

    stats.rebuild()

    row = CustomerStats.objects.get(customer=customer)
    assert (row.cycle_days, row.cycle_gaps, row.cycle_category) == (None, 0, "유제품")
    assert timezone.localdate(row.due_at) == TODAY + timedelta(days=6)
    assert row.risk == 0


def test_whoever_has_no_cycle_is_not_expected() -> None:
    customer = make_customer()
    make_order(customer, placed_at=days_ago(30))

    stats.rebuild()
    cycles.rebuild(NOW)

    row = CustomerStats.objects.get(customer=customer)
    assert (row.due_at, row.risk, row.overdue) == (None, None, None)


def test_risk_is_the_share_of_comparable_pauses_that_had_ended() -> None:
    # Pauses of 5, 10 and 15 days, a third each: half, once and one and a half times the median.
    for _number in range(70):
        customer = make_customer()
        for days in (130, 125, 115, 100):
            make_order(customer, placed_at=days_ago(days))
    late = make_customer()
    for days in (40, 30, 20, 10):
        make_order(late, placed_at=days_ago(days))
    stats.rebuild()

    cycles.rebuild(NOW)

    assert Rhythm.objects.get(shortest_days=8).gaps == 213
    # After ten days of a cycle of ten: the short and the middle ones had ended, and the late one's own.
    assert CustomerStats.objects.get(customer=late).risk == 100 * (70 + 73) // 213
    assert set(CustomerStats.objects.exclude(customer=late).values_list("risk", flat=True)) == {100}


def test_risk_never_falls_while_nobody_buys() -> None:
    for number in range(1, 60):
        customer = make_customer()
        for days in (200, 200 - number % 9 - 1, 200 - number % 9 - 12, 170 - number % 13):
            make_order(customer, placed_at=days_ago(days))
    waiting = make_customer()
    for days in (31, 20, 11, 0):
        make_order(waiting, placed_at=days_ago(days))
    stats.rebuild()
    cycles.rebuild(NOW)

    course = []
    for days in range(60):
        expectation.renew(TODAY + timedelta(days=days))
        course.append(CustomerStats.objects.get(customer=waiting).risk)

    assert course == sorted(course)
    assert course[0] == 0
    assert course[-1] == 100


def test_the_turning_of_the_day_changes_the_risk_and_nothing_else() -> None:
    customer = make_customer()
    for days in (32, 21, 12, 1):
        make_order(customer, placed_at=days_ago(days))
    stats.rebuild()
    cycles.rebuild(NOW)
    before = CustomerStats.objects.values().get()

    assert expectation.renew(TODAY + timedelta(days=9)) == 1

    after = CustomerStats.objects.values().get()
    assert {key for key in before if before[key] != after[key]} == {"risk"}
    assert expectation.renew(TODAY + timedelta(days=9)) == 0
