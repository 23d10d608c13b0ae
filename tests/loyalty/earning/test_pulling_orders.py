"""Orders are found as they come in or change, and each earns once."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from customers.identity import merging
from customers.models import Customer, Order
from loyalty import ledger
from loyalty.earning.orders import Earned, earn_changed_orders, earn_orders
from loyalty.models import EarningProgress, EarningRule, OrderAward, TierCredit, Transaction
from tests.factories import begin_earning, make_customer, make_earning_rule, make_order, make_user

pytestmark = pytest.mark.django_db

BOUGHT = datetime(2026, 11, 1, 3, tzinfo=UTC)
NOTHING = Earned(0, 0)


@pytest.fixture(autouse=True)
def earning() -> None:
    begin_earning()
    make_earning_rule()


@pytest.fixture
def customer() -> Customer:
    return make_customer()


def available(customer: Customer) -> int:
    return ledger.account_of(customer.pk).available


def touch(order: Order, **values: object) -> None:
    Order.objects.filter(pk=order.pk).update(**values, changed_at=timezone.now())


def test_an_order_earns_once_however_often_it_is_looked_at(customer: Customer) -> None:
    order = make_order(customer, placed_at=BOUGHT, paid=12_990)

    assert earn_changed_orders() == Earned(awards=1)
    touch(order)
    assert earn_changed_orders() == NOTHING
    EarningProgress.objects.all().delete()
    assert earn_changed_orders() == NOTHING

    assert available(customer) == 129
    award = Transaction.objects.get()
    assert (award.source_system, award.reference, award.line) == (order.source, order.external_id, "")
    rule = EarningRule.objects.get()
    assert award.details == {"won": 12_990, "reasons": [{"rule": str(rule.pk), "won": 12_990, "points": 129}]}


def test_an_order_that_did_not_change_is_not_looked_at_again(customer: Customer) -> None:
    make_order(customer, placed_at=BOUGHT)
    earn_changed_orders()
    EarningProgress.objects.update(looked_until=timezone.now() + timedelta(hours=1))
    late = make_order(customer, placed_at=BOUGHT)

    assert earn_changed_orders() == NOTHING

    assert not OrderAward.objects.filter(order=late).exists()


@pytest.mark.parametrize(
    "given",
    [
        {"customer": None},
        {"status": "pending"},
        {"status": "cancelled"},
        {"placed_at": datetime(2019, 12, 31, 14, 59, tzinfo=UTC)},
    ],
    ids=["guest", "not paid", "cancelled", "before earning began"],
)
def test_what_earns_nothing(customer: Customer, given: dict[str, object]) -> None:
    values = {"customer": customer, "placed_at": BOUGHT} | given

    make_order(values.pop("customer"), **values)

    assert earn_changed_orders() == NOTHING
    assert not OrderAward.objects.exists()


def test_nobody_earns_before_the_day_is_set(customer: Customer) -> None:
    begin_earning(on=None)
    make_order(customer, placed_at=BOUGHT)

    assert earn_changed_orders() == NOTHING

    begin_earning(on=date(2026, 11, 1))
    assert earn_changed_orders() == Earned(awards=1)


def test_an_order_earns_once_it_is_paid(customer: Customer) -> None:
    order = make_order(customer, placed_at=BOUGHT, status="pending")
    earn_changed_orders()

    touch(order, status="paid")
    earn_changed_orders()

    assert available(customer) == 100


def test_a_cancellation_by_mistake_is_made_good(customer: Customer) -> None:
    order = make_order(customer, placed_at=BOUGHT)
    earn_changed_orders()
    touch(order, status="cancelled")
    assert earn_changed_orders() == Earned(taken_back=1)
    assert available(customer) == 0

    touch(order, status="paid")

    assert earn_changed_orders() == Earned(awards=1)
    assert available(customer) == 100
    assert OrderAward.objects.get().revision == 2


def test_points_of_an_order_follow_it_to_the_customer_whose_it_is(customer: Customer) -> None:
    other = make_customer()
    order = make_order(customer, placed_at=BOUGHT)
    earn_changed_orders()

    touch(order, customer=other)
    earn_changed_orders()
    assert (available(customer), available(other)) == (0, 100)

    touch(order, customer=None)
    earn_changed_orders()
    assert (available(customer), available(other)) == (0, 0)


def test_a_return_after_a_merge_is_taken_from_whom_the_points_went_to(customer: Customer) -> None:
    kept = make_customer()
    order = make_order(customer, placed_at=BOUGHT)
    earn_changed_orders()
    merging.merge(kept.pk, customer.pk, by=make_user("staff"))
    assert earn_changed_orders() == NOTHING
    assert available(kept) == 100

    touch(order, refunded=4_000)
    earn_changed_orders()

    assert available(kept) == 60


def test_points_count_towards_the_tier_on_the_day_of_the_purchase(customer: Customer) -> None:
    order = make_order(customer, placed_at=datetime(2026, 10, 31, 15, tzinfo=UTC))
    earn_changed_orders()
    touch(order, refunded=4_000)
    earn_changed_orders()

    credits = TierCredit.objects.filter(source_system="earning").order_by("pk")

    assert list(credits.values_list("business_date", "points")) == [(date(2026, 11, 1), 100), (date(2026, 11, 1), -40)]


@pytest.mark.parametrize(
    ("channel", "usable"),
    [("store", BOUGHT), ("online", datetime(2026, 11, 7, 15, tzinfo=UTC))],
)
def test_what_was_bought_online_waits_until_it_cannot_be_returned(
    customer: Customer, channel: str, usable: datetime
) -> None:
    begin_earning(pending_days_online=7)
    make_order(customer, placed_at=BOUGHT, channel=channel)

    earn_changed_orders()

    lot = Transaction.objects.get().lots.get()
    assert (lot.activates_at, lot.expires_at) == (usable, datetime(2029, 11, 1, 15, tzinfo=UTC))


def test_orders_are_looked_at_in_parts(customer: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loyalty.earning.orders.ORDERS_AT_ONCE", 2)
    orders = [make_order(customer, placed_at=BOUGHT) for _number in range(5)]

    assert earn_orders([order.pk for order in orders]) == Earned(awards=5)
    assert available(customer) == 500


def test_a_light_job_leaves_very_many_orders_to_a_heavy_one(customer: Customer) -> None:
    for _number in range(3):
        make_order(customer, placed_at=BOUGHT)

    assert earn_changed_orders(most=2) is None
    assert available(customer) == 0
    assert earn_changed_orders(most=3) == Earned(awards=3)
