"""A whole campaign of text messages over SOLAPI: each once, of the right kind, and what comes back."""

import time
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client

from campaigns.models import Campaign, ChannelAccount, Message
from campaigns.pipeline import dispatch, reports
from campaigns.webhooks import address_of
from customers.models import ConsentState
from tests.factories import make_text_campaign, make_text_reader
from tests.loopback.provider import Mishap
from tests.loopback.solapi import Solapi

pytestmark = pytest.mark.django_db
Planner = Callable[[Campaign], Campaign]


@pytest.fixture(autouse=True)
def _by_day() -> Iterator[None]:
    """Noon in Seoul: advertising texts leave by day only."""
    with time_machine.travel("2026-11-20T03:00:00Z", tick=True):
        yield


def call(solapi: Solapi, account: ChannelAccount, numbers: list[int], *, code: str = "delivered") -> HttpResponse:
    """Have SOLAPI call the account's address."""
    asked = solapi.webhook(numbers, code=code)
    path = address_of(account).partition("://")[2].partition("/")[2]
    return Client().post(f"/{path}", asked.body, content_type="application/json")


def test_everybody_gets_one_text_of_the_kind_that_its_bytes_make(
    planned: Planner, solapi: Solapi, text_account: ChannelAccount
) -> None:
    short, long = make_text_reader(1, name="김단골"), make_text_reader(2, name="가" * 30)
    campaign = planned(make_text_campaign(text_account))

    dispatch.dispatch_due()

    campaign.refresh_from_db()
    sent = {message.customer_id: message for message in Message.objects.all()}
    assert sorted(solapi.accepted) == sorted(message.pk for message in sent.values())
    assert (sent[short.pk].kind, sent[long.pk].kind) == ("sms", "lms")
    assert {message.status for message in sent.values()} == {"sent"}
    assert all(message.provider_id for message in sent.values())
    texts = {call.json()["messages"][0]["text"] for call in solapi.calls if solapi.is_sending(call)}
    assert "(광고)[단골마트]\n김단골님, 다시 만나요\n02-000-0000\n무료거부0801234567" in texts


def test_a_rest_that_solapi_wants_delays_and_fails_nothing(
    planned: Planner, solapi: Solapi, text_account: ChannelAccount
) -> None:
    for number in range(1, 11):
        make_text_reader(number)
    planned(make_text_campaign(text_account))
    solapi.rest_seconds = 1.0
    solapi.mishaps.append(Mishap.RATE_LIMITED)
    began_at = time.monotonic()

    dispatch.dispatch_due()

    assert time.monotonic() - began_at >= 1.0
    assert Message.objects.counts_by_status() == {"sent": 10}
    assert sorted(solapi.accepted) == sorted(Message.objects.values_list("pk", flat=True))


def test_a_report_is_settled_once_however_often_it_comes(
    planned: Planner, solapi: Solapi, text_account: ChannelAccount
) -> None:
    make_text_reader(1)
    planned(make_text_campaign(text_account))
    dispatch.dispatch_due()
    message = Message.objects.get()

    answers = [call(solapi, text_account, [message.pk]) for _time in range(2)]
    reports.settle_waiting()

    message.refresh_from_db()
    assert [answer.status_code for answer in answers] == [200, 200]
    assert (message.delivery, message.reports.count()) == ("delivered", 1)


def test_a_refusal_at_the_gateway_withdraws_the_consent_to_texts(
    planned: Planner, solapi: Solapi, text_account: ChannelAccount
) -> None:
    customer = make_text_reader(1)
    planned(make_text_campaign(text_account))
    dispatch.dispatch_due()

    call(solapi, text_account, [Message.objects.get().pk], code="2061")
    reports.settle_waiting()

    message = Message.objects.get()
    assert (message.delivery, message.failure) == ("failed", "opted_out")
    assert not ConsentState.objects.get(customer=customer, purpose="ad_receive", channel="sms").is_granted


def test_a_call_that_cannot_be_checked_is_asked_to_come_again(
    planned: Planner, solapi: Solapi, text_account: ChannelAccount
) -> None:
    make_text_reader(1)
    planned(make_text_campaign(text_account))
    dispatch.dispatch_due()
    text_account.settings["base_url"] = "http://127.0.0.1:9"
    text_account.save()

    answer = call(solapi, text_account, [Message.objects.get().pk])

    assert answer.status_code == 503
    assert Message.objects.get().delivery == ""
