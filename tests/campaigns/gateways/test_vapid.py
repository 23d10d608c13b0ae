"""What becomes of a web push, by what the push service answers (N-05), and what the browser gets."""

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from campaigns.gateways.base import Fate, GatewayError
from campaigns.gateways.failures import Failure
from customers import push_subscriptions
from tests.factories import make_device
from tests.loopback.push_service import PushService

pytestmark = pytest.mark.django_db


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[PushService]:
    """A push service and its browser."""
    with PushService() as running:
        for name, value in running.environment().items():
            monkeypatch.setenv(name, value)
        yield running


@pytest.mark.parametrize(
    ("name", "fate", "failure", "is_gone"),
    [
        ("gone", Fate.FAILED, Failure.INVALID_RECIPIENT, True),
        ("never-was", Fate.FAILED, Failure.INVALID_RECIPIENT, True),
        ("other-key", Fate.FAILED, Failure.SENDER, False),
        ("too-large", Fate.FAILED, Failure.CONTENT, False),
        ("slower", Fate.RETRY, Failure.RATE_LIMITED, False),
        ("new-code", Fate.FAILED, Failure.UNKNOWN_CODE, False),
    ],
)
def test_each_answer_has_its_fate(service: PushService, name: str, fate: Fate, failure: Failure, is_gone: bool) -> None:
    device = make_device(platform="web", address=service.subscription(name))

    outcome, other = service.send(name, "browser-2")

    device.refresh_from_db()
    assert (outcome.fate, outcome.failure) == (fate, failure)
    assert (device.invalid_since is not None) == is_gone
    assert other.fate == Fate.SENT


def test_the_browser_reads_what_was_written_and_nobody_else(service: PushService) -> None:
    outcome = service.send("browser-1")[0]

    shown, headers = service.shown[0]
    assert shown == {
        "title": "(광고)[단골마트] 안녕하세요",
        "body": "새 소식",
        "url": "https://shop.example/c/1",
        "tag": "dangol-1",
        "delivery_id": "id-1",
        "opt_out": "https://shop.example/u/1",
    }
    assert "안녕하세요".encode() not in service.calls[0].body
    assert (headers["TTL"], headers["Topic"]) == ("86400", "dangol-1")
    assert outcome.provider_id == "m-1"


def test_a_push_service_keeps_it_until_the_night_at_most(service: PushService) -> None:
    """L-08."""
    service.send("browser-1", arrive_by=timezone.now() + timedelta(minutes=10))

    assert 590 <= int(service.shown[0][1]["TTL"]) <= 600


def test_refusal_after_refusal_gives_the_account_a_rest(service: PushService) -> None:
    with pytest.raises(GatewayError) as refused:
        service.send(*["slower"] * 20)

    assert refused.value.wait == 60
    assert not refused.value.account_level


def test_a_subscription_of_an_unknown_push_service_is_never_written_to(
    service: PushService, settings: Settings
) -> None:
    settings.WEB_PUSH_SERVICES = ["fcm.googleapis.com"]

    outcome = service.send("browser-1")[0]

    assert (outcome.fate, outcome.failure) == (Fate.FAILED, Failure.INVALID_RECIPIENT)
    assert service.calls == []


@pytest.mark.parametrize("key", ["", "not base64!", "AAAA"])
def test_a_key_that_is_none_is_said_before_anything_is_drawn(
    service: PushService, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("VAPID_KEY", key)

    with pytest.raises(GatewayError, match="VAPID_KEY") as refused:
        service.send("browser-1")

    assert refused.value.account_level
    assert service.calls == []


def test_the_same_subscription_is_the_same_text_however_it_was_written(service: PushService) -> None:
    written = service.subscription("browser-1")

    read = push_subscriptions.read(written)

    assert push_subscriptions.read(read.as_text()) == read
    assert push_subscriptions.read(written.replace(": ", ":")).as_text() == read.as_text()


def test_a_key_that_was_made_here_signs(service: PushService, monkeypatch: pytest.MonkeyPatch) -> None:
    printed = StringIO()
    call_command("make_web_push_key", stdout=printed)
    private, public = (line.rpartition(" ")[2] for line in printed.getvalue().splitlines()[:2])
    monkeypatch.setenv("VAPID_KEY", private)

    assert service.made().signature.public_key == public
