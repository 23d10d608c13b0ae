"""The first load of a large table: checked and indexed at its end, and measured for what is joined with it next."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from customers.ingest import first_load, ingest_orders, ingest_products
from customers.models import Order
from tests.factories import make_customer

pytestmark = pytest.mark.django_db

PLACED = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize("table", ["customers_order", "customers_orderline"])
def test_a_table_is_measured_once_its_first_rows_are_in(table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_load, "WORTH_IT", 1)
    make_customer(external_id="C")
    ingest_products([{"sku": "apple", "name": "apple"}])
    line = {"customer_id": "C", "placed_at": PLACED, "paid": 20, "sku": "apple", "quantity": 1, "line_amount": 10}

    ingest_orders([line | {"order_id": order, "position": place} for order in ("1", "2") for place in (1, 2)])

    assert _least_and_most(table) == [min(_orders()), max(_orders())]


def _least_and_most(table: str) -> list[int]:
    """Return the least and the most number of an order that the planner knows of."""
    column = "id" if table == "customers_order" else "order_id"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(most_common_vals, histogram_bounds)::text::bigint[] FROM pg_stats"
            " WHERE tablename = %s AND attname = %s",
            [table, column],
        )
        rows = cursor.fetchall()
    return sorted(rows[0][0]) if rows else []


def _orders() -> list[int]:
    return list(Order.objects.values_list("pk", flat=True))
