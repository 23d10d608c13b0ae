"""How the clock runs attribution: little at once, very much in a longer run that goes on where it stopped."""

from datetime import UTC, datetime, timedelta

import pytest

from analytics import tasks
from analytics.attribution import looking
from analytics.models import AttributedOrder
from crm_project import queue
from crm_project.models import Kick
from tests.factories import make_customer, make_message, make_order, make_running_campaign

pytestmark = pytest.mark.django_db

PLACED = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
EVERYTHING = "analytics.tasks.attribute_everything"


@pytest.fixture(autouse=True)
def three_orders(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    monkeypatch.setattr(looking, "ORDERS_AT_ONCE", 1)
    customer = make_customer()
    make_message(make_running_campaign(), customer, sent_at=PLACED - timedelta(days=1))
    return [make_order(customer, placed_at=PLACED).pk for _number in range(3)]


def credited() -> list[int]:
    return list(AttributedOrder.objects.filter(model="linear").order_by("order_id").values_list("order_id", flat=True))


def left_to_do() -> list[int | None]:
    return list(Kick.objects.filter(job=EVERYTHING).values_list("argument", flat=True))


@pytest.mark.parametrize(("most", "is_left"), [(3, False), (2, True)])
def test_more_orders_than_a_minute_takes_are_left_to_a_longer_run(
    three_orders: list[int], monkeypatch: pytest.MonkeyPatch, most: int, is_left: bool
) -> None:
    monkeypatch.setattr(looking, "MOST_IN_A_MINUTE", most)

    tasks.attribute_orders()

    assert credited() == ([] if is_left else three_orders)
    assert left_to_do() == ([None] if is_left else [])
    tasks.attribute_everything()
    assert credited() == three_orders


def test_a_long_run_goes_on_where_its_time_was_up(three_orders: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    turns = iter([False, True])
    monkeypatch.setattr(queue, "out_of_time", lambda: next(turns, False))

    tasks.attribute_everything()

    assert credited() == three_orders[:1]
    assert left_to_do() == [three_orders[0]]
    tasks.attribute_everything(three_orders[0])
    assert credited() == three_orders
