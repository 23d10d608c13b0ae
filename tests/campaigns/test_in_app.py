"""In-app messages: laid down once, shown as their rules allow, reported by the app (L-26, N-08)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from campaigns import in_app, links
from campaigns.gateways.base import Fate, PreparedMessage
from campaigns.gateways.in_app import InAppGateway
from campaigns.models import Campaign, GatewayReport, Hit, InAppMessage, Message, SkipReason
from campaigns.pipeline import content, dispatch, outcome, reports
from campaigns.tracking import views
from customers.models import Customer
from customers.privacy import erasure
from tests.customers.api.shop_system import ShopSystem
from tests.factories import (
    make_account,
    make_customer,
    make_draft,
    make_message,
    make_running_campaign,
    set_consent,
)

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=ZoneInfo("Asia/Seoul"))
MIDNIGHT = NOON + timedelta(hours=12)
WORDS = {"subject": "{{ name }}님께", "text": "첫 구매 10% 할인", "html": ""}


def waiting_for(customer: Customer, **given: object) -> InAppMessage:
    """A message that waits since an hour ago, of a campaign of its own."""
    purpose = given.pop("purpose", "ad")
    message = make_message(make_running_campaign(purpose=purpose), customer, sent_at=NOON - timedelta(hours=1))
    defaults = {
        "layout": "banner",
        "title": "안녕하세요",
        "starts_at": NOON - timedelta(hours=1),
        "ends_at": NOON + timedelta(days=6),
        "most_views": 3,
    }
    return InAppMessage.objects.create(message=message, customer=customer, **defaults | given)


def shown(customer: Customer, *, at: datetime = NOON) -> list[InAppMessage]:
    return in_app.to_show(customer.pk, at=at)


def delivery_id(waiting: InAppMessage) -> str:
    return links.write(waiting.message_id, Hit.Kind.OPEN)


def test_a_campaign_lays_down_one_message_a_customer(
    planned: Callable[[Campaign], Campaign], author: object, settings: Settings
) -> None:
    settings.MESSAGING_LIVE = True
    willing, opted_out = make_customer(name="홍길동"), make_customer()
    set_consent(opted_out, "marketing_use", is_granted=False)
    account = make_account(channel="in_app", gateway="in_app", is_live=True, rate_per_second=1_000)
    details = {
        "layout": "modal",
        "button": "받기",
        "url": "shop://coupon",
        "days": 3,
        "most_views": 2,
        "hours_between": 0,
    }

    with time_machine.travel(MIDNIGHT, tick=False):
        campaign = planned(make_draft(account=account, content=WORDS | {"details": details}, priority=80))
        dispatch.dispatch_due()

    waiting = InAppMessage.objects.get()
    assert dict(Message.objects.values_list("customer", "skip_reason")) == {
        willing.pk: "",
        opted_out.pk: SkipReason.OPTED_OUT,
    }
    assert (waiting.customer, waiting.message.campaign) == (willing, campaign)
    assert (waiting.title, waiting.body, waiting.button) == ("홍길동님께", "첫 구매 10% 할인", "받기")
    assert (waiting.layout, waiting.url, waiting.priority) == ("modal", "shop://coupon", 80)
    assert (waiting.starts_at, waiting.ends_at) == (MIDNIGHT, MIDNIGHT + timedelta(days=3))


def test_the_same_message_handed_over_again_is_there_once() -> None:
    message = make_message(make_running_campaign(), make_customer())
    said = {"layout": "banner", "title": "안녕", "body": "", "button": "", "url": "", "image_url": "", "priority": 50}
    rules = {"starts_at": NOON.isoformat(), "ends_at": MIDNIGHT.isoformat(), "most_views": 1, "hours_between": 0}
    prepared = PreparedMessage(message.pk, message.campaign_id, "단골마트", "1", said | rules, "in_app")
    gateway = InAppGateway(make_account(channel="in_app"))

    outcomes = [*gateway.send_batch([prepared]), *gateway.send_batch([prepared])]

    assert [each.fate for each in outcomes] == [Fate.SENT, Fate.SENT]
    assert InAppMessage.objects.count() == 1


@pytest.mark.parametrize(
    ("state", "is_shown"),
    [
        ({}, True),
        ({"ends_at": NOON}, False),
        ({"starts_at": NOON + timedelta(minutes=1)}, False),
        ({"closed_at": NOON}, False),
        ({"views": 2}, True),
        ({"views": 3}, False),
        ({"views": 1, "last_viewed_at": NOON - timedelta(hours=23), "hours_between": 24}, False),
        ({"views": 1, "last_viewed_at": NOON - timedelta(hours=24), "hours_between": 24}, True),
    ],
)
def test_what_is_shown_keeps_to_its_rules(state: dict[str, object], is_shown: bool) -> None:
    customer = make_customer()
    waiting_for(customer, **state)

    assert bool(shown(customer)) == is_shown


@pytest.mark.parametrize(("purpose", "is_shown"), [("ad", False), ("info", True)])
def test_who_opted_out_since_sees_no_advertising(purpose: str, is_shown: bool) -> None:
    """L-26."""
    customer = make_customer()
    waiting_for(customer, purpose=purpose)
    set_consent(customer, "marketing_use", is_granted=False)

    assert bool(shown(customer)) == is_shown


@pytest.mark.parametrize("status", [Campaign.Status.PAUSED, Campaign.Status.CANCELLED])
def test_a_campaign_that_was_stopped_is_not_shown_any_more(status: str) -> None:
    customer = make_customer()
    waiting = waiting_for(customer)
    Campaign.objects.filter(pk=waiting.message.campaign_id).update(status=status)

    assert shown(customer) == []


def test_the_most_urgent_comes_first() -> None:
    customer = make_customer()
    low, high = waiting_for(customer, priority=10), waiting_for(customer, priority=90)

    assert shown(customer) == [high, low]


def test_a_customers_app_is_told_what_to_show() -> None:
    customer = make_customer(external_id="C")
    waiting_for(make_customer(external_id="D"))
    shop = ShopSystem()

    with time_machine.travel(NOON, tick=False):
        waiting = waiting_for(customer, button="보기", url="shop://sale")
        status, answer = shop.get("in-app/?customer_id=C")

    assert status == 200
    assert [(each["title"], each["button"], each["url"]) for each in answer["results"]] == [
        ("안녕하세요", "보기", "shop://sale")
    ]
    assert answer["results"][0]["delivery_id"] == delivery_id(waiting)
    assert not Hit.objects.exists()


def test_nobody_else_may_ask() -> None:
    make_customer(external_id="C")
    without_right = ShopSystem()
    without_right.user.groups.clear()

    assert without_right.get("in-app/?customer_id=C")[0] == 403
    assert Client().get("/api/v1/in-app/?customer_id=C").status_code in (401, 403)
    assert ShopSystem(name="other").get("in-app/?customer_id=X")[0] == 404


@time_machine.travel(NOON, tick=False)
def test_what_the_app_reports_counts_once() -> None:
    waiting = waiting_for(make_customer())
    shop = ShopSystem()
    seen = {"delivery_id": delivery_id(waiting), "kind": "open", "occurred_at": "2026-11-20T11:30:00+09:00"}

    first = shop.post("message-reports", [seen, seen | {"occurred_at": "2026-11-20T11:45:00+09:00"}])
    again = shop.post("message-reports", [seen])

    waiting.refresh_from_db()
    assert (first[0], first[1]["new"], again[1]["new"], again[1]["unchanged"]) == (200, 2, 0, 1)
    assert (waiting.views, waiting.closed_at) == (2, None)
    assert waiting.last_viewed_at == NOON - timedelta(minutes=15)


@pytest.mark.parametrize("kind", ["click", "close"])
@time_machine.travel(NOON, tick=False)
def test_what_was_tapped_or_put_away_does_not_come_back(kind: str) -> None:
    customer = make_customer()
    waiting = waiting_for(customer)

    ShopSystem().post("message-reports", [{"delivery_id": delivery_id(waiting), "kind": kind}])

    assert Hit.objects.get().kind == kind
    assert shown(customer) == []


@time_machine.travel(NOON, tick=False)
def test_reports_of_the_app_are_never_taken_for_a_machines() -> None:
    waiting = waiting_for(make_customer())
    ShopSystem().post("message-reports", [{"delivery_id": delivery_id(waiting), "kind": "click"}])

    outcome.roll_up_waiting()

    message = Message.objects.get(pk=waiting.message_id)
    assert Hit.objects.get().is_machine is False
    assert message.clicked_at == message.opened_at == NOON


@time_machine.travel(NOON, tick=False)
def test_a_device_that_received_it_makes_it_delivered() -> None:
    message = make_message(make_running_campaign(), make_customer(), sent_at=NOON)
    report = {"delivery_id": links.write(message.pk, Hit.Kind.OPEN), "kind": "received"}
    shop = ShopSystem()

    shop.post("message-reports", [report])
    shop.post("message-reports", [report])
    reports.settle_waiting()

    message.refresh_from_db()
    assert (message.delivery, message.delivered_at) == (Message.Delivery.DELIVERED, NOON)
    assert GatewayReport.objects.count() == 1


def test_a_made_up_delivery_id_is_refused() -> None:
    answer = ShopSystem().post("message-reports", [{"delivery_id": "AQEAAAAAAAAAAAAB2pCgLEf0s2pk1Dh1", "kind": "open"}])

    assert answer[1]["results"][0]["code"] == "unknown_message"
    assert not Hit.objects.exists()


@time_machine.travel(NOON, tick=False)
def test_a_service_worker_may_report_by_itself_what_it_has_the_id_of() -> None:
    waiting = waiting_for(make_customer())
    token = delivery_id(waiting)

    good = Client().post(f"/h/{token}/close")
    forged = Client().post(f"/h/{token[:4]}{'x' * (len(token) - 4)}/close")
    asked = Client().get(f"/h/{token}/close")

    waiting.refresh_from_db()
    assert (good.status_code, forged.status_code, asked.status_code) == (204, 204, 405)
    assert Hit.objects.count() == 1
    assert waiting.closed_at == NOON


def test_more_reports_of_one_message_than_a_person_makes_are_not_written_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "REPORTS_A_MINUTE", 2)
    token, other = (delivery_id(waiting_for(make_customer())) for _customer in range(2))

    answers = [Client().post(f"/h/{each}/open").status_code for each in (token, token, token, other)]

    assert answers == [204] * 4
    assert Hit.objects.count() == 3


@pytest.mark.parametrize(
    ("details", "field"),
    [
        ({"days": 0}, "days"),
        ({"most_views": "many"}, "most_views"),
        ({"hours_between": 721}, "hours_between"),
        ({"button": "보기"}, "url"),
        ({"button": "{{ nobody }}", "url": "shop://x"}, "button"),
        ({"image_url": "http://shop.example/a.png"}, "image_url"),
    ],
)
def test_what_cannot_be_shown_is_named(details: dict[str, object], field: str) -> None:
    campaign = make_draft(account=make_account(channel="in_app"), content=WORDS | {"details": details})

    problems = content.check(campaign.steps.get().variants.get())

    assert [problem.field for problem in problems if not problem.is_warning] == [field]


def test_what_waits_for_an_erased_person_is_gone() -> None:
    customer = make_customer()
    waiting_for(customer)

    erasure.erase([customer.pk], by=None)

    assert not InAppMessage.objects.exists()


def test_what_ended_long_ago_is_destroyed_and_its_counts_stay() -> None:
    customer = make_customer()
    old = waiting_for(customer, ends_at=NOON - timedelta(days=91))
    waiting_for(customer)

    assert in_app.destroy(NOON - timedelta(days=90)) == 1
    assert Message.objects.filter(pk=old.message_id).exists()
