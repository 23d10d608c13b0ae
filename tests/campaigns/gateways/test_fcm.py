"""What becomes of an app push, by what FCM answers (N-01, N-02), and how long FCM keeps it (L-08)."""

import os
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.gateways.base import Fate, GatewayError
from campaigns.gateways.failures import Failure
from customers.models import Device
from tests.factories import make_device
from tests.loopback.fcm import Fcm

pytestmark = pytest.mark.django_db


@pytest.fixture
def firebase(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fcm]:
    """Firebase's other end."""
    with Fcm() as running:
        for name, value in running.environment().items():
            monkeypatch.setenv(name, value)
        yield running


@pytest.mark.parametrize(
    ("token", "fate", "failure", "is_gone"),
    [
        ("gone", Fate.FAILED, Failure.INVALID_RECIPIENT, True),
        ("other-project", Fate.FAILED, Failure.SENDER, True),
        ("malformed", Fate.FAILED, Failure.CONTENT, False),
        ("quota", Fate.RETRY, Failure.RATE_LIMITED, False),
        ("down", Fate.RETRY, Failure.RETRYABLE, False),
        ("new-code", Fate.FAILED, Failure.UNKNOWN_CODE, False),
    ],
)
def test_each_answer_has_its_fate(firebase: Fcm, token: str, fate: Fate, failure: Failure, is_gone: bool) -> None:
    device = make_device(address=token)

    outcome, other = firebase.send(token, "token-2")

    device.refresh_from_db()
    assert (outcome.fate, outcome.failure) == (fate, failure)
    assert (device.invalid_since is not None) == is_gone
    assert other.fate == Fate.SENT


def test_a_device_that_came_back_meanwhile_stays(firebase: Fcm) -> None:
    device = make_device(address="gone", last_seen_at=timezone.now() + timedelta(minutes=1))

    firebase.send("gone")

    device.refresh_from_db()
    assert device.invalid_since is None


def test_a_refused_apns_key_stops_the_account(firebase: Fcm) -> None:
    with pytest.raises(GatewayError) as refused:
        firebase.send("apns-key", "token-2")

    assert refused.value.account_level


def test_a_key_of_another_project_stops_the_account_before_it_costs_every_device(firebase: Fcm) -> None:
    devices = [make_device(address="other-project")] + [make_device(address=f"token-{n}") for n in range(2, 40)]

    with pytest.raises(GatewayError) as refused:
        firebase.send(*["other-project"] * 40)

    assert refused.value.account_level
    assert len(firebase.calls) < 40
    assert Device.objects.exclude(invalid_since=None).count() == 1 < len(devices)


def test_quota_after_quota_gives_the_account_a_rest(firebase: Fcm) -> None:
    with pytest.raises(GatewayError) as refused:
        firebase.send(*["quota"] * 20)

    assert refused.value.wait == 60
    assert not refused.value.account_level


def test_a_log_in_that_was_forgotten_is_renewed_once(firebase: Fcm) -> None:
    firebase.forgets_log_ins = True

    outcomes = firebase.send("token-1", "token-2")

    assert {outcome.fate for outcome in outcomes} == {Fate.SENT}
    assert sorted(firebase.accepted) == [1, 2]


def test_one_log_in_serves_a_batch(firebase: Fcm) -> None:
    firebase.send(*[f"token-{number}" for number in range(30)])

    assert [call.path for call in firebase.calls].count("/token") == 1


def test_the_message_says_what_the_app_needs(firebase: Fcm) -> None:
    outcome = firebase.send("token-1")[0]

    message = firebase.messages[0]
    assert message["token"] == "token-1"
    assert message["notification"] == {"title": "(광고)[단골마트] 안녕하세요", "body": "새 소식"}
    assert message["data"] == {"delivery_id": "id-1", "url": "shop://home", "opt_out_url": "https://shop.example/u"}
    assert message["android"]["notification"]["tag"] == message["apns"]["headers"]["apns-collapse-id"] == "dangol-1"
    assert outcome.provider_id == "0:1"


def test_it_is_kept_for_a_day_where_nothing_says_otherwise(firebase: Fcm) -> None:
    firebase.send("token-1")

    assert firebase.messages[0]["android"]["ttl"] == "86400s"


def test_it_is_kept_no_longer_than_until_it_must_have_arrived(firebase: Fcm) -> None:
    """L-08: an hour before the night there is an hour left."""
    night = timezone.now() + timedelta(hours=1)

    firebase.send("token-1", arrive_by=night)

    message = firebase.messages[0]
    assert 3_590 <= int(message["android"]["ttl"].removesuffix("s")) <= 3_600
    assert int(message["apns"]["headers"]["apns-expiration"]) <= night.timestamp()


def test_what_is_too_late_is_not_handed_over(firebase: Fcm) -> None:
    outcomes = firebase.send("token-1", arrive_by=timezone.now() - timedelta(seconds=1))

    assert [(outcome.fate, outcome.failure) for outcome in outcomes] == [(Fate.RETRY, Failure.NIGHT_WINDOW)]
    assert firebase.accepted == []


@pytest.mark.parametrize("key", ["", "{", "/no/such/file", '{"project_id": "demo"}', "[]"])
def test_a_key_that_is_none_is_said_before_anything_is_drawn(
    firebase: Fcm, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("FCM_KEY", key)

    with pytest.raises(GatewayError, match="Firebase") as refused:
        firebase.send("token-1")

    assert refused.value.account_level
    assert firebase.calls == []


def test_the_key_may_lie_in_a_file(firebase: Fcm, monkeypatch: pytest.MonkeyPatch, tmp_path: os.PathLike) -> None:
    file = tmp_path / "key.json"
    file.write_text(os.environ["FCM_KEY"])
    monkeypatch.setenv("FCM_KEY", str(file))

    assert firebase.send("token-1")[0].fate == Fate.SENT
