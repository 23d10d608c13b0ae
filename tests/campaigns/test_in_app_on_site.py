"""What a page of the shop is told to show: only to whom the shop signed for, and nothing that says who exists."""

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client

from campaigns.models import Hit, InAppMessage
from customers.models import Customer, TrackedSite
from customers.web_events.identity import sign
from tests.factories import SHOPS_SECRET, make_customer, make_message, make_running_campaign, make_tracked_site

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=ZoneInfo("Asia/Seoul"))
ORIGIN = "https://shop.example"


def wait_for(customer: Customer) -> InAppMessage:
    message = make_message(make_running_campaign(), customer, sent_at=NOON - timedelta(hours=1))
    days = {"starts_at": NOON - timedelta(hours=1), "ends_at": NOON + timedelta(days=6), "most_views": 3}
    return InAppMessage.objects.create(message=message, customer=customer, layout="banner", title="안녕하세요", **days)


def ask(site: TrackedSite, identity: object, *, origin: str = ORIGIN) -> HttpResponse:
    body = json.dumps({"identity": identity})
    address = f"/t/{site.public_key}/messages"
    return Client().post(address, body, content_type="text/plain", headers={"Origin": origin})


@time_machine.travel(NOON, tick=False)
def test_a_customer_of_the_shop_gets_what_waits_for_them() -> None:
    site, customer = make_tracked_site(), make_customer(external_id="A-1024")
    wait_for(customer)
    wait_for(make_customer(external_id="A-1025"))

    answer = ask(site, ["A-1024", sign(SHOPS_SECRET, "A-1024", at=NOON)])

    shown = answer.json()["results"]
    assert [each["title"] for each in shown] == ["안녕하세요"]
    assert shown[0]["delivery_id"]
    assert (answer["Access-Control-Allow-Origin"], answer["Cache-Control"]) == (ORIGIN, "no-store")
    assert not Hit.objects.exists()


@pytest.mark.parametrize(
    "identity",
    [
        None,
        ["A-1024", sign("another", "A-1024", at=NOON)],
        ["A-1024", sign(SHOPS_SECRET, "A-1025", at=NOON)],
        ["nobody", sign(SHOPS_SECRET, "nobody", at=NOON)],
        ["other-source", sign(SHOPS_SECRET, "other-source", at=NOON)],
    ],
)
@time_machine.travel(NOON, tick=False)
def test_everybody_else_is_answered_as_if_nothing_waited(identity: object) -> None:
    site = make_tracked_site()
    wait_for(make_customer(external_id="A-1024"))
    wait_for(make_customer(external_id="other-source", source="elsewhere"))

    answer = ask(site, identity)

    assert (answer.status_code, answer.json()) == (200, {"results": []})


@time_machine.travel(NOON, tick=False)
def test_the_page_of_another_site_is_told_nothing() -> None:
    site = make_tracked_site()
    wait_for(make_customer(external_id="A-1024"))

    answer = ask(site, ["A-1024", sign(SHOPS_SECRET, "A-1024", at=NOON)], origin="https://evil.example")

    assert (answer.status_code, answer.content) == (204, b"")
