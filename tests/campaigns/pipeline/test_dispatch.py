"""Workers that hand over at the same moment."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Thread

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from campaigns import lifecycle
from campaigns.gateways import sandbox
from campaigns.gateways.sandbox import SandboxGateway
from campaigns.models import Campaign, ChannelAccount, Message
from campaigns.pipeline import claims, dispatch
from campaigns.pipeline.claims import Claim
from campaigns.pipeline.dispatch import CampaignRun
from tests.factories import make_draft, make_reachable_customer


def hand_over(campaign: Campaign) -> None:
    run = CampaignRun(campaign, deadline=float("inf"))
    claimed, _wait = claims.claim(campaign.pk, run.account.pk)
    run.hand_over(claimed)


@pytest.mark.django_db(transaction=True)
def test_two_campaigns_at_once_do_not_both_use_up_the_same_cap(
    planned: Callable[[Campaign], Campaign], outbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_reachable_customer()
    first, second = planned(make_draft()), planned(make_draft())
    mark_sending = claims.mark_sending

    def elsewhere() -> None:
        try:
            hand_over(second)
        finally:
            connection.close()

    other = Thread(target=elsewhere)

    def overtaken(mine: Sequence[Claim], *, is_sandbox: bool) -> set[int]:
        """Mark, but not before the other worker had a second to ask the gate and send."""
        monkeypatch.setattr(dispatch.claims, "mark_sending", mark_sending)
        other.start()
        other.join(timeout=1)
        return mark_sending(mine, is_sandbox=is_sandbox)

    monkeypatch.setattr(dispatch.claims, "mark_sending", overtaken)

    hand_over(first)
    other.join()

    assert Message.objects.get(campaign=first).status == Message.Status.SENT
    assert Message.objects.get(campaign=second).skip_reason == "FREQ_CAP"


@pytest.mark.django_db
def test_a_worker_that_slept_past_its_lease_sends_nothing(
    planned: Callable[[Campaign], Campaign], outbox: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SENDING_LEASE_SECONDS = 0.2
    monkeypatch.setattr(SandboxGateway, "deduplicates", False)
    make_reachable_customer()
    campaign = planned(make_draft())
    mark_sending = claims.mark_sending

    def mark_and_sleep(mine: Sequence[Claim], *, is_sandbox: bool) -> set[int]:
        going = mark_sending(mine, is_sandbox=is_sandbox)
        time.sleep(0.3)
        claims.reclaim_expired(timezone.now())
        return going

    monkeypatch.setattr(dispatch.claims, "mark_sending", mark_and_sleep)

    hand_over(campaign)

    assert Message.objects.get().status == Message.Status.UNKNOWN
    assert sandbox.read_manifest(campaign.pk) == []


@pytest.mark.django_db
def test_an_account_changed_under_way_stops_the_rest(
    planned: Callable[[Campaign], Campaign], outbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _number in range(3):
        make_reachable_customer()
    campaign = planned(make_draft())
    hand_over_claims = CampaignRun.hand_over

    def hand_over_and_change(run: CampaignRun, part: Sequence[Claim]) -> None:
        hand_over_claims(run, part)
        ChannelAccount.objects.update(sender_name="다른 가게")

    monkeypatch.setattr(CampaignRun, "hand_over", hand_over_and_change)
    monkeypatch.setattr(claims, "CLAIM_SIZE", 1)
    monkeypatch.setattr(dispatch, "TRUSTED_SECONDS", 0)

    dispatch.dispatch_due()

    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.PAUSED
    assert Message.objects.counts_by_status() == {"sent": 1, "planned": 2}


@pytest.mark.django_db
def test_a_campaign_that_begins_while_another_is_sent_goes_out_in_the_same_run(
    planned: Callable[[Campaign], Campaign], outbox: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ADS_PER_DAY = settings.ADS_PER_WEEK = 0
    make_reachable_customer()
    first, second = planned(make_draft()), planned(make_draft())
    Campaign.objects.filter(pk=second.pk).update(status=Campaign.Status.PAUSED)
    _after_each_slice(monkeypatch, lambda: Campaign.objects.filter(pk=second.pk).update(status=Campaign.Status.ACTIVE))
    monkeypatch.setattr(dispatch, "SAME_WAYS_SECONDS", 3_600)

    is_left = dispatch.dispatch_due()

    assert not is_left
    sent = Message.objects.filter(status=Message.Status.SENT).order_by("pk").values_list("campaign", flat=True)
    assert list(sent) == [first.pk, second.pk]


@pytest.mark.django_db
def test_a_pause_takes_effect_though_a_worker_has_not_looked_again_who_sends(
    planned: Callable[[Campaign], Campaign], outbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _number in range(3):
        make_reachable_customer()
    campaign = planned(make_draft())
    monkeypatch.setattr(claims, "CLAIM_SIZE", 1)
    monkeypatch.setattr(dispatch, "SAME_WAYS_SECONDS", 3_600)
    _after_each_slice(monkeypatch, lambda: lifecycle.pause(campaign, by=None, reason="enough"))

    dispatch.dispatch_due()

    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.PAUSED
    assert Message.objects.counts_by_status() == {"sent": 1, "planned": 2}


def _after_each_slice(monkeypatch: pytest.MonkeyPatch, happen: Callable[[], object]) -> None:
    hand_over_claims = CampaignRun.hand_over

    def hand_over_first(run: CampaignRun, part: Sequence[Claim]) -> None:
        hand_over_claims(run, part)
        happen()

    monkeypatch.setattr(CampaignRun, "hand_over", hand_over_first)
