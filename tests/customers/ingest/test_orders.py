"""Orders come in with their lines, in any cut and order, and come out the same."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm_project.models import Kick
from customers.ingest import ingest_orders, ingest_products, ingest_stores
from customers.ingest.result import IngestResult
from customers.models import CustomerStats, Order, OrderLine, TouchedCustomer
from tests.factories import make_customer

pytestmark = pytest.mark.django_db

PLACED = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _shop(settings: object) -> None:
    settings.LANGUAGE_CODE = "en"
    ingest_stores([{"store_id": "S", "name": "본점"}])
    ingest_products([{"sku": sku, "name": sku} for sku in ("apple", "pear", "milk")])
    make_customer(external_id="C")
    make_customer(external_id="D")


def head(number: str = "1", **more: object) -> dict[str, object]:
    return {"order_id": number, "customer_id": "C", "placed_at": PLACED, "paid": 30_000} | more


def line(number: str = "1", sku: str = "apple", amount: int = 10_000, **more: object) -> dict[str, object]:
    return head(number, **more) | {"sku": sku, "quantity": 1, "line_amount": amount}


def stored_lines(number: str = "1") -> list[tuple[int, str, int]]:
    rows = OrderLine.objects.filter(order__external_id=number).order_by("position")
    return list(rows.values_list("position", "product__sku", "amount"))


def problems(result: IngestResult) -> list[tuple[int, str, str]]:
    return [(each.line, each.field, each.value) for each in result.refusals]


def test_an_order_has_its_lines_in_the_order_of_the_file() -> None:
    result = ingest_orders([line(sku="pear"), line(sku="apple", amount=20_000)])

    assert (result.read, result.new, result.refused) == (2, 1, 0)
    assert stored_lines() == [(1, "pear", 10_000), (2, "apple", 20_000)]


def test_records_of_one_order_need_not_follow_each_other() -> None:
    result = ingest_orders([line("1", "apple"), line("2", "pear"), line("1", "milk"), line("2", "milk")])

    assert (result.new, result.refused) == (2, 0)
    assert [sku for _position, sku, _amount in stored_lines("1")] == ["apple", "milk"]
    assert [sku for _position, sku, _amount in stored_lines("2")] == ["pear", "milk"]


def test_revenue_is_paid_less_refunded_less_shipping() -> None:
    ingest_orders([head(paid="33,000", shipping="3000.00", refunded="￦5,000", discount=1_000, points_used=500)])

    order = Order.objects.get()
    assert (order.revenue, order.discount, order.points_used, order.status, order.channel) == (
        25_000,
        1_000,
        500,
        "paid",
        "online",
    )


def test_a_later_copy_replaces_the_order_and_its_lines() -> None:
    with time_machine.travel(PLACED + timedelta(hours=1)):
        ingest_orders([line(sku="apple"), line(sku="pear")])
    first = Order.objects.get()

    result = ingest_orders([line(sku="milk", paid=9_000)])

    order = Order.objects.get()
    assert (result.new, result.changed, order.pk, order.paid) == (0, 1, first.pk, 9_000)
    assert stored_lines() == [(1, "milk", 10_000)]


def test_a_change_in_the_lines_alone_is_a_change() -> None:
    ingest_orders([line(sku="apple")])
    Order.objects.update(changed_at=PLACED)

    result = ingest_orders([line(sku="apple", amount=11_000)])

    assert (result.changed, result.unchanged) == (1, 0)
    assert Order.objects.get().changed_at > PLACED
    assert stored_lines() == [(1, "apple", 11_000)]


def test_the_same_again_moves_nothing() -> None:
    ingest_orders([line(sku="apple"), line(sku="pear")])
    Order.objects.update(changed_at=PLACED)
    TouchedCustomer.objects.all().delete()
    before = list(OrderLine.objects.values_list("pk", flat=True))

    result = ingest_orders([line(sku="apple"), line(sku="pear")])

    assert (result.new, result.changed, result.unchanged) == (0, 0, 1)
    assert Order.objects.get().changed_at == PLACED
    assert list(OrderLine.objects.values_list("pk", flat=True)) == before
    assert not TouchedCustomer.objects.exists()


def test_columns_that_a_record_does_not_have_keep_what_is_stored() -> None:
    ingest_orders([line(store_id="S", shipping=2_500, channel="store")])

    ingest_orders([{"order_id": "1", "placed_at": PLACED, "paid": 30_000, "refunded": 30_000, "status": "refunded"}])

    order = Order.objects.get()
    assert (order.customer.external_id, order.store.external_id, order.shipping, order.channel) == (
        "C",
        "S",
        2_500,
        "store",
    )
    assert (order.status, order.refunded, order.is_purchase, order.revenue) == ("refunded", 30_000, False, 0)
    assert len(stored_lines()) == 1


def test_an_empty_customer_is_a_guest() -> None:
    ingest_orders([head(customer_id="")])

    assert Order.objects.get().customer is None


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        (head(customer_id="nobody"), ("customer_id", "nobody")),
        (head(store_id="nowhere"), ("store_id", "nowhere")),
        (line(sku="nothing"), ("sku", "nothing")),
        (head(paid=""), ("paid", "")),
        (head(paid="-1"), ("paid", "-1")),
        (head(paid="24680.50"), ("paid", "24680.50")),
        (head(paid=True), ("paid", "True")),
        (head(paid=10**16), ("paid", str(10**16))),
        (head(refunded=30_001), ("refunded", "30001")),
        (head(placed_at="yesterday"), ("placed_at", "yesterday")),
        (head(status="lost"), ("status", "lost")),
        (head(order_id=""), ("order_id", "")),
        (head(order_id="x" * 101), ("order_id", "x" * 80)),
        (head() | {"quantity": 1, "line_amount": 5}, ("sku", "")),
        (head() | {"sku": "apple"}, ("line_amount", "")),
        ({"order_id": "9", "placed_at": PLACED}, ("paid", "")),
    ],
)
def test_a_bad_record_is_refused_and_the_good_one_stored(record: dict[str, object], problem: tuple[str, str]) -> None:
    result = ingest_orders([{"line": 7} | record, {"line": 8} | head("2")])

    assert problems(result) == [(7, *problem)]
    assert [order.external_id for order in Order.objects.all()] == ["2"]


def test_a_bad_line_is_left_out_of_its_order() -> None:
    result = ingest_orders([line(sku="nothing"), line(sku="pear"), line(sku="milk", amount="?"), line(sku="apple")])

    assert problems(result) == [(1, "sku", "nothing"), (3, "line_amount", "?")]
    assert [sku for _position, sku, _amount in stored_lines()] == ["pear", "apple"]


def test_an_order_whose_first_line_is_bad_keeps_the_others() -> None:
    result = ingest_orders([line(amount="?"), line(sku="pear"), line(sku="milk")])

    assert problems(result) == [(1, "line_amount", "?")]
    assert [sku for _position, sku, _amount in stored_lines()] == ["pear", "milk"]
    assert Order.objects.get().paid == 30_000


def test_every_record_of_a_bad_order_is_refused() -> None:
    result = ingest_orders([line("1", paid="?"), line("1", "pear", paid="?"), line("2"), line("1", "milk", paid="?")])

    assert problems(result) == [(1, "paid", "?"), (2, "paid", "?"), (4, "paid", "?")]
    assert [order.external_id for order in Order.objects.all()] == ["2"]


def test_an_order_of_bad_lines_alone_is_not_stored() -> None:
    result = ingest_orders([line(sku="nothing"), line(sku="nothing either")])

    assert (result.refused, Order.objects.count()) == (2, 0)


def test_a_record_that_says_something_else_about_its_order_is_refused() -> None:
    result = ingest_orders([line(sku="apple"), line(sku="pear", paid=31_000), line(sku="milk")])

    assert problems(result) == [(2, "paid", "31000")]
    assert result.refusals[0].message == "Line 1 of the same order says something else."
    assert [sku for _position, sku, _amount in stored_lines()] == ["apple", "milk"]


def test_a_line_said_twice_is_refused_unless_positions_tell_them_apart() -> None:
    repeated = ingest_orders([line("1"), line("1")])
    told_apart = ingest_orders([line("2") | {"position": 1}, line("2") | {"position": 2}])

    assert problems(repeated) == [(2, "sku", "apple")]
    assert (len(stored_lines("1")), told_apart.refused, len(stored_lines("2"))) == (1, 0, 2)


def test_a_smaller_payment_than_what_was_refunded_is_refused() -> None:
    ingest_orders([head(refunded=20_000)])

    result = ingest_orders([head(paid=10_000)])

    assert problems(result) == [(1, "refunded", "20000")]
    assert Order.objects.get().paid == 30_000


def test_an_order_that_moves_to_another_customer_leaves_the_first_ones_statistics() -> None:
    ingest_orders([head()])

    ingest_orders([head(customer_id="D")])

    assert dict(CustomerStats.objects.values_list("customer__external_id", "order_count")) == {"C": 0, "D": 1}
    assert set(TouchedCustomer.objects.values_list("customer__external_id", flat=True)) == {"C", "D"}


def test_segments_are_kicked_with_the_same_transaction() -> None:
    ingest_orders([head()])

    assert Kick.objects.filter(job="customers.tasks.refresh_touched_segments").count() == 1


def test_a_cut_leaves_nothing() -> None:
    def cut() -> object:
        yield line("1")
        raise ConnectionError

    with pytest.raises(ConnectionError):
        ingest_orders(cut())

    assert not Order.objects.exists()


def test_a_reused_dictionary_is_read_as_it_stands() -> None:
    def records() -> object:
        record = line("1")
        yield record
        record["sku"] = "pear"
        yield record
        record.update(order_id="2", paid=5)
        record["refunded"] = 5
        yield record

    ingest_orders(records())

    assert sorted(Order.objects.values_list("external_id", "refunded")) == [("1", 0), ("2", 5)]


def test_the_number_of_statements_does_not_grow_with_the_orders() -> None:
    with CaptureQueriesContext(
        connection,
    ) as few:
        ingest_orders([head("few")])
    with CaptureQueriesContext(connection) as many:
        ingest_orders([head(f"many {number}") for number in range(300)])

    assert len(many) <= len(few)


@pytest.mark.slow
def test_a_large_first_load_puts_every_constraint_back() -> None:
    constraints = (
        "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype IN ('f', 'u') ORDER BY 1, 2"
    )
    with connection.cursor() as cursor:
        cursor.execute(constraints)
        before = cursor.fetchall()

    result = ingest_orders(line(str(number // 2), "apple" if number % 2 else "pear") for number in range(60_000))

    with connection.cursor() as cursor:
        cursor.execute(constraints)
        assert cursor.fetchall() == before
    assert (result.new, OrderLine.objects.count()) == (30_000, 60_000)
