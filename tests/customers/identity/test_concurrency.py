"""A merge and facts that arrive at the same moment, in real transactions of their own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event as Signal

import pytest
from django.db import connection, transaction

from customers.errors import MergeRefused
from customers.identity import merging
from customers.ingest import ingest_orders
from customers.models import Customer, CustomerMerge, Order
from tests.factories import make_customer

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def beside(act: Callable[[], object]) -> object:
    """Do it in a thread with a connection of its own."""

    def alone() -> object:
        try:
            return act()
        finally:
            connection.close()

    return ThreadPoolExecutor(1).submit(alone)


def order(customer: Customer, number: str = "1") -> dict[str, object]:
    return {"order_id": number, "customer_id": customer.external_id, "placed_at": NOON, "paid": "1000"}


def test_an_order_under_way_is_waited_for_and_moves_along() -> None:
    kept, merged = make_customer(), make_customer()
    stored, go_on = Signal(), Signal()

    def arrive() -> None:
        with transaction.atomic():
            ingest_orders([order(merged)])
            stored.set()
            go_on.wait(10)

    arriving = beside(arrive)
    stored.wait(10)
    merging_now = beside(lambda: merging.merge(kept.pk, merged.pk, by=None))
    go_on.set()
    arriving.result(20)
    merging_now.result(20)

    assert Order.objects.get().customer == kept
    assert Customer.objects.get(pk=kept.pk).stats.order_count == 1


def test_an_order_that_found_its_customer_before_the_merge_follows_it() -> None:
    kept, merged = make_customer(), make_customer()
    locked, go_on = Signal(), Signal()

    def merge() -> None:
        with transaction.atomic():
            merging.merge(kept.pk, merged.pk, by=None)
            locked.set()
            go_on.wait(10)

    merging_now = beside(merge)
    locked.wait(10)
    arriving = beside(lambda: ingest_orders([order(merged)]))
    go_on.set()
    merging_now.result(20)
    arriving.result(20)

    assert Order.objects.get().customer == kept
    assert Customer.objects.get(pk=kept.pk).stats.order_count == 1


def test_two_merges_of_the_same_customer_end_in_one() -> None:
    first, second, merged = make_customer(), make_customer(), make_customer()

    merges = [beside(lambda kept=kept: merging.merge(kept.pk, merged.pk, by=None)) for kept in (first, second)]
    refusals = [each.exception(20) for each in merges]

    assert sorted(isinstance(each, MergeRefused) for each in refusals) == [False, True]
    assert CustomerMerge.objects.count() == 1
