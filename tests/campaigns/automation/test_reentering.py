"""Who took back the order by which they entered may enter by the next one, unless something was said already."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from campaigns.automation import entering, leaving
from campaigns.automation.dry_run import dry_run
from campaigns.models import Automation, StepTaken
from customers import stats
from customers.models import Customer, Order
from tests.campaigns.automation.making import automation_of, message, wait
from tests.factories import make_order, make_reachable_customer

NOON = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OF_ORDERS = [("first_order", {}, 1), ("nth_order", {"number": 3}, 3)]
HOW_OFTEN = ["never", "after_days", "every"]
pytestmark = pytest.mark.django_db


def of_orders(trigger: str, asked: dict[str, int], *, reentry: str) -> Automation:
    """An automation that waits a day before it says something, and counts what happens from noon."""
    terms = {"trigger": trigger, "trigger_settings": asked, "reentry": reentry, "reentry_days": 1}
    automation = automation_of(wait(days=1), message(), exits=[{"is": "order_returned"}], **terms)
    Automation.objects.filter(pk=automation.pk).update(begins_at=NOON, read_until=NOON)
    automation.refresh_from_db()
    return automation


def buyer_of(count: int, *, last_at: datetime) -> tuple[Customer, Order]:
    """A customer with so many orders, and the last of them."""
    customer = make_reachable_customer()
    for number in range(count - 1, 0, -1):
        make_order(customer, placed_at=NOON - number * DAY)
    return customer, buys(customer, at=last_at)


def buys(customer: Customer, *, at: datetime) -> Order:
    order = make_order(customer, placed_at=at)
    stats.refresh([customer.pk])
    return order


def takes_back(order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(status="cancelled")
    stats.refresh([order.customer_id])


def stories(automation: Automation) -> list[tuple[int, str]]:
    """The order of each journey, and how it stands."""
    rows = automation.journeys.order_by("anchor_at").values_list("context__order_id", "status")
    return list(rows)


@pytest.mark.parametrize("reentry", HOW_OFTEN)
@pytest.mark.parametrize(("trigger", "asked", "count"), OF_ORDERS)
def test_who_cancels_while_nothing_was_said_and_orders_again_enters_by_the_new_order(
    trigger: str, asked: dict[str, int], count: int, reentry: str
) -> None:
    automation = of_orders(trigger, asked, reentry=reentry)
    customer, order = buyer_of(count, last_at=NOON + HOUR)
    entering.enter(automation, NOON + 2 * HOUR)
    takes_back(order)
    leaving.sweep(NOON + 3 * HOUR)
    again = buys(customer, at=NOON + 4 * HOUR)

    with translation.override("en"):
        assert dry_run(automation.live_version, customer, now=NOON + 4 * HOUR).refusal == ""
    assert entering.enter(automation, NOON + 5 * HOUR) == 1
    assert entering.enter(automation, NOON + 6 * HOUR) == 0
    assert stories(automation) == [(order.pk, "exited"), (again.pk, "inside")]


@pytest.mark.parametrize("outcome", ["planned", "given", "held_out"])
@pytest.mark.parametrize(("trigger", "asked", "count"), OF_ORDERS)
@pytest.mark.parametrize("reentry", HOW_OFTEN)
def test_who_was_told_something_or_given_something_does_not_enter_again_by_another_order(
    trigger: str, asked: dict[str, int], count: int, outcome: str, reentry: str
) -> None:
    automation = of_orders(trigger, asked, reentry=reentry)
    customer, order = buyer_of(count, last_at=NOON + HOUR)
    entering.enter(automation, NOON + 2 * HOUR)
    journey = automation.journeys.get()
    StepTaken.objects.create(journey=journey, step=journey.step, outcome=outcome, due_at=NOON + HOUR)
    takes_back(order)
    leaving.sweep(NOON + 3 * HOUR)
    buys(customer, at=NOON + 2 * DAY)

    assert entering.enter(automation, NOON + 2 * DAY + HOUR) == 0
    assert stories(automation) == [(order.pk, "exited")]


@pytest.mark.parametrize("reentry", HOW_OFTEN)
def test_who_has_the_third_order_has_it_once_though_an_earlier_one_is_taken_back(reentry: str) -> None:
    automation = of_orders("nth_order", {"number": 3}, reentry=reentry)
    customer, third = buyer_of(3, last_at=NOON + HOUR)
    entering.enter(automation, NOON + 2 * HOUR)
    takes_back(Order.objects.filter(customer=customer).earliest("placed_at"))
    buys(customer, at=NOON + 2 * DAY)

    assert entering.enter(automation, NOON + 2 * DAY + HOUR) == 0
    assert stories(automation) == [(third.pk, "inside")]


def test_a_dry_run_refuses_who_was_told_something_before_the_order_was_taken_back() -> None:
    automation = of_orders("nth_order", {"number": 1}, reentry="never")
    customer, order = buyer_of(1, last_at=NOON + HOUR)
    entering.enter(automation, NOON + 2 * HOUR)
    journey = automation.journeys.get()
    StepTaken.objects.create(journey=journey, step=journey.step, outcome="planned", due_at=NOON + HOUR)
    takes_back(order)
    leaving.sweep(NOON + 3 * HOUR)

    with translation.override("en"):
        refusal = dry_run(automation.live_version, customer, now=NOON + 4 * HOUR).refusal

    assert refusal == "The customer was in it already, and it takes each customer once."
