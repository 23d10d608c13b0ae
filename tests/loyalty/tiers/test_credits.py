"""What counts towards tiers: once, by its day, taken back with the day it was bought on."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from customers.identity import merging
from customers.models import Order
from loyalty import tiers
from loyalty.models import TierCredit, TierStanding
from loyalty.tiers import credits
from loyalty.tiers.standings import standing_of
from tests.factories import make_customer, make_ladder, make_order, make_user

pytestmark = pytest.mark.django_db
ALL = "SELECT id FROM customers_order"


def counted(customer) -> list[tuple]:
    rows = TierCredit.objects.filter(customer=customer).order_by("pk")
    return list(rows.values_list("net_spend", "orders", "points"))


def test_an_order_counts_what_was_paid_less_shipping_and_once() -> None:
    make_ladder()
    customer = make_customer()
    make_order(customer, placed_at=timezone.now(), paid=120_000, shipping=3_000)

    assert [tiers.credit_orders(ALL), tiers.credit_orders(ALL)] == [1, 0]
    assert counted(customer) == [(117_000, 1, 0)]
    assert standing_of(customer.pk).tier.name == "Silver"


def test_a_refund_is_a_negative_row_of_the_day_of_the_purchase() -> None:
    make_ladder()
    customer, bought = make_customer(), timezone.now() - timedelta(days=40)
    order = make_order(customer, placed_at=bought, paid=120_000)
    tiers.credit_orders(ALL)
    Order.objects.filter(pk=order.pk).update(refunded=30_000)

    tiers.credit_orders(ALL)

    assert counted(customer) == [(120_000, 1, 0), (-30_000, 0, 0)]
    assert set(TierCredit.objects.values_list("business_date", flat=True)) == {timezone.localdate(bought)}


def test_a_cancelled_order_takes_back_all_and_a_restored_one_brings_it_back() -> None:
    make_ladder()
    customer = make_customer()
    order = make_order(customer, placed_at=timezone.now(), paid=120_000)

    for status in ("paid", "cancelled", "paid"):
        Order.objects.filter(pk=order.pk).update(status=status)
        tiers.credit_orders(ALL)

    assert counted(customer) == [(120_000, 1, 0), (-120_000, -1, 0), (120_000, 1, 0)]


def test_an_order_that_changes_hands_counts_for_its_new_owner() -> None:
    make_ladder()
    first, second = make_customer(), make_customer()
    order = make_order(first, placed_at=timezone.now(), paid=120_000)
    tiers.credit_orders(ALL)
    Order.objects.filter(pk=order.pk).update(customer=second)

    tiers.credit_orders(ALL)

    assert counted(first) == [(120_000, 1, 0), (-120_000, -1, 0)]
    assert counted(second) == [(120_000, 1, 0)]


def test_guests_and_unpaid_orders_count_for_nobody() -> None:
    make_ladder()
    make_order(None, placed_at=timezone.now(), paid=120_000)
    make_order(make_customer(), placed_at=timezone.now(), paid=120_000, status="pending")

    assert tiers.credit_orders(ALL) == 0


def test_the_clock_counts_what_came_in_since_it_last_looked() -> None:
    make_ladder()
    customer = make_customer()
    make_order(customer, placed_at=timezone.now(), paid=50_000)

    assert credits.credit_changed_orders() is None  # never looked: that is a job for the queue of long work
    assert credits.credit_every_order() == 1
    make_order(customer, placed_at=timezone.now(), paid=60_000)
    assert [credits.credit_changed_orders(), credits.credit_changed_orders()] == [1, 0]
    assert standing_of(customer.pk).amount == 110_000


def test_a_receipt_counts_once_however_often_it_comes() -> None:
    make_ladder(basis="points")
    customer, day = make_customer(), timezone.localdate()
    given = {"business_date": day, "points": 120_000, "source_system": "ledger", "reference": "R-1"}

    assert [tiers.credit(customer.pk, **given), tiers.credit(customer.pk, **given)] == [True, False]
    assert tiers.credit(customer.pk, **given, line="2")
    assert standing_of(customer.pk).amount == 240_000


def test_many_are_counted_by_one_query() -> None:
    make_ladder(basis="points")
    customers = [make_customer().pk for _number in range(3)]
    query = """
        SELECT id, %(day)s::date, 0::bigint, 0, 150000::bigint, 'ledger', id::text, '' FROM customers_customer
        WHERE id = ANY (%(ids)s)
    """

    written = tiers.credit_many(query, {"day": timezone.localdate(), "ids": customers[:2]})

    assert written == 2
    assert [tiers.standings(customers)[pk].tier.name for pk in customers] == ["Silver", "Silver", "Welcome"]


def test_points_that_were_spent_still_count() -> None:
    make_ladder(basis="points")
    customer = make_customer()

    tiers.credit(customer.pk, business_date=timezone.localdate(), points=100_000, source_system="ledger", reference="1")

    # Nothing that a redemption writes is read: only what was earned is counted.
    assert standing_of(customer.pk).tier.name == "Silver"
    assert {field.name for field in TierCredit._meta.get_fields()} >= {"net_spend", "orders", "points"}


@pytest.mark.parametrize("statement", ["UPDATE loyalty_tiercredit SET net_spend = 0", "DELETE FROM loyalty_tiercredit"])
def test_the_database_refuses_to_change_what_was_counted(statement: str) -> None:
    make_ladder()
    customer = make_customer()
    tiers.credit(customer.pk, business_date=date(2026, 1, 1), net_spend=5, source_system="test", reference="1")

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert counted(customer) == [(5, 0, 0)]


def test_merged_customers_count_as_one_and_as_two_after_an_undo() -> None:
    make_ladder()
    kept, merged, user = make_customer(), make_customer(), make_user("joiner")
    for customer in (kept, merged):
        make_order(customer, placed_at=timezone.now(), paid=60_000)
    credits.credit_every_order()

    done = merging.merge(kept.pk, merged.pk, by=user)
    credits.credit_changed_orders()

    assert standing_of(kept.pk).tier.name == "Silver"
    assert TierCredit.objects.count() == 2

    merging.undo(done.pk, by=user)
    credits.credit_changed_orders()

    assert list(TierStanding.objects.order_by("pk").values_list("amount", flat=True)) == [60_000, 60_000]
    assert standing_of(kept.pk).tier.name == "Silver"  # until the next evaluation
