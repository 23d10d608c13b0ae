"""Notifications: what they must carry (L-23), who refuses them (L-03), how long they may travel (L-08)."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.template.loader import render_to_string

from campaigns.channels.base import CHANNELS
from campaigns.gateways.sandbox import SandboxGateway
from campaigns.models import Campaign, ChannelAccount, Message, SkipReason, Variant
from campaigns.pipeline import content, dispatch
from customers.models import Customer
from tests.factories import make_account, make_customer, make_device, make_draft, set_consent

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=ZoneInfo("Asia/Seoul"))
WORDS = {"subject": "{{ name }}님, 돌아오세요", "text": "새 상품이 왔어요", "html": ""}


@pytest.fixture
def account() -> ChannelAccount:
    return make_account(channel="push", rate_per_second=1_000)


def willing(channel: str = "push", **given: object) -> Customer:
    customer = make_customer(**given)
    set_consent(customer, "marketing_use")
    set_consent(customer, "ad_receive", channel=channel)
    return customer


def draft(account: ChannelAccount, *, content: dict | None = None, **given: object) -> Campaign:
    return make_draft(account=account, content=WORDS | (content or {}), **given)


def variant_of(campaign: Campaign) -> Variant:
    return Variant.objects.get(step__campaign=campaign)


def test_an_advertisement_begins_with_label_and_sender_and_ends_with_how_to_refuse(account: ChannelAccount) -> None:
    rendered = content.render(variant_of(draft(account)), make_customer(name="홍길동"))

    assert rendered.title == "(광고)[단골마트] 홍길동님, 돌아오세요"
    assert rendered.body == "새 상품이 왔어요\n수신거부: 설정 > 알림"


def test_without_a_title_the_body_begins_so(account: ChannelAccount) -> None:
    rendered = content.render(variant_of(draft(account, content={"subject": ""})), make_customer())

    assert rendered.title == ""
    assert rendered.body == "(광고)[단골마트] 새 상품이 왔어요\n수신거부: 설정 > 알림"


def test_information_carries_neither(account: ChannelAccount) -> None:
    campaign = draft(account, purpose="info", content={"subject": "배송 출발"})

    rendered = content.render(variant_of(campaign), make_customer())

    assert (rendered.title, rendered.body, rendered.opt_out_url) == ("배송 출발", "새 상품이 왔어요", "")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"title": "돌아오세요"}, SkipReason.LABEL),
        ({"title": "(광고)[단골마트] (광고) 돌아오세요"}, SkipReason.LABEL),
        ({"title": "(광고) 돌아오세요"}, SkipReason.CONTACT),
        ({"body": "새 상품이 왔어요"}, SkipReason.OPTOUT_LINE),
        ({"opt_out_url": ""}, SkipReason.OPTOUT_LINE),
        ({"title": "(광고)[단골마트] " + "가" * 1_000}, SkipReason.TOO_LONG),
        ({}, None),
    ],
)
def test_a_finished_notification_is_looked_at_once_more(
    account: ChannelAccount, changed: dict[str, str], reason: SkipReason | None
) -> None:
    campaign = draft(account)
    rendered = content.render(variant_of(campaign), make_customer())

    assert CHANNELS["push"].violation(campaign, account, replace(rendered, **changed)) == reason


@pytest.mark.parametrize(
    "url", ["javascript://%0aalert(1)", "intent://x", "data:text/html,x", "shop.example", "https://a b", "{{ name }}"]
)
def test_a_link_that_no_telephone_should_open_is_refused(account: ChannelAccount, url: str) -> None:
    problems = content.check(variant_of(draft(account, content={"details": {"url": url}})))

    assert [problem.field for problem in problems if not problem.is_warning] == ["url"]


@pytest.mark.parametrize("url", ["https://shop.example/a?b=1", "shop://product/1", "com.shop.app://home", ""])
def test_a_web_address_or_the_apps_own_scheme_is_taken(account: ChannelAccount, url: str) -> None:
    problems = content.check(variant_of(draft(account, content={"details": {"url": url}})))

    assert [problem for problem in problems if not problem.is_warning] == []


def test_more_than_two_lines_are_warned_of(account: ChannelAccount) -> None:
    problems = content.check(variant_of(draft(account, content={"text": "가" * 80})))

    assert [(problem.field, problem.is_warning) for problem in problems] == [("text", True)]


@time_machine.travel(NOON, tick=False)
def test_it_goes_to_the_devices_of_those_who_agreed(
    sent: Callable[[Campaign], Campaign], account: ChannelAccount, outbox: Path
) -> None:
    willing_one, silent = willing(), make_customer()
    make_device(willing_one, address="phone")
    make_device(silent, address="other phone")
    deviceless = willing()

    campaign = sent(draft(account, content={"details": {"url": "https://shop.example/new"}}))

    found = dict(Message.objects.values_list("customer", "skip_reason"))
    assert found == {
        willing_one.pk: "",
        silent.pk: SkipReason.NO_CONSENT,
        deviceless.pk: SkipReason.NO_ADDRESS,
    }
    message = Message.objects.get(customer=willing_one)
    written = json.loads((outbox / str(campaign.pk) / f"{message.pk}.json").read_text())
    assert (message.status, message.kind) == (Message.Status.SENT, "push")
    assert (written["recipient"], written["kind"]) == ("phone", "push")
    assert (
        written["url"]
        == f"https://shop.example/new?utm_source=dangol&utm_medium=push&utm_campaign=campaign-{campaign.pk}"
    )
    assert "/u/" in written["opt_out_url"]


@time_machine.travel(NOON, tick=False)
def test_a_device_that_refuses_gets_no_advertising_whatever_its_owner_agreed_to(
    planned: Callable[[Campaign], Campaign], account: ChannelAccount
) -> None:
    """L-03."""
    other, refusing = willing(), willing()
    make_device(other)
    make_device(refusing, refuses_advertising=True)

    planned(draft(account))

    assert dict(Message.objects.values_list("customer", "skip_reason")) == {
        other.pk: "",
        refusing.pk: SkipReason.OPTED_OUT,
    }


@time_machine.travel(NOON, tick=False)
def test_information_reaches_a_device_that_refuses_advertising(
    planned: Callable[[Campaign], Campaign], account: ChannelAccount
) -> None:
    make_device(make_customer(), refuses_advertising=True)

    planned(draft(account, purpose="info", information_basis="delivery", content={"subject": "배송 출발"}))

    assert list(Message.objects.values_list("status", flat=True)) == [Message.Status.PLANNED]


@time_machine.travel(NOON, tick=False)
def test_a_consent_to_app_push_is_none_to_web_push(planned: Callable[[Campaign], Campaign]) -> None:
    by_app, by_web = willing("push"), willing("web_push")
    for number, customer in enumerate((by_app, by_web)):
        make_device(customer, platform="web", address=f"browser {number}")

    planned(draft(make_account(channel="web_push")))

    assert dict(Message.objects.values_list("customer", "skip_reason")) == {
        by_app.pk: SkipReason.NO_CONSENT,
        by_web.pk: "",
    }


@pytest.mark.parametrize("channel", ["push", "web_push"])
def test_a_web_push_click_passes_by_us_and_a_tap_in_the_app_does_not(channel: str) -> None:
    campaign = draft(make_account(channel=channel), content={"details": {"url": "https://shop.example/"}})

    rendered = content.compile_variant(variant_of(campaign)).render(
        content.recipient_of(make_customer(), variant_of(campaign).account), message_id=7
    )

    assert ("/c/" in rendered.url) == (channel == "web_push")
    assert rendered.delivery_id


@time_machine.travel(NOON, tick=False)
def test_an_advertisement_must_have_arrived_before_the_night(
    planned: Callable[[Campaign], Campaign], account: ChannelAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    """L-08: without a consent for the night nothing may arrive after nine in the evening."""
    seen = []
    hand_over = SandboxGateway.send_batch

    def watched(gateway: SandboxGateway, prepared: object) -> object:
        batch = list(prepared)
        seen.extend(batch)
        return hand_over(gateway, batch)

    monkeypatch.setattr(SandboxGateway, "send_batch", watched)
    make_device(willing())
    planned(draft(account))

    dispatch.dispatch_due()

    assert [message.arrive_by for message in seen] == [NOON + timedelta(hours=9)]


@pytest.mark.parametrize("key", ["push", "web_push", "in_app"])
def test_the_frame_shows_what_the_recipient_would_see(key: str) -> None:
    account = make_account(channel=key)
    words = {"details": {"url": "https://shop.example/", "button": "보러 가기", "layout": "modal"}}
    rendered = content.render(variant_of(draft(account, content=words)), make_customer(name="홍길동"))

    html = render_to_string(CHANNELS[key].preview_template, {"rendered": rendered, "account": account})

    assert "홍길동님, 돌아오세요" in html
    assert "style=" not in html
