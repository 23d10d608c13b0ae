"""A whole campaign over a server that misbehaves: everybody at most once, and nothing hidden."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from campaigns import lifecycle
from campaigns.errors import NotAllowed
from campaigns.gateways.base import Fate, Outcome
from campaigns.gateways.sandbox import SandboxGateway
from campaigns.gateways.smtp_connection import SmtpConnection
from campaigns.models import Campaign, ChannelAccount, Message
from campaigns.pipeline import claims, dispatch
from campaigns.pipeline.settling import settle_unknown
from campaigns.senders import accounts
from tests.campaigns.gateways.conftest import Recorder
from tests.factories import make_account, make_draft, make_reachable_customer, make_user

pytestmark = pytest.mark.django_db
Server = tuple[Recorder, int]
Planner = Callable[[Campaign], Campaign]


@pytest.fixture
def live_account(settings: Settings, mail_server: Server) -> ChannelAccount:
    """An account with two keys turned, to the loopback server."""
    settings.MESSAGING_LIVE = True
    options = {"host": "127.0.0.1", "port": mail_server[1], "timeout": 1}
    return make_account(gateway="smtp", is_live=True, settings=options, rate_per_second=1_000)


def reachable(count: int) -> list[str]:
    return [make_reachable_customer(email=f"r{number}@example.com").email for number in range(1, count + 1)]


def test_a_live_campaign_arrives_once_at_each(
    planned: Planner, mail_server: Server, live_account: ChannelAccount
) -> None:
    everybody = reachable(120)
    campaign = planned(make_draft(account=live_account))

    dispatch.dispatch_due()

    campaign.refresh_from_db()
    assert sorted(mail_server[0].recipients) == sorted(everybody)
    assert campaign.status == Campaign.Status.FINISHED
    assert not Message.objects.filter(is_sandbox=True).exists()


def test_an_account_without_the_live_key_sends_nothing(
    planned: Planner, mail_server: Server, live_account: ChannelAccount, settings: Settings, outbox: object
) -> None:
    settings.MESSAGING_LIVE = False
    reachable(1)
    planned(make_draft(account=live_account))

    dispatch.dispatch_due()

    assert mail_server[0].accepted == []
    assert Message.objects.get().is_sandbox


def test_a_passing_refusal_is_tried_again_later_and_five_times_at_most(
    planned: Planner, mail_server: Server, live_account: ChannelAccount
) -> None:
    reachable(1)
    mail_server[0].at_recipient["r1@example.com"] = "451 r1@example.com: try later"
    planned(make_draft(account=live_account))
    dispatch.dispatch_due()

    message = Message.objects.get()
    assert (message.status, message.attempt) == ("planned", 1)
    assert message.due_at > timezone.now() + timedelta(seconds=50)
    assert "@example.com" not in message.failure_detail  # addresses live with the customer only

    with time_machine.travel(timezone.now(), tick=True) as clock:
        for minutes in (2, 5, 20, 70, 300):
            clock.shift(timedelta(minutes=minutes))
            dispatch.dispatch_due()
    message.refresh_from_db()
    assert (message.status, message.attempt, message.failure) == ("failed", 5, "retryable")


def test_an_answer_that_was_lost_is_never_sent_again(
    planned: Planner, mail_server: Server, live_account: ChannelAccount, author: User
) -> None:
    reachable(1)
    mail_server[0].drop_after_content = True
    campaign = planned(make_draft(account=live_account))
    dispatch.dispatch_due()

    with time_machine.travel(timezone.now() + timedelta(days=1), tick=True):
        claims.reclaim_expired(timezone.now())
        dispatch.dispatch_due()

    message = Message.objects.get()
    assert (message.status, message.failure) == ("unknown", "no_answer")
    assert len(mail_server[0].accepted) == 1
    assert lifecycle.finish_if_done(campaign.pk) is False

    assert settle_unknown([message.pk], outcome="sent", by=author) == 1
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.FINISHED


def test_settling_needs_the_permission(planned: Planner, mail_server: Server, live_account: ChannelAccount) -> None:
    reachable(1)
    mail_server[0].drop_after_content = True
    planned(make_draft(account=live_account))
    dispatch.dispatch_due()

    with pytest.raises(NotAllowed):
        settle_unknown([Message.objects.get().pk], outcome="failed", by=make_user("somebody"))
    assert Message.objects.get().status == "unknown"


def test_an_account_at_fault_pauses_itself_and_its_campaigns_after_one_batch(
    planned: Planner, mail_server: Server, live_account: ChannelAccount, author: User
) -> None:
    reachable(120)
    mail_server[0].at_sender = "550 blocked"
    campaign = planned(make_draft(account=live_account))

    dispatch.dispatch_due()

    campaign.refresh_from_db()
    live_account.refresh_from_db()
    assert campaign.status == Campaign.Status.PAUSED
    assert "550" in live_account.pause_reason
    assert Message.objects.filter(status="planned").count() + Message.objects.filter(status="claimed").count() == 120

    with pytest.raises(NotAllowed):
        lifecycle.resume(campaign, by=author)
    mail_server[0].at_sender = ""
    accounts.resume(live_account, by=make_user("boss", "campaigns.change_channelaccount"))
    lifecycle.resume(campaign, by=author)
    dispatch.dispatch_due()
    assert len(set(mail_server[0].recipients)) == len(mail_server[0].recipients) == 120


def test_a_worker_that_wakes_late_finds_nothing_of_its_own(planned: Planner, outbox: object) -> None:
    make_reachable_customer()
    campaign = planned(make_draft())
    account_id = campaign.steps.get().account_id
    [stale], _wait = claims.claim(campaign.pk, account_id)

    with time_machine.travel(timezone.now() + timedelta(minutes=5), tick=True):
        claims.reclaim_expired(timezone.now())
        [fresh], _wait = claims.claim(campaign.pk, account_id)
        assert claims.mark_sending([stale], is_sandbox=True) == set()
        assert claims.mark_sending([fresh], is_sandbox=True) == {fresh.message_id}


def test_what_a_lost_worker_was_handing_over_becomes_unknown(
    planned: Planner, outbox: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SandboxGateway, "deduplicates", False)
    make_reachable_customer()
    campaign = planned(make_draft())
    claimed, _wait = claims.claim(campaign.pk, campaign.steps.get().account_id)
    claims.mark_sending(claimed, is_sandbox=True)

    claims.reclaim_expired(timezone.now() + timedelta(minutes=10))

    assert Message.objects.counts_by_status() == {"unknown": 1}


def test_a_message_that_kills_its_worker_is_given_up_after_five_claims(planned: Planner, outbox: object) -> None:
    make_reachable_customer()
    campaign = planned(make_draft())
    with time_machine.travel(timezone.now(), tick=True) as clock:
        for _crash in range(5):
            claims.claim(campaign.pk, campaign.steps.get().account_id)
            clock.shift(timedelta(minutes=3))
            claims.reclaim_expired(timezone.now())

    assert (Message.objects.get().status, Message.objects.get().failure) == ("failed", "worker_lost")


def test_a_message_that_kills_its_workers_takes_no_other_with_it(planned: Planner, outbox: object) -> None:
    poison, *others = [make_reachable_customer().pk for _number in range(5)]
    campaign = planned(make_draft())
    account_id = campaign.steps.get().account_id
    with time_machine.travel(timezone.now(), tick=True) as clock:
        for _turn in range(12):
            claimed, _wait = claims.claim(campaign.pk, account_id)
            if poison not in {claim.customer_id for claim in claimed}:
                claims.mark_sending(claimed, is_sandbox=True)
                claims.record([Outcome(claim.message_id, Fate.SENT) for claim in claimed], claimed)
            clock.shift(timedelta(minutes=3))
            claims.reclaim_expired(timezone.now())

    assert Message.objects.get(customer=poison).failure == "worker_lost"
    assert set(Message.objects.filter(status="sent").values_list("customer", flat=True)) == set(others)


def test_all_workers_together_keep_to_the_accounts_rate(planned: Planner, outbox: object) -> None:
    for _number in range(5):
        make_reachable_customer()
    campaign = planned(make_draft(account=make_account(rate_per_second=2)))
    account_id = campaign.steps.get().account_id

    first, _wait = claims.claim(campaign.pk, account_id)
    second, wait = claims.claim(campaign.pk, account_id)

    assert (len(first), len(second)) == (2, 0)
    assert 0.5 < wait <= 1.0


def test_a_gateway_that_breaks_leaves_one_unknown_and_the_rest_planned(
    planned: Planner, live_account: ChannelAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    reachable(3)
    planned(make_draft(account=live_account))
    real = SmtpConnection.hear

    def break_after_the_first(connection: SmtpConnection, draw: Callable) -> Iterator:
        for parcel in real(connection, draw):
            yield parcel
            raise MemoryError  # the envelope of the second is on its way

    monkeypatch.setattr(SmtpConnection, "hear", break_after_the_first)
    with pytest.raises(MemoryError):
        dispatch.dispatch_due()

    assert Message.objects.counts_by_status() == {"sent": 1, "sending": 1, "planned": 1}


def test_a_worker_out_of_time_stops_between_two_messages(
    planned: Planner, mail_server: Server, live_account: ChannelAccount
) -> None:
    reachable(5)
    planned(make_draft(account=live_account))
    mail_server[0].after_content = lambda _envelope: time.sleep(0.2)

    assert dispatch.dispatch_due(time.monotonic() + 0.3) is True

    counts = Message.objects.counts_by_status()
    assert counts["sent"] + counts["planned"] == 5
    assert counts["planned"] >= 1


def test_a_server_that_refuses_everybody_is_left_after_one_slice(
    planned: Planner, mail_server: Server, live_account: ChannelAccount
) -> None:
    reachable(120)
    mail_server[0].after_content = lambda _envelope: "554 5.7.1 spam"
    campaign = planned(make_draft(account=live_account))

    dispatch.dispatch_due()

    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.PAUSED
    assert "50" in campaign.status_reason
    assert Message.objects.counts_by_status() == {"failed": 50, "planned": 70}
