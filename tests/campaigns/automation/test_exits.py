"""Whoever met an exit gets nothing more: not at the next step, not between plan and dispatch."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.utils import translation

from campaigns.automation import exits, leaving, walking
from campaigns.models import Journey, Message
from campaigns.pipeline import dispatch
from customers.models import Customer, Event, SegmentMembership
from customers.segments.errors import UnfitValueError
from tests.campaigns.automation.making import automation_of, enter, message, story, wait
from tests.factories import buy, make_order, make_product, make_reachable_customer, make_segment, set_consent

START = datetime(2026, 3, 3, 5, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_third_of_march")]
Act = Callable[[Customer], Any]


@pytest.fixture
def on_the_third_of_march() -> object:
    with time_machine.travel(START, tick=False):
        yield


def happened(kind: str, *, at: datetime, **given: object) -> Act:
    def act(customer: Customer) -> None:
        number = Event.objects.count()
        Event.objects.create(customer=customer, kind=kind, occurred_at=at, external_id=f"E{number}", **given)

    return act


def bought(*, at: datetime, sku: str = "A", category: str = "차") -> Act:
    return lambda customer: buy(customer, make_product(sku=sku, category=category), at=at)


def ordered(status: str) -> Act:
    return lambda customer: make_order(customer, placed_at=LATER, status=status)


def refused(*channels: str) -> Act:
    def act(customer: Customer) -> None:
        for channel in channels:
            set_consent(customer, "ad_receive", channel=channel, is_granted=False, at=START)

    return act


def cancelled(customer: Customer) -> None:
    make_order(customer, placed_at=START + HOUR, status="cancelled")


def put_and_taken_out(customer: Customer) -> None:
    happened("cart_add", at=START - HOUR)(customer)
    happened("cart_remove", at=START + HOUR)(customer)


def put_two_and_taken_one_out(customer: Customer) -> None:
    happened("cart_add", at=START - HOUR, product=make_product(sku="B"))(customer)
    put_and_taken_out(customer)


def put_before_the_anchor_and_bought_before_it(customer: Customer) -> None:
    happened("cart_add", at=START - 2 * HOUR)(customer)
    make_order(customer, placed_at=START - HOUR)


def put_three_and_took_out(pieces: int | None) -> Act:
    def act(customer: Customer) -> None:
        product = make_product(sku="A")
        happened("cart_add", at=START - HOUR, product=product, properties={"quantity": 3})(customer)
        taken = {} if pieces is None else {"quantity": pieces}
        happened("cart_remove", at=START + HOUR, product=product, properties=taken)(customer)

    return act


def ordered_one_thing_and_took_another_out_later(customer: Customer) -> None:
    ordered, other = make_product(sku="A"), make_product(sku="B")
    happened("cart_add", at=START - 2 * DAY, product=ordered)(customer)
    make_order(customer, placed_at=START - 2 * DAY + HOUR, status="pending")
    happened("cart_add", at=START - HOUR, product=other)(customer)
    happened("cart_remove", at=START + HOUR, product=other)(customer)


def nothing(_customer: Customer) -> None:
    return None


LATER = START + HOUR
BLUE = {"name": "color", "value": "blue 50%"}
TABLE = [
    ({"is": "bought"}, {}, bought(at=LATER), True),
    ({"is": "bought"}, {}, bought(at=START), False),
    ({"is": "bought"}, {}, bought(at=START + 2 * DAY), False),
    ({"is": "bought"}, {}, cancelled, False),
    ({"is": "bought_product", "products": ["A"]}, {}, bought(at=LATER), True),
    ({"is": "bought_product", "products": ["B"]}, {}, bought(at=LATER), False),
    ({"is": "bought_product"}, {}, bought(at=LATER), False),
    ({"is": "bought_category", "categories": ["차"]}, {}, bought(at=LATER), True),
    ({"is": "bought_category"}, {"category": "차"}, bought(at=LATER), True),
    ({"is": "bought_category"}, {"category": "커피"}, bought(at=LATER), False),
    ({"is": "order_returned"}, {}, cancelled, True),
    ({"is": "order_returned"}, {"order_id": 0}, cancelled, False),
    ({"is": "visited"}, {}, happened("page_view", at=LATER), True),
    ({"is": "visited"}, {}, happened("custom", at=LATER), False),
    ({"is": "cart_settled"}, {}, put_and_taken_out, True),
    ({"is": "cart_settled"}, {}, put_two_and_taken_one_out, False),
    ({"is": "cart_settled"}, {}, put_before_the_anchor_and_bought_before_it, True),
    ({"is": "cart_settled"}, {}, happened("cart_add", at=START - HOUR), False),
    # A transfer that is awaited is an order, one that was cancelled is none.
    ({"is": "cart_settled"}, {}, ordered("pending"), True),
    ({"is": "cart_settled"}, {}, ordered("cancelled"), False),
    ({"is": "bought"}, {}, ordered("pending"), False),
    ({"is": "cart_settled"}, {}, ordered_one_thing_and_took_another_out_later, True),
    ({"is": "cart_settled"}, {}, put_three_and_took_out(1), False),
    ({"is": "cart_settled"}, {}, put_three_and_took_out(3), True),
    ({"is": "cart_settled"}, {}, put_three_and_took_out(None), True),
    ({"is": "event", "kinds": ["custom"]}, {}, happened("custom", at=LATER), True),
    ({"is": "event", "kinds": ["custom"], "property": BLUE}, {}, happened("custom", at=LATER), False),
    (
        {"is": "event", "kinds": ["custom"], "property": BLUE},
        {},
        happened("custom", at=LATER, properties={"color": "blue 50%"}),
        True,
    ),
    ({"is": "opted_out"}, {}, refused("email"), True),
    ({"is": "opted_out"}, {}, refused("sms"), False),
    ({"is": "opted_out"}, {}, nothing, False),
]


@pytest.mark.parametrize(("rule", "context", "act", "is_met"), TABLE)
def test_an_exit_is_met_by_what_happened_since(rule: dict, context: dict, act: Act, is_met: bool) -> None:
    exits.check([rule])
    automation = automation_of(message(), exits=[rule])
    customer = make_reachable_customer()
    journey = enter(automation, customer, at=START, context=context)
    act(customer)

    found = leaving.who_met_an_exit(automation.live_version, [journey.pk], START + DAY)

    assert found == ({journey.pk: rule["is"]} if is_met else {})


@pytest.mark.parametrize(
    ("kind", "is_member", "is_met"),
    [
        ("left_segment", True, False),
        ("left_segment", False, True),
        ("joined_segment", True, True),
        ("joined_segment", False, False),
    ],
)
def test_an_exit_may_ask_for_a_segment(kind: str, is_member: bool, is_met: bool) -> None:
    segment, customer = make_segment(), make_reachable_customer()
    automation = automation_of(message(), exits=[{"is": kind, "segments": [segment.pk]}])
    journey = enter(automation, customer, at=START)
    if is_member:
        SegmentMembership.objects.create(segment=segment, customer=customer)

    assert bool(leaving.who_met_an_exit(automation.live_version, [journey.pk], START)) == is_met


def test_whoever_bought_leaves_before_the_next_step() -> None:
    automation = automation_of(message(), wait(days=3), message(), exits=[{"is": "bought"}])
    buyer, other = make_reachable_customer(), make_reachable_customer()
    journeys = [enter(automation, customer, at=START) for customer in (buyer, other)]
    walking.walk_due(START)
    make_order(buyer, placed_at=START + DAY)

    walking.walk_due(START + 3 * DAY)

    for journey in journeys:
        journey.refresh_from_db()
    assert [(each.status, each.end_reason) for each in journeys] == [("exited", "bought"), ("finished", "")]
    assert Message.objects.filter(customer=buyer).count() == 1
    assert len(story(journeys[1])) == 3


def test_an_order_between_plan_and_dispatch_keeps_the_message_back(outbox: Path) -> None:
    automation = automation_of(message(), exits=[{"is": "bought"}])
    buyer, other = make_reachable_customer(), make_reachable_customer()
    for customer in (buyer, other):
        enter(automation, customer, at=START)
    walking.walk_due(START)
    make_order(buyer, placed_at=START + HOUR)

    with time_machine.travel(START + 2 * HOUR):
        dispatch.dispatch_due()

    assert dict(Message.objects.values_list("customer", "status")) == {buyer.pk: "skipped", other.pk: "sent"}
    assert Message.objects.get(customer=buyer).skip_reason == "EXITED"


def test_of_two_journeys_of_one_customer_only_the_one_that_ended_loses_its_message(outbox: Path) -> None:
    automation = automation_of(message(), exits=[{"is": "order_returned"}], reentry="every")
    customer = make_reachable_customer()
    orders = [make_order(customer, placed_at=START) for _number in range(2)]
    for order in orders:
        enter(automation, customer, at=START, context={"order_id": order.pk})
    walking.walk_due(START)
    type(orders[0]).objects.filter(pk=orders[0].pk).update(status="cancelled")

    with time_machine.travel(START + HOUR):
        dispatch.dispatch_due()

    assert list(Message.objects.order_by("pk").values_list("status", "skip_reason")) == [
        ("skipped", "EXITED"),
        ("sent", ""),
    ]


def test_a_sweep_ends_journeys_that_wait_and_takes_back_messages_that_wait_for_the_morning() -> None:
    automation = automation_of(message(), exits=[{"is": "bought"}])
    longer = automation_of(wait(days=9), message(), exits=[{"is": "bought"}])
    customer = make_reachable_customer()
    finished, waiting = (enter(each, customer, at=START) for each in (automation, longer))
    walking.walk_due(START)
    make_order(customer, placed_at=START + HOUR)

    assert leaving.sweep(START + 2 * HOUR) == 1

    waiting.refresh_from_db()
    finished.refresh_from_db()
    assert (waiting.status, waiting.end_reason, waiting.step) == ("exited", "bought", None)
    assert (finished.status, finished.end_reason) == ("finished", "")
    assert list(Message.objects.values_list("status", "skip_reason")) == [("skipped", "EXITED")]
    assert not Journey.objects.filter(status="inside").exists()


def test_exits_are_said_in_words() -> None:
    with translation.override("en"):
        said = exits.sentence([{"is": "bought"}, {"is": "bought_category", "categories": ["차", "커피"]}])

    assert said == "buys something or buys of the category: 차, 커피"


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        ["bought"],
        [{"is": "anything"}],
        [{"is": "bought", "products": ["A"]}],
        [{"is": "event"}],
        [{"is": "left_segment", "segments": []}],
        [{"is": "bought_product", "products": "A"}],
    ],
)
def test_exits_that_cannot_be_asked_are_refused(wrong: object) -> None:
    with pytest.raises(UnfitValueError):
        exits.check(wrong)
