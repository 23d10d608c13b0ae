"""The pitfalls that loyalty programs are known for, each under its number in the table of the research."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from django.utils import timezone

from customers.ingest import ingest_orders
from customers.models import Customer, Order
from loyalty import ledger
from loyalty.earning import versions
from loyalty.earning.orders import earn_changed_orders
from loyalty.ledger import Receipt
from loyalty.models import Account, Entry, OrderAward, RuleVersion, Transaction
from tests.factories import begin_earning, buy, make_customer, make_earning_rule, make_order, make_product, make_user

pytestmark = pytest.mark.django_db

BOUGHT = datetime(2026, 11, 1, 3, tzinfo=UTC)


@pytest.fixture(autouse=True)
def earning() -> None:
    begin_earning()
    make_earning_rule()


@pytest.fixture
def customer() -> Customer:
    return make_customer()


def change(order: Order, **values: object) -> None:
    """Another copy of the order came in, and is counted."""
    Order.objects.filter(pk=order.pk).update(**values, changed_at=timezone.now())
    earn_changed_orders()


def account(customer: Customer) -> Account:
    return ledger.account_of(customer.pk)


def balance(customer: Customer) -> tuple[int, int]:
    """What the customer can use, and owes."""
    found = account(customer)
    return found.available, found.debt


def use(customer: Customer, points: int) -> int:
    receipt = Receipt("till", f"use {points}")
    return ledger.redeem(account(customer).pk, points, receipt=receipt, occurred_at=BOUGHT).transaction_id


def test_t1_buying_and_refunding_a_hundred_times_leaves_nothing(customer: Customer) -> None:
    for _round in range(10):
        bought = [make_order(customer, placed_at=BOUGHT, paid=9_990) for _number in range(10)]
        earn_changed_orders()
        assert balance(customer) == (990, 0)
        for order in bought:
            Order.objects.filter(pk=order.pk).update(status="refunded", refunded=9_990, changed_at=timezone.now())
        earn_changed_orders()

    assert balance(customer) == (0, 0)
    assert account(customer).lifetime_earned == 9_900


@pytest.mark.parametrize(
    ("used", "refunded", "expected"),
    [
        (0, 4_000, (60, 0)),
        (0, 10_000, (0, 0)),
        (60, 4_000, (0, 0)),
        (60, 3_000, (10, 0)),
        (60, 10_000, (0, 60)),
        (100, 4_000, (0, 40)),
        (100, 10_000, (0, 100)),
    ],
)
def test_t2_a_refund_takes_the_award_back_once_and_never_the_used_points(
    customer: Customer, used: int, refunded: int, expected: tuple[int, int]
) -> None:
    order = make_order(customer, placed_at=BOUGHT, paid=10_000)
    earn_changed_orders()
    if used:
        use(customer, used)

    change(order, refunded=refunded, status="refunded" if refunded == 10_000 else "paid")
    change(order)

    assert balance(customer) == expected


def test_t2_points_that_come_in_pay_what_is_owed_first(customer: Customer) -> None:
    order = make_order(customer, placed_at=BOUGHT, paid=10_000)
    earn_changed_orders()
    use(customer, 100)
    change(order, status="cancelled")

    make_order(customer, placed_at=BOUGHT, paid=15_000)
    earn_changed_orders()

    assert balance(customer) == (50, 0)


def test_t3_only_a_refund_of_the_order_is_a_return_and_not_a_bill_below_zero(customer: Customer) -> None:
    bottle = make_product()
    make_order(customer, placed_at=BOUGHT, paid=10_000)
    deposit = buy(customer, bottle, at=BOUGHT, paid=0)
    deposit.lines.update(amount=-3_000)

    earn_changed_orders()

    assert balance(customer) == (100, 0)
    assert OrderAward.objects.get(order=deposit).points == 0


def test_t4_what_is_given_back_does_not_help_to_reach_a_minimum(customer: Customer) -> None:
    make_earning_rule(
        name="3만원 이상", kind="channel", channel="online", reward="fixed", value=500, minimum_won=30_000
    )
    bread = make_product()
    order = buy(customer, bread, bread, at=BOUGHT, paid=30_000)
    earn_changed_orders()
    assert balance(customer) == (800, 0)

    change(order, refunded=1)

    assert balance(customer) == (299, 0)


def test_t5_a_purchase_with_points_shows_both_what_was_earned_and_what_was_used(customer: Customer) -> None:
    make_order(customer, placed_at=BOUGHT, paid=10_000)
    earn_changed_orders()
    use(customer, 40)
    make_order(customer, placed_at=BOUGHT + timedelta(days=1), paid=4_000, points_used=40)
    earn_changed_orders()

    legs = Entry.objects.filter(account=account(customer)).order_by("seq").values_list("amount", "balance_after")

    assert list(legs) == [(100, 100), (-40, 60), (40, 100)]


def test_t6_nobody_can_tell_the_shop_how_many_points_they_earned(customer: Customer) -> None:
    order = {
        "order_id": "A-1",
        "customer_id": customer.external_id,
        "placed_at": BOUGHT.isoformat(),
        "paid": "10000",
    }

    forged = ingest_orders([order | {"points": "999999", "points_earned": "999999"}])
    earn_changed_orders()

    assert forged.new == 1
    assert balance(customer) == (100, 0)


@pytest.mark.parametrize("steps", list(permutations(["refund", "cancel", "expire"])))
def test_t9_refund_cancellation_and_expiry_end_the_same_in_whatever_order(
    customer: Customer, steps: tuple[str, ...]
) -> None:
    order = make_order(customer, placed_at=BOUGHT, paid=10_000)
    earn_changed_orders()

    for step in steps:
        if step == "expire":
            ledger.expire_due(timezone.now() + timedelta(days=5 * 366))
        else:
            change(order, **({"refunded": 4_000} if step == "refund" else {"status": "cancelled"}))

    assert balance(customer) == (0, 0)
    assert OrderAward.objects.get(order=order).points == 0


@pytest.mark.parametrize("edit", ["changed", "switched off", "deleted"])
def test_t10_a_refund_takes_back_what_was_awarded_whatever_became_of_the_rule(customer: Customer, edit: str) -> None:
    rule = make_earning_rule(name="온라인 보너스", kind="channel", channel="online", reward="per_mille", value=50)
    order = make_order(customer, placed_at=BOUGHT, paid=10_000)
    earn_changed_orders()
    assert balance(customer) == (600, 0)

    if edit == "deleted":
        rule.delete()
    else:
        rule.value, rule.is_active = 1, edit == "changed"
        rule.save()
    versions.freeze(ledger.current_program())
    change(order, refunded=5_000)

    assert balance(customer) == (300, 0)
    assert RuleVersion.objects.count() == 2
    change(order, status="refunded")
    assert balance(customer) == (0, 0)


@pytest.mark.parametrize(("is_on", "expected"), [(False, 80), (True, 100)])
def test_t11_whether_the_part_paid_with_points_earns_points_is_a_switch(
    customer: Customer, is_on: bool, expected: int
) -> None:
    begin_earning(earns_on_points_used=is_on)
    make_order(customer, placed_at=BOUGHT, paid=8_000, points_used=2_000)

    earn_changed_orders()

    assert balance(customer) == (expected, 0)


def test_what_staff_took_back_already_is_not_taken_back_again(customer: Customer) -> None:
    order = make_order(customer, placed_at=BOUGHT, paid=10_000)
    earn_changed_orders()
    award = Transaction.objects.get(kind="earn")
    ledger.reverse(award.pk, reason="wrong_booking", by=make_user("staff"))

    change(order, status="cancelled")

    assert balance(customer) == (0, 0)
