"""Which campaign earned an order."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from analytics.attribution.credits import Attributed, attribute_everything, attribute_fresh
from analytics.models import AttributedOrder
from campaigns.models import Campaign, Hit, Message
from campaigns.pipeline import outcome
from customers.models import Customer, Order
from tests.factories import make_customer, make_message, make_order, make_running_campaign

pytestmark = pytest.mark.django_db

CHROME = "Mozilla/5.0 (Windows NT 10.0) Chrome/130.0"


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def customer() -> Customer:
    return make_customer()


def campaign(**given: object) -> Campaign:
    return make_running_campaign(links=("https://shop.example/",), attribution_days=5, **given)


def click(message: Message, at: datetime, user_agent: str = CHROME) -> Hit:
    hit = Hit.objects.create(
        message=message, link=message.variant.links.get(), kind="click", occurred_at=at, user_agent=user_agent
    )
    outcome.roll_up([message.pk])
    return hit


def change(order: Order, **given: object) -> None:
    """Store a later copy of the order, as an import does."""
    Order.objects.filter(pk=order.pk).update(changed_at=timezone.now(), **given)


def credits() -> list[tuple[int, int, int]]:
    return list(AttributedOrder.objects.order_by("order_id").values_list("order_id", "message_id", "revenue"))


def test_an_order_after_a_click_is_credited_to_its_message(now: datetime, customer: Customer) -> None:
    message = make_message(campaign(), customer)
    click(message, now - timedelta(hours=2))
    order = make_order(customer, placed_at=now, paid=30_000, shipping=3_000)

    done = attribute_fresh()

    assert done == Attributed(credited=1, taken_back=0)
    assert credits() == [(order.pk, message.pk, 27_000)]
    credit = AttributedOrder.objects.get()
    assert (credit.campaign_id, credit.touched_at) == (message.campaign_id, now - timedelta(hours=2))


@pytest.mark.parametrize(
    ("clicked_before_order", "credited"),
    [
        (timedelta(0), True),
        (timedelta(days=5, seconds=-1), True),
        (timedelta(days=5), False),
        (timedelta(seconds=-1), False),
    ],
)
def test_only_a_click_within_the_window_counts(
    now: datetime, customer: Customer, clicked_before_order: timedelta, credited: bool
) -> None:
    click(make_message(campaign(), customer), now - timedelta(days=10) - clicked_before_order)
    make_order(customer, placed_at=now - timedelta(days=10))

    attribute_fresh()

    assert AttributedOrder.objects.exists() is credited


def test_of_two_campaigns_the_last_click_wins_and_the_order_counts_once(now: datetime, customer: Customer) -> None:
    first, second = make_message(campaign(), customer), make_message(campaign(), customer)
    click(first, now - timedelta(hours=3))
    click(second, now - timedelta(hours=2))
    order = make_order(customer, placed_at=now)

    attribute_fresh()

    assert credits() == [(order.pk, second.pk, 10_000)]


def test_a_machines_click_earns_nothing(now: datetime, customer: Customer) -> None:
    click(make_message(campaign(), customer), now - timedelta(hours=1), user_agent="Barracuda")
    make_order(customer, placed_at=now)

    attribute_fresh()

    assert credits() == []


def test_anothers_click_and_a_guests_order_earn_nothing(now: datetime, customer: Customer) -> None:
    click(make_message(campaign(), make_customer()), now - timedelta(hours=1))
    make_order(customer, placed_at=now)
    make_order(None, placed_at=now)

    attribute_fresh()

    assert credits() == []


def test_a_refund_lowers_the_credit(now: datetime, customer: Customer) -> None:
    click(make_message(campaign(), customer), now - timedelta(hours=1))
    order = make_order(customer, placed_at=now, paid=30_000)
    attribute_fresh()
    change(order, refunded=10_000)

    done = attribute_fresh()

    assert done == Attributed(credited=1, taken_back=0)
    assert AttributedOrder.objects.get().revenue == 20_000


@pytest.mark.parametrize("status", ["cancelled", "refunded", "pending"])
def test_an_order_that_is_no_purchase_loses_its_credit(now: datetime, customer: Customer, status: str) -> None:
    click(make_message(campaign(), customer), now - timedelta(hours=1))
    order = make_order(customer, placed_at=now)
    attribute_fresh()
    change(order, status=status)

    done = attribute_fresh()

    assert done == Attributed(credited=0, taken_back=1)
    assert credits() == []


def test_an_order_that_came_before_its_click_was_known_is_credited_then(now: datetime, customer: Customer) -> None:
    make_order(customer, placed_at=now)
    attribute_fresh()
    Order.objects.update(changed_at=now - timedelta(days=1))
    click(make_message(campaign(), customer), now - timedelta(seconds=5))

    attribute_fresh()

    assert AttributedOrder.objects.count() == 1


def test_a_click_later_found_to_be_a_scanners_loses_its_credit(now: datetime, customer: Customer) -> None:
    message = make_message(campaign(), customer)
    hit = click(message, now - timedelta(hours=1))
    make_order(customer, placed_at=now)
    attribute_fresh()
    Hit.objects.filter(pk=hit.pk).update(user_agent="Mimecast")
    outcome.roll_up([message.pk])

    done = attribute_everything()

    assert done == Attributed(credited=0, taken_back=1)


def test_running_again_changes_nothing(now: datetime, customer: Customer) -> None:
    click(make_message(campaign(), customer), now - timedelta(hours=1))
    make_order(customer, placed_at=now)
    attribute_fresh()
    before = list(AttributedOrder.objects.values())

    assert attribute_fresh() == attribute_everything() == Attributed(credited=0, taken_back=0)
    assert list(AttributedOrder.objects.values()) == before
