"""Messages whose answer was lost: found again at the gateway, or left unknown (G-25, F17)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from campaigns.models import Campaign, ChannelAccount, Message
from campaigns.pipeline import asking, dispatch, reports
from tests.factories import make_text_campaign, make_text_reader
from tests.loopback.provider import Mishap
from tests.loopback.solapi import Solapi

pytestmark = pytest.mark.django_db
# By day in Seoul: advertising leaves by day only.
NOON = "2026-11-20T03:00:00Z"


@time_machine.travel(NOON, tick=True)
def test_a_text_whose_answer_was_lost_is_found_again_and_sent_once(
    planned: Callable[[Campaign], Campaign], text_account: ChannelAccount, solapi: Solapi
) -> None:
    for number in range(1, 4):
        make_text_reader(number)
    campaign = planned(make_text_campaign(text_account))
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
    planned: Callable[[Campaign], Campaign], text_account: ChannelAccount, solapi: Solapi
) -> None:
    make_text_reader(1)
    planned(make_text_campaign(text_account))
    solapi.mishaps.append(Mishap.HANGS_UP)
    dispatch.dispatch_due()

    with time_machine.travel(timezone.now() + timedelta(minutes=3), tick=True):
        assert asking.ask_about_lost(timezone.now()) == 0
        dispatch.dispatch_due()

    assert Message.objects.counts_by_status() == {"unknown": 1}
    assert solapi.accepted == []


@time_machine.travel(NOON, tick=True)
def test_a_gateway_that_cannot_be_asked_now_is_asked_the_next_time(
    planned: Callable[[Campaign], Campaign], text_account: ChannelAccount, solapi: Solapi
) -> None:
    make_text_reader(1)
    planned(make_text_campaign(text_account))
    solapi.mishaps.append(Mishap.ACCEPTS_AND_HANGS_UP)
    dispatch.dispatch_due()
    text_account.settings["base_url"] = "http://127.0.0.1:9"
    text_account.save()

    with time_machine.travel(timezone.now() + timedelta(minutes=3), tick=True):
        assert asking.ask_about_lost(timezone.now()) == 0

    assert Message.objects.counts_by_status() == {"unknown": 1}
