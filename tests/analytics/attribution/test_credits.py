"""Which campaigns earned an order, under three models."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from analytics.attribution import check
from analytics.attribution.credits import Attributed, attribute_everything, attribute_fresh, attribute_period
from analytics.errors import CreditsDoNotAddUp
from analytics.models import AttributedOrder, AttributionProgress
from analytics.periods import Period
from campaigns.gateways.base import Report, ReportKind
from campaigns.models import Campaign, GatewayReport, Hit, Message
from campaigns.pipeline import outcome, reports
from customers.identity import merging
from customers.models import Customer, Order
from customers.privacy import erasure
from tests.factories import change_order, make_customer, make_message, make_order, make_running_campaign

pytestmark = pytest.mark.django_db

Model = AttributedOrder.Model
CHROME = "Mozilla/5.0 (Windows NT 10.0) Chrome/130.0"
PLACED = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
NEVER = "planned"
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Sent:
    """A message of a campaign of its own; times are those before the order."""

    sent: timedelta = DAY
    clicked: tuple[timedelta, ...] = ()
    delivered: timedelta | None = None
    days: int = 5
    purpose: str = "ad"
    user_agent: str = CHROME
    message: dict[str, object] = field(default_factory=dict)


def campaign(**given: object) -> Campaign:
    return make_running_campaign(links=("https://shop.example/",), **{"attribution_days": 5} | given)


def click(message: Message, at: datetime, user_agent: str = CHROME) -> Hit:
    hit = Hit.objects.create(
        message=message, link=message.variant.links.get(), kind="click", occurred_at=at, user_agent=user_agent
    )
    outcome.roll_up([message.pk])
    return hit


def send(customer: Customer, sent: Sent) -> Message:
    mine = campaign(attribution_days=sent.days, purpose=sent.purpose)
    message = make_message(
        mine,
        customer,
        **{
            "sent_at": PLACED - sent.sent,
            "planned_at": PLACED - sent.sent,
            "delivered_at": PLACED - sent.delivered if sent.delivered is not None else None,
        }
        | sent.message,
    )
    for before in sent.clicked:
        click(message, PLACED - before, sent.user_agent)
    return message


def credits(model: Model) -> list[tuple[int, int, int]]:
    found = AttributedOrder.objects.filter(model=model).order_by("order_id", "touched_at", "message_id")
    return list(found.values_list("order_id", "message_id", "revenue"))


NONE: dict[int, int] = {}
# What was sent, and what each message earned of 10,001 won under last click, last delivered and linear.
CASES = {
    "clicked and arrived": ([Sent(clicked=(HOUR,))], {0: 10_001}, {0: 10_001}, {0: 10_001}),
    "arrived only": ([Sent()], NONE, {0: 10_001}, {0: 10_001}),
    "clicked just inside the window": (
        [Sent(sent=6 * DAY, clicked=(5 * DAY - SECOND,))],
        {0: 10_001},
        NONE,
        {0: 10_001},
    ),
    "clicked exactly at its edge": ([Sent(sent=6 * DAY, clicked=(5 * DAY,))], NONE, NONE, NONE),
    "arrived exactly at its edge": ([Sent(sent=5 * DAY)], NONE, NONE, NONE),
    "arrived just inside": ([Sent(sent=5 * DAY - SECOND)], NONE, {0: 10_001}, {0: 10_001}),
    "everything in the second of the order": (
        [Sent(sent=0 * DAY, clicked=(0 * DAY,))],
        {0: 10_001},
        {0: 10_001},
        {0: 10_001},
    ),
    "ordered before the click": ([Sent(clicked=(-SECOND,))], NONE, {0: 10_001}, {0: 10_001}),
    "ordered before it was sent": ([Sent(sent=-SECOND)], NONE, NONE, NONE),
    "two campaigns, the older one clicked last": (
        [Sent(sent=2 * DAY, clicked=(HOUR,)), Sent(sent=DAY, clicked=(2 * HOUR,))],
        {0: 10_001},
        {1: 10_001},
        {0: 5_000, 1: 5_001},
    ),
    "two campaigns clicked in the same second": (
        [Sent(clicked=(HOUR,)), Sent(clicked=(HOUR,))],
        {1: 10_001},
        {1: 10_001},
        {0: 5_001, 1: 5_000},
    ),
    "three messages, one clicked twice": (
        [Sent(sent=3 * DAY), Sent(sent=2 * DAY, clicked=(HOUR, 2 * HOUR)), Sent(sent=DAY)],
        {1: 10_001},
        {2: 10_001},
        {0: 3_334, 1: 3_333, 2: 3_334},
    ),
    "a window for each campaign": (
        [Sent(sent=8 * DAY, clicked=(7 * DAY,), days=10), Sent(sent=3 * DAY, clicked=(2 * DAY,), days=1)],
        {0: 10_001},
        {0: 10_001},
        {0: 10_001},
    ),
    "clicked by a machine only": ([Sent(clicked=(HOUR,), user_agent="Barracuda")], NONE, {0: 10_001}, {0: 10_001}),
    "arrived later than it was sent": (
        [Sent(sent=2 * DAY, delivered=HOUR), Sent(sent=DAY)],
        NONE,
        {0: 10_001},
        {0: 5_000, 1: 5_001},
    ),
    "sent in time, arrived after the order": ([Sent(delivered=-SECOND)], NONE, NONE, NONE),
    "did not arrive": ([Sent(message={"delivery": "failed"})], NONE, NONE, NONE),
    "not sent yet": ([Sent(message={"status": NEVER, "sent_at": None})], NONE, NONE, NONE),
    "sent to the sandbox": ([Sent(message={"is_sandbox": True})], NONE, NONE, NONE),
    "clicked in the sandbox, where somebody of the shop looked at it": (
        [Sent(clicked=(HOUR,), message={"is_sandbox": True})],
        NONE,
        NONE,
        NONE,
    ),
    "an information that arrived": ([Sent(purpose="info")], NONE, NONE, NONE),
    "an information that was clicked": ([Sent(clicked=(HOUR,), purpose="info")], {0: 10_001}, NONE, {0: 10_001}),
}


@pytest.mark.parametrize(("sent", "last_click", "last_delivered", "linear"), CASES.values(), ids=CASES.keys())
def test_who_earned_the_order(
    sent: list[Sent], last_click: dict[int, int], last_delivered: dict[int, int], linear: dict[int, int]
) -> None:
    customer = make_customer()
    messages = [send(customer, each) for each in sent]
    order = make_order(customer, placed_at=PLACED, paid=13_001, shipping=3_000)

    attribute_fresh()

    for model, earned in zip(Model, (last_click, last_delivered, linear), strict=True):
        due = {(order.pk, messages[place].pk, won) for place, won in earned.items()}
        assert set(credits(model)) == due, model


# An order's own facts, whether it is credited, and with how much.
ORDERS = {
    "shipping earns nothing": ({"paid": 30_000, "shipping": 3_000}, [27_000]),
    "paid with points alone": ({"paid": 0}, [0]),
    "less paid than the shipping costs": ({"paid": 2_000, "shipping": 3_000}, [0]),
    "not paid yet": ({"status": "pending"}, []),
    "cancelled before it was paid": ({"status": "cancelled"}, []),
}


@pytest.mark.parametrize(("facts", "credited"), ORDERS.values(), ids=ORDERS.keys())
@pytest.mark.parametrize("model", Model.values)
def test_what_an_order_brings(model: str, facts: dict[str, object], credited: list[int]) -> None:
    customer = make_customer()
    send(customer, Sent(clicked=(HOUR,)))
    make_order(customer, placed_at=PLACED, **facts)

    attribute_fresh()

    assert [revenue for *_ids, revenue in credits(Model(model))] == credited


def test_a_click_that_is_told_hours_later_is_credited_with_the_next_look() -> None:
    customer = make_customer()
    message = send(customer, Sent())
    order = make_order(customer, placed_at=PLACED, paid=10_001)
    attribute_fresh()
    Order.objects.update(changed_at=timezone.now() - DAY)
    AttributionProgress.objects.update(looked_until=timezone.now() - HOUR)

    click(message, PLACED - HOUR)
    attribute_fresh()

    assert credits(Model.LAST_CLICK) == [(order.pk, message.pk, 10_001)]


def test_a_demos_messages_reach_its_made_up_customers_in_the_sandbox() -> None:
    customer = make_customer(is_demo=True)
    message = send(customer, Sent(message={"is_sandbox": True}))
    order = make_order(customer, placed_at=PLACED)

    attribute_fresh()

    assert credits(Model.LAST_DELIVERED) == [(order.pk, message.pk, 10_000)]


def test_anothers_click_and_a_guests_order_earn_nothing() -> None:
    send(make_customer(), Sent(clicked=(HOUR,)))
    make_order(make_customer(), placed_at=PLACED)
    make_order(None, placed_at=PLACED)

    attribute_fresh()

    assert not AttributedOrder.objects.exists()


def test_a_merge_brings_an_order_to_the_message_that_earned_it_and_an_undo_takes_it_back() -> None:
    reader, buyer = make_customer(), make_customer()
    message = send(reader, Sent(clicked=(HOUR,)))
    order = make_order(buyer, placed_at=PLACED, changed_at=PLACED)
    attribute_fresh()

    done = merging.merge(reader.pk, buyer.pk, by=None)
    attribute_fresh()

    assert credits(Model.LAST_CLICK) == [(order.pk, message.pk, 10_000)]

    merging.undo(done.pk, by=None)
    attribute_fresh()

    assert credits(Model.LAST_CLICK) == []


def test_an_erasure_leaves_what_was_earned(settings, tmp_path) -> None:
    settings.OUTBOX_DIR = settings.EXPORT_DIR = tmp_path
    customer = make_customer()
    send(customer, Sent(clicked=(HOUR,)))
    make_order(customer, placed_at=PLACED)
    attribute_fresh()
    before = credits(Model.LINEAR)

    erasure.erase([customer.pk], by=None)
    attribute_everything()

    assert credits(Model.LINEAR) == before != []


def test_an_order_that_came_before_its_click_was_known_is_credited_then() -> None:
    customer, now = make_customer(), timezone.now()
    message = make_message(campaign(), customer)
    order = make_order(customer, placed_at=now, changed_at=now - DAY)
    attribute_fresh()
    assert credits(Model.LAST_CLICK) == []

    click(message, now - 5 * SECOND)
    attribute_fresh()

    assert credits(Model.LAST_CLICK) == [(order.pk, message.pk, 10_000)]


@pytest.mark.parametrize(
    ("kind", "arrived"), [(ReportKind.DELIVERED, True), (ReportKind.FAILED, False)], ids=["late", "lost"]
)
def test_a_late_report_of_the_gateway_changes_who_earned_an_order_of_long_ago(kind: ReportKind, arrived: bool) -> None:
    customer = make_customer()
    first, second = send(customer, Sent(sent=3 * DAY)), send(customer, Sent(sent=2 * DAY))
    Order.objects.filter(pk=make_order(customer, placed_at=PLACED).pk).update(changed_at=PLACED)
    attribute_fresh()
    told = second if kind is ReportKind.FAILED else first
    report = Report(event_id="1", kind=kind, occurred_at=PLACED - HOUR, message_id=told.pk)

    reports.keep(told.account, [report], source=GatewayReport.Source.WEBHOOK)
    reports.settle_waiting()
    attribute_fresh()

    assert [message for _order, message, _won in credits(Model.LAST_DELIVERED)] == [first.pk]
    assert len(credits(Model.LINEAR)) == 1 + arrived


def test_a_click_later_found_to_be_a_scanners_loses_its_credit() -> None:
    customer = make_customer()
    message = send(customer, Sent(sent=6 * DAY, clicked=(HOUR,)))
    make_order(customer, placed_at=PLACED)
    attribute_fresh()
    Hit.objects.update(user_agent="Mimecast")
    outcome.roll_up([message.pk], anew=True)

    done = attribute_everything()

    assert done == Attributed(credited=0, taken_back=2)  # of last click and linear


def test_running_again_changes_nothing() -> None:
    customer = make_customer()
    send(customer, Sent(clicked=(HOUR,)))
    change_order(make_order(customer, placed_at=PLACED), refunded=1_000)
    attribute_fresh()
    before = list(AttributedOrder.objects.order_by("pk").values())

    assert attribute_fresh() == attribute_everything() == Attributed(credited=0, taken_back=0)
    assert list(AttributedOrder.objects.order_by("pk").values()) == before


def test_a_period_and_a_model_are_computed_anew_alone() -> None:
    customer = make_customer()
    send(customer, Sent(clicked=(HOUR,)))
    for day in range(3):
        make_order(customer, placed_at=PLACED + day * DAY)
    attribute_fresh()
    AttributedOrder.objects.all().delete()

    done = attribute_period(Period(date(2026, 11, 21), date(2026, 11, 21)), [Model.LINEAR])

    assert done == Attributed(credited=1)
    assert AttributedOrder.objects.get().placed_at == PLACED + DAY


def test_the_command_says_what_it_changed(capsys) -> None:
    customer = make_customer()
    send(customer, Sent(clicked=(HOUR,)))
    make_order(customer, placed_at=PLACED)

    call_command("attribute", "--from", "2026-11-20", "--to", "2026-11-20", "--model", "last_click")
    call_command("attribute")

    assert capsys.readouterr().out == "1 credits written, 0 taken back.\n2 credits written, 0 taken back.\n"


def test_the_command_refuses_what_is_no_day() -> None:
    with pytest.raises(CommandError, match=r"2026-11-31"):
        call_command("attribute", "--from", "2026-11-31")


def test_credits_that_do_not_add_up_are_named() -> None:
    customer = make_customer()
    send(customer, Sent(clicked=(HOUR,)))
    order = make_order(customer, placed_at=PLACED, changed_at=PLACED)
    attribute_fresh()
    check.refuse_wrong_credits()
    AttributedOrder.objects.filter(model=Model.LINEAR).update(revenue=9_999)

    with pytest.raises(CreditsDoNotAddUp, match=rf"{order.pk} \(linear\)"):
        check.refuse_wrong_credits()
