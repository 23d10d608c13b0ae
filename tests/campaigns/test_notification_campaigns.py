"""Campaigns of notifications all the way: from a draft to the telephone and the browser, and back."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from campaigns.models import Campaign, ChannelAccount, Hit, Message
from campaigns.pipeline import dispatch, outcome
from customers.models import ConsentState, Customer
from tests.factories import make_account, make_customer, make_device, make_draft, set_consent
from tests.loopback.fcm import Fcm
from tests.loopback.http_provider import HttpProvider
from tests.loopback.provider import Mishap
from tests.loopback.push_service import PushService

pytestmark = pytest.mark.django_db

WORDS = {
    "subject": "{{ name }}님께",
    "text": "새 상품이 왔어요",
    "html": "",
    "details": {"url": "https://shop.example/new"},
}


@pytest.fixture(autouse=True)
def live_by_day(settings: Settings) -> None:
    """Messages really leave, at any hour."""
    settings.MESSAGING_LIVE = True
    settings.COUNTRY_RULES = "korea"
    settings.ADS_FROM, settings.ADS_UNTIL = "00:00", "00:00"


def running(provider: type[HttpProvider], monkeypatch: pytest.MonkeyPatch) -> Iterator[HttpProvider]:
    with provider() as other_end:
        for name, value in other_end.environment().items():
            monkeypatch.setenv(name, value)
        yield other_end


@pytest.fixture
def firebase(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fcm]:
    yield from running(Fcm, monkeypatch)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[PushService]:
    yield from running(PushService, monkeypatch)


def account_to(other_end: HttpProvider) -> ChannelAccount:
    """The saved account that leads to the loopback server."""
    made = other_end.account()
    settings = made.settings | {"timeout": 5}
    given = {"channel": made.channel, "gateway": made.gateway, "password_variable": made.password_variable}
    return make_account(**given, settings=settings, is_live=True, rate_per_second=1_000)


def willing(channel: str, **given: object) -> Customer:
    customer = make_customer(**given)
    for purpose in ("ad_receive", "ad_night"):
        set_consent(customer, purpose, channel=channel)
    set_consent(customer, "marketing_use")
    return customer


def status_of(customer: Customer) -> tuple[str, str]:
    message = Message.objects.filter(customer=customer).latest("pk")
    return message.status, message.failure


def test_an_app_push_reaches_the_telephone_and_a_gone_one_is_not_tried_again(
    firebase: Fcm, planned: Callable[[Campaign], Campaign]
) -> None:
    reached, gone = willing("push", name="홍길동"), willing("push")
    make_device(reached, address="phone")
    lost = make_device(gone, address="gone")
    make_device(gone, address="tablet", last_seen_at=timezone.now() - timedelta(days=3))
    account = account_to(firebase)
    planned(make_draft(account=account, content=WORDS))

    dispatch.dispatch_due()
    first = status_of(gone)
    planned(make_draft(account=account, content=WORDS, purpose="info", information_basis="delivery"))
    dispatch.dispatch_due()

    lost.refresh_from_db()
    assert firebase.messages[0]["notification"]["title"] == "(광고)[단골마트] 홍길동님께"
    assert firebase.messages[0]["notification"]["body"] == "새 상품이 왔어요\n수신거부: 설정 > 알림"
    assert first == (Message.Status.FAILED, "invalid_recipient")
    assert lost.invalid_since is not None
    assert sorted(message["token"] for message in firebase.messages) == ["phone", "phone", "tablet"]


def test_firebase_out_of_breath_rests_the_account_and_loses_nobody(
    firebase: Fcm, planned: Callable[[Campaign], Campaign]
) -> None:
    for number in range(6):
        make_device(willing("push"), address=f"phone {number}")
    account = account_to(firebase)
    account.settings |= {"connections": 1}
    account.save()
    planned(make_draft(account=account, content=WORDS))
    firebase.rest_seconds = 120
    firebase.mishaps.extend([Mishap.RATE_LIMITED] * 3)

    dispatch.dispatch_due(time.monotonic() + 2)

    account.refresh_from_db()
    assert firebase.accepted == []
    assert account.next_send_at > timezone.now() + timedelta(seconds=100)
    assert account.paused_at is None
    assert set(Message.objects.values_list("status", flat=True)) == {Message.Status.PLANNED}


def test_a_web_push_reaches_the_browser_its_click_is_counted_and_its_refusal_holds(
    service: PushService, planned: Callable[[Campaign], Campaign], client: Client
) -> None:
    customer = willing("web_push", name="홍길동")
    make_device(customer, platform="web", address=service.subscription("browser-1"))
    campaign = planned(make_draft(account=account_to(service), content=WORDS))

    dispatch.dispatch_due()
    shown, _headers = service.shown[0]
    landed = client.get(shown["url"], headers={"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Chrome/130"})
    Hit.objects.update(milliseconds_since_sent=60_000)
    outcome.roll_up_waiting()
    client.post(shown["opt_out"])

    message = Message.objects.get(campaign=campaign)
    assert shown["title"] == "(광고)[단골마트] 홍길동님께"
    assert landed.headers["Location"].startswith("https://shop.example/new?utm_source=dangol&utm_medium=web_push")
    assert (message.status, message.provider_id) == (Message.Status.SENT, f"m-{message.pk}")
    assert message.clicked_at is not None
    state = ConsentState.objects.get(customer=customer, purpose="ad_receive", channel="web_push")
    assert not state.is_granted
