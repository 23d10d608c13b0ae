"""A campaign that goes wrong pauses itself within one slice, says why, and is judged anew after somebody resumes it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from campaigns import approval, lifecycle
from campaigns.gateways.base import Fate, Outcome
from campaigns.models import Approval, Campaign, GatewayReport, Message
from campaigns.pipeline import brakes
from campaigns.pipeline.brakes import Brake
from tests.factories import (
    make_customer,
    make_message,
    make_running_campaign,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
ACTIVE, PAUSED = Campaign.Status.ACTIVE, Campaign.Status.PAUSED


def outcomes(sent: int = 0, failed: int = 0, unknown: int = 0, again: int = 0) -> list[Outcome]:
    fates = [Fate.SENT] * sent + [Fate.FAILED] * failed + [Fate.UNKNOWN] * unknown + [Fate.RETRY] * again
    return [Outcome(number, fate, "spam_blocked" if fate != Fate.SENT else "") for number, fate in enumerate(fates)]


def sent_campaign(count: int, **given: object) -> Campaign:
    """A campaign under way of which so many messages were sent."""
    campaign = make_running_campaign(planned_at=timezone.now() - timedelta(minutes=5), **given)
    for _number in range(count):
        make_message(campaign, make_customer())
    return campaign


def come_back(campaign: Campaign, count: int) -> None:
    ids = list(campaign.messages.values_list("pk", flat=True)[:count])
    Message.objects.filter(pk__in=ids).update(delivery="failed", failure="invalid_recipient")


def approved_as_it_stands(campaign: Campaign, approver: User) -> None:
    stands = {"fingerprint": approval.fingerprint(campaign), "content": approval.snapshot(campaign)}
    Approval.objects.create(campaign=campaign, decision="approved", decided_by=approver, **stands)


def status_of(campaign: Campaign) -> str:
    return Campaign.objects.get(pk=campaign.pk).status


@pytest.mark.parametrize(
    ("met", "status"),
    [
        ({"sent": 50}, ACTIVE),
        ({"sent": 41, "failed": 9}, ACTIVE),
        ({"sent": 40, "failed": 10}, PAUSED),
        ({"sent": 40, "unknown": 10}, PAUSED),
        ({"sent": 40, "again": 40}, ACTIVE),  # what is tried again has not failed yet
        ({"failed": 49}, ACTIVE),  # too few to judge
        ({"failed": 50}, PAUSED),
    ],
)
def test_a_fifth_of_the_last_messages_is_too_much(met: dict[str, int], status: str) -> None:
    campaign = make_running_campaign()

    Brake(campaign).look_at(outcomes(**met))

    assert status_of(campaign) == status


def test_the_reason_names_the_commonest_failure() -> None:
    campaign = make_running_campaign()

    Brake(campaign).look_at(outcomes(sent=30, failed=20))

    campaign.refresh_from_db()
    assert campaign.status_reason == "20 of the last 50 messages failed, most of them so: It was taken for spam."


def test_a_brake_of_zero_is_off(settings: Settings) -> None:
    settings.PAUSE_FAILED_PERCENT = 0
    campaign = make_running_campaign()

    assert Brake(campaign).look_at(outcomes(failed=50)) is False
    assert status_of(campaign) == ACTIVE


def test_after_a_resume_the_last_messages_count_anew(author: User) -> None:
    campaign = make_running_campaign()
    brake = Brake(campaign)
    assert brake.look_at(outcomes(failed=50)) is True
    Campaign.objects.filter(pk=campaign.pk).update(status=ACTIVE)

    assert brake.look_at(outcomes(sent=40, failed=9)) is False
    assert status_of(campaign) == ACTIVE


def test_whoever_is_reached_on_the_next_way_did_not_fail() -> None:
    campaign = make_running_campaign()
    strangers = [Outcome(number, Fate.FAILED, "invalid_recipient") for number in range(50)]

    assert Brake(campaign, is_last_way=False).look_at(strangers) is False
    assert Brake(campaign, is_last_way=True).look_at(strangers) is True


@pytest.mark.parametrize(("bounced", "status"), [(0, ACTIVE), (2, ACTIVE), (4, ACTIVE), (5, PAUSED)])
def test_five_percent_that_come_back_are_too_much(bounced: int, status: str) -> None:
    campaign = sent_campaign(100)
    come_back(campaign, bounced)

    brakes.look_at_all()

    assert status_of(campaign) == status


def test_what_came_back_before_a_resume_is_accepted(approver: User, author: User) -> None:
    campaign = sent_campaign(100)
    come_back(campaign, 10)
    brakes.look_at_all()
    campaign.refresh_from_db()
    approved_as_it_stands(campaign, approver)

    lifecycle.resume(campaign, by=author)
    assert brakes.look_at_all() == []

    resumption = campaign.resumptions.get()
    assert (resumption.sent, resumption.undelivered, resumption.by) == (100, 10, author)
    assert resumption.reason == "10 of 100 messages came back. Clean the addresses before sending more."


@pytest.mark.parametrize(("complaints", "status"), [(2, ACTIVE), (3, PAUSED)])
def test_readers_who_call_it_spam_stop_it(complaints: int, status: str) -> None:
    campaign = sent_campaign(100)
    for number, message in enumerate(campaign.messages.all()[:complaints]):
        GatewayReport.objects.create(
            account=message.account, event_id=f"e{number}", source="webhook", kind="complained",
            occurred_at=timezone.now(), message=message,
        )  # fmt: skip

    brakes.look_at_all()

    assert status_of(campaign) == status


@pytest.mark.parametrize(("limit", "status"), [(None, ACTIVE), (991, ACTIVE), (990, PAUSED)])
def test_a_campaign_stops_spending_at_its_cost_limit(limit: int | None, status: str) -> None:
    campaign = sent_campaign(100, cost_limit=limit)
    campaign.messages.update(cost=Decimal("9.90"))

    brakes.look_at_all()

    assert status_of(campaign) == status


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        pytest.param("no_answer", PAUSED, id="the gateway did not answer"),
        pytest.param("worker_lost", ACTIVE, id="a process of ours died, which says nothing about the campaign"),
    ],
)
def test_only_what_the_campaign_met_stops_it(failure: str, status: str) -> None:
    campaign = sent_campaign(60)
    lost = list(campaign.messages.values_list("pk", flat=True)[:40])
    Message.objects.filter(pk__in=lost).update(status="unknown", failure=failure)

    brakes.look_at_all()

    assert status_of(campaign) == status
