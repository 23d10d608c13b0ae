"""When an order reached the customer: as it is told, or as its status turns."""

from datetime import UTC, datetime, timedelta

import pytest

from customers.ingest import ingest_orders
from customers.models import Order

pytestmark = pytest.mark.django_db

PLACED = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)
SAID = PLACED + timedelta(days=3)
NOW = "now"


@pytest.mark.parametrize(
    ("copies", "expected"),
    [
        ([{}], None),
        ([{"status": "shipped"}], None),
        ([{"status": "delivered"}], None),
        ([{"status": "delivered"}, {"status": "delivered", "shipping": 0}], None),
        ([{"status": "shipped"}, {"status": "delivered"}], NOW),
        ([{}, {"status": "delivered"}, {"status": "delivered", "discount": 500}], NOW),
        ([{"status": "cancelled"}, {"status": "delivered"}], None),
        ([{"status": "delivered", "delivered_at": SAID}], SAID),
        ([{"status": "shipped"}, {"status": "delivered", "delivered_at": SAID}], SAID),
        ([{"status": "shipped"}, {"status": "delivered"}, {"status": "delivered", "delivered_at": SAID}], SAID),
        ([{"status": "delivered", "delivered_at": SAID}, {"status": "delivered", "delivered_at": ""}], SAID),
        ([{"status": "delivered", "delivered_at": SAID}, {"status": "refunded", "refunded": 30_000}], SAID),
    ],
)
def test_a_delivery_is_dated_once(copies: list[dict[str, object]], expected: datetime | str | None) -> None:
    begun = datetime.now(UTC)
    for said in copies:
        result = ingest_orders([{"order_id": "1", "placed_at": PLACED, "paid": 30_000} | said])
        assert result.refused == 0

    delivered_at = Order.objects.get().delivered_at

    if expected == NOW:
        assert delivered_at is not None
        assert abs(delivered_at - begun) < timedelta(minutes=10)
    else:
        assert delivered_at == expected


def test_what_is_told_again_changes_nothing() -> None:
    told = {"order_id": "1", "placed_at": PLACED, "paid": 30_000}
    ingest_orders([told])
    ingest_orders([told | {"status": "delivered"}])
    before = Order.objects.values().get()

    result = ingest_orders([told | {"status": "delivered"}])

    assert (result.changed, result.unchanged) == (0, 1)
    assert Order.objects.values().get() == before
