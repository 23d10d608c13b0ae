"""Devices come in: whose they are, what they refuse, and which word about them is the newer (N-07, L-03)."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from customers.identity import merging
from customers.ingest import IngestResult, ingest_devices
from customers.models import Device
from tests.factories import make_customer, make_device
from tests.loopback.push_service import PushService

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def said(address: str = "token", *, hours: float = 0, **more: object) -> dict[str, object]:
    """What an app says of itself some hours after noon."""
    state = {"address": address, "platform": "android", "os_permission": True}
    return state | {"seen_at": NOON + timedelta(hours=hours)} | more


def test_an_app_says_who_is_logged_in() -> None:
    customer = make_customer(external_id="C")

    result = ingest_devices([said(customer_id="C", app_version="3.4.1", refuses_advertising="no")])

    device = Device.objects.get()
    assert (result.new, result.refused) == (1, 0)
    assert (device.customer, device.platform, device.app_version) == (customer, "android", "3.4.1")
    assert (device.os_permission, device.refuses_advertising, device.invalid_since) == (True, False, None)
    assert device.last_seen_at == NOON


def test_a_telephone_that_changes_hands_belongs_to_the_new_one() -> None:
    make_customer(external_id="A")
    second = make_customer(external_id="B")
    ingest_devices([said(customer_id="A")])

    ingest_devices([said(customer_id="B", hours=1)])

    assert Device.objects.get().customer == second


def test_a_log_out_is_told_from_silence() -> None:
    customer = make_customer(external_id="C")
    ingest_devices([said(customer_id="C", app_version="3.4")])

    ingest_devices([said(hours=1)])
    silent = Device.objects.get()
    ingest_devices([said(hours=2, customer_id="")])

    assert (silent.customer, silent.app_version) == (customer, "3.4")
    assert Device.objects.get().customer is None


def test_what_a_device_refused_outlives_a_log_in() -> None:
    """L-03: an anonymous refusal is not undone by a member's consent."""
    make_customer(external_id="C")
    ingest_devices([said(refuses_advertising=True)])

    ingest_devices([said(customer_id="C", hours=1)])

    assert Device.objects.get().refuses_advertising


def test_an_older_word_never_overrides_a_newer_one() -> None:
    make_customer(external_id="A")
    second = make_customer(external_id="B")
    ingest_devices([said(customer_id="B", hours=1)])

    result = ingest_devices([said(customer_id="A")])

    assert (result.changed, result.unchanged) == (0, 1)
    assert Device.objects.get().customer == second


def test_two_words_about_one_device_in_one_list_count_in_their_order() -> None:
    make_customer(external_id="A")
    second = make_customer(external_id="B")

    result = ingest_devices([said(customer_id="A"), said(customer_id="", hours=1), said(customer_id="B", hours=2)])

    assert (result.new, result.changed, result.refused) == (1, 2, 0)
    assert Device.objects.get().customer == second


def test_the_same_word_again_changes_nothing() -> None:
    ingest_devices([said()])

    result = ingest_devices([said()], result=IngestResult(outcomes={}))

    assert (result.new, result.changed, result.unchanged) == (0, 0, 1)
    assert result.outcomes == {1: "unchanged"}


def test_a_device_that_is_seen_again_is_not_gone() -> None:
    make_device(address="token", last_seen_at=NOON, invalid_since=NOON + timedelta(hours=1))

    ingest_devices([said(hours=0.5)])
    before = Device.objects.get().invalid_since
    ingest_devices([said(hours=2)])

    assert before == NOON + timedelta(hours=1)
    assert Device.objects.get().invalid_since is None


def test_a_clock_that_runs_ahead_is_not_believed() -> None:
    ingest_devices([said(seen_at=datetime(2199, 1, 1, tzinfo=UTC))])

    assert Device.objects.get().last_seen_at <= timezone.now()


def test_a_subscription_is_stored_in_one_form_whether_sent_as_text_or_object() -> None:
    with PushService() as service:
        text = service.subscription("browser-1")

        ingest_devices([said(text, platform="web")])
        result = ingest_devices([said(json.loads(text), platform="web", hours=1)])

    assert result.changed == 1
    assert json.loads(Device.objects.get().address).keys() == {"endpoint", "keys"}


@pytest.mark.parametrize(
    ("record", "field"),
    [
        (said(platform="watch"), "platform"),
        (said(os_permission="maybe"), "os_permission"),
        (said(address=""), "address"),
        (said(address="x" * 2_001), "address"),
        (said(customer_id="nobody"), "customer_id"),
        (said(platform="web"), "address"),
        (said("[" * 2_000, platform="web"), "address"),
        ({"address": "token", "platform": "ios"}, "os_permission"),
    ],
)
def test_what_cannot_be_stored_is_named(record: dict[str, object], field: str) -> None:
    result = ingest_devices([record])

    assert [refusal.field for refusal in result.refusals] == [field]
    assert not Device.objects.exists()


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/send/1",
        "https://169.254.169.254/latest/meta-data",
        "https://fcm.googleapis.com.evil.example/1",
        "https://evil.example/fcm.googleapis.com",
        "https://user@fcm.googleapis.com/1",
        "https://evilfcm.googleapis.com/1",
        "ftp://fcm.googleapis.com/1",
        "//fcm.googleapis.com/1",
        "https://[fcm.googleapis.com/1",
        "http://127.0.0.1:5432/",
    ],
)
def test_a_made_up_subscription_does_not_lead_into_our_own_network(endpoint: str, settings: Settings) -> None:
    with PushService() as service:
        keys = json.loads(service.subscription("x"))["keys"]
    settings.WEB_PUSH_SERVICES = ["fcm.googleapis.com"]

    result = ingest_devices([said({"endpoint": endpoint, "keys": keys}, platform="web")])

    assert [refusal.field for refusal in result.refusals] == ["address"]
    assert not Device.objects.exists()


def test_the_push_services_of_browsers_are_known() -> None:
    with PushService() as service:
        keys = json.loads(service.subscription("x"))["keys"]
    hosts = ["fcm.googleapis.com", "updates.push.services.mozilla.com", "web.push.apple.com", "wns2.notify.windows.com"]

    result = ingest_devices([said({"endpoint": f"https://{host}/1", "keys": keys}, platform="web") for host in hosts])

    assert (result.new, result.refused) == (4, 0)


def test_a_merged_customers_device_goes_to_the_one_that_was_kept() -> None:
    kept, merged = make_customer(external_id="K"), make_customer(external_id="M")
    ingest_devices([said("first", customer_id="M")])
    merging.merge(kept.pk, merged.pk, by=None)

    ingest_devices([said("second", customer_id="M")])

    assert set(Device.objects.values_list("address", "customer")) == {("first", kept.pk), ("second", kept.pk)}
