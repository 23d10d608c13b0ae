"""Ten partial returns leave exactly what one return of their sum leaves (F11), by the rules of the sale (F12).

Fifteen random bills here; 10,000 (F11) and 1,000 (F12) with LEDGER=full (`make ledger-tests`).
"""

import os
from datetime import UTC, datetime
from random import Random

import pytest
from django.db import connection
from django.utils import timezone

from customers.models import Customer, Order, OrderLine
from loyalty import ledger
from loyalty.earning import versions
from loyalty.earning.orders import earn_changed_orders, earn_orders
from loyalty.models import EarningRule, OrderAward, Transaction
from tests.factories import begin_earning, make_customer, make_earning_rule, make_product

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

FULL = os.environ.get("LEDGER") == "full"
BILLS, CHANGED = (10_000, 1_000) if FULL else (15, 15)
BOUGHT = datetime(2026, 11, 1, 3, tzinfo=UTC)
STEPS = 10


@pytest.fixture(autouse=True)
def rules() -> None:
    begin_earning(rounding="nearest", excluded_categories=["담배"])
    make_earning_rule(value=130)
    make_earning_rule(name="와인", kind="category", categories=["와인"], reward="per_mille", value=37)
    make_earning_rule(name="온라인", kind="channel", channel="online", reward="percent_of_base", value=33)
    make_earning_rule(name="큰 장보기", kind="campaign", reward="fixed", value=77, minimum_won=40_000)


def dice(seed: int) -> Random:
    return Random(seed)  # noqa: S311 (no secret hangs on it)


def make_bills(name: str, customer: Customer, random: Random, *, count: int = BILLS) -> list[Order]:
    """The same bills for the same seed."""
    products = [make_product(category=category) for category in ("와인", "담배", "빵")]
    bills, lines = [], []
    for number in range(count):
        order = Order(external_id=f"{name}{number}", customer=customer, placed_at=BOUGHT, paid=0)
        amounts = [random.randint(1, 40_000) for _product in products]
        order.paid = sum(amounts) + random.choice((0, 2_500))
        order.shipping = order.paid - sum(amounts)
        bills.append(order)
        lines += [(order, number, *each) for number, each in enumerate(zip(products, amounts, strict=True))]
    Order.objects.bulk_create(bills)
    OrderLine.objects.bulk_create(
        OrderLine(order=order, position=position, product=product, amount=amount)
        for order, position, product, amount in lines
    )
    return bills


def measure_tables() -> None:
    """As autovacuum does for rows that were committed: at 10,000 bills the plans for empty tables take minutes."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def refund(bills: list[Order], amounts: list[int]) -> None:
    for bill, amount in zip(bills, amounts, strict=True):
        bill.refunded = amount
        bill.changed_at = timezone.now()
    Order.objects.bulk_update(bills, ["refunded", "changed_at"])
    earn_orders([bill.pk for bill in bills])


def points(bills: list[Order]) -> list[int]:
    found = dict(OrderAward.objects.filter(order__in=bills).values_list("order", "points"))
    return [found[bill.pk] for bill in bills]


def booked(customer: Customer) -> int:
    account = ledger.account_of(customer.pk)
    return account.available + account.pending - account.debt


def test_f11_ten_partial_returns_equal_one() -> None:
    random = dice(11)
    often, once = make_customer(), make_customer()
    in_parts, in_one = make_bills("A", often, dice(1)), make_bills("B", once, dice(1))
    measure_tables()
    earn_changed_orders()
    measure_tables()
    assert points(in_parts) == points(in_one)
    ends = [random.choice((bill.paid, random.randint(0, bill.paid))) for bill in in_parts]

    for step in range(1, STEPS + 1):
        refund(in_parts, [end * step // STEPS for end in ends])
    refund(in_one, ends)

    assert points(in_parts) == points(in_one)
    assert booked(often) == booked(once) == sum(points(in_one))


def test_f12_a_rule_edited_or_deleted_between_sale_and_return_takes_back_the_original_award() -> None:
    customer = make_customer()
    bills = make_bills("A", customer, dice(2), count=CHANGED)
    measure_tables()
    earn_changed_orders()
    measure_tables()
    awarded = sum(points(bills))

    EarningRule.objects.filter(kind="category").delete()
    EarningRule.objects.exclude(kind="category").update(value=1, reward="fixed")
    begin_earning(rounding="up", earns_on_shipping=True)
    versions.freeze(ledger.current_program())
    refund(bills, [bill.paid // 3 for bill in bills])
    refund(bills, [bill.paid for bill in bills])

    taken_back = Transaction.objects.filter(kind="claw_back").values_list("points", flat=True)
    assert awarded == sum(taken_back) > 0
    assert booked(customer) == 0
