"""Messages whose answer was lost: found again at the gateway, or left unknown (G-25, F17)."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from campaigns.models import Campaign, ChannelAccount, Message
from campaigns.pipeline import asking, dispatch, reports
from tests.factories import make_account, make_customer, make_draft, set_consent
from tests.loopback.provider import Mishap
from tests.loopback.solapi import Solapi

pytestmark = pytest.mark.django_db
# By day in Seoul: advertising leaves by day only.
NOON = "2026-11-20T03:00:00Z"


@pytest.fixture
def solapi(monkeypatch: pytest.MonkeyPatch) -> Iterator[Solapi]:
    monkeypatch.setenv("SOLAPI_PASSWORD", "SECRET")
    with Solapi() as running:
        yield running


@pytest.fixture
def account(solapi: Solapi, settings: Settings) -> ChannelAccount:
    settings.MESSAGING_LIVE = True
    return make_account(
        channel="sms",
        gateway="solapi",
        is_live=True,
        settings={"base_url": solapi.url, "user": "ACCESS", "timeout": 0.3},
        password_variable="SOLAPI_PASSWORD",
        sender_address="02-1234-5678",
        opt_out_number="080-123-4567",
        caller_registered_until="2027-12-31",
        certificate_number="KR-1",
        certificate_until="2027-12-31",
        rate_per_second=1_000,
    )


def make_text_campaign(account: ChannelAccount) -> Campaign:
    return make_draft(account=account, content={"text": "{{ name }}님, 다시 만나요", "subject": "", "html": ""})


def make_reader(number: int) -> None:
    customer = make_customer(phone=f"+82101234000{number}")
    set_consent(customer, "marketing_use")
    set_consent(customer, "ad_receive", channel="sms")


@time_machine.travel(NOON, tick=True)
def test_a_text_whose_answer_was_lost_is_found_again_and_sent_once(
    planned: Callable[[Campaign], Campaign], account: ChannelAccount, solapi: Solapi
) -> None:
    for number in range(3):
        make_reader(number)
    campaign = planned(make_text_campaign(account))
    solapi.mishaps.append(Mishap.ACCEPTS_AND_HANGS_UP)
    dispatch.dispatch_due()
    assert Message.objects.counts_by_status() == {"unknown": 3}

    with time_machine.travel(timezone.now() + timedelta(minutes=3), tick=True):
        assert asking.ask_about_lost(timezone.now()) == 3
        reports.settle_waiting()

    campaign.refresh_from_db()
    assert Message.objects.counts_by_status() == {"sent": 3}
    assert set(Message.objects.values_list("delivery", flat=True)) == {""}
    assert all(Message.objects.values_list("provider_id", flat=True))
    assert sorted(solapi.accepted) == sorted(Message.objects.values_list("pk", flat=True))


@time_machine.travel(NOON, tick=True)
def test_one_that_the_gateway_does_not_have_stays_unknown_and_is_not_sent_again(
    planned: Callable[[Campaign], Campaign], account: ChannelAccount, solapi: Solapi
) -> None:
    make_reader(1)
    planned(make_text_campaign(account))
    solapi.mishaps.append(Mishap.HANGS_UP)
    dispatch.dispatch_due()

    with time_machine.travel(timezone.now() + timedelta(minutes=3), tick=True):
        assert asking.ask_about_lost(timezone.now()) == 0
        dispatch.dispatch_due()

    assert Message.objects.counts_by_status() == {"unknown": 1}
    assert solapi.accepted == []


@time_machine.travel(NOON, tick=True)
def test_a_gateway_that_cannot_be_asked_now_is_asked_the_next_time(
    planned: Callable[[Campaign], Campaign], account: ChannelAccount, solapi: Solapi
) -> None:
    make_reader(1)
    planned(make_text_campaign(account))
    solapi.mishaps.append(Mishap.ACCEPTS_AND_HANGS_UP)
    dispatch.dispatch_due()
    account.settings["base_url"] = "http://127.0.0.1:9"
    account.save()

    with time_machine.travel(timezone.now() + timedelta(minutes=3), tick=True):
        assert asking.ask_about_lost(timezone.now()) == 0

    assert Message.objects.counts_by_status() == {"unknown": 1}
