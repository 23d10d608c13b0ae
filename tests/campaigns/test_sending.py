"""From a draft to mail in the sandbox: who gets one, who does not and why, and never two."""

from collections.abc import Callable
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from campaigns import lifecycle
from campaigns.gateways import sandbox
from campaigns.gateways.base import Fate, Outcome
from campaigns.models import Campaign, Message
from campaigns.pipeline import claims, dispatch, gate, plan
from tests.factories import make_customer, make_draft, make_reachable_customer, set_consent

pytestmark = pytest.mark.django_db
Sender = Callable[[Campaign], Campaign]


def test_an_approved_campaign_reaches_those_who_agreed_once(sent: Sender, outbox: Path) -> None:
    reached = make_reachable_customer(name="홍길동", email="gildong@example.com")
    silent = make_customer()

    campaign = sent(make_draft())

    assert campaign.status == Campaign.Status.FINISHED
    assert Message.objects.get(customer=reached).status == Message.Status.SENT
    assert Message.objects.get(customer=silent).skip_reason == "NO_CONSENT"
    [entry] = sandbox.read_manifest(campaign.pk)
    assert entry["recipient"] == "gildong@example.com"


def test_the_mail_says_what_the_law_wants(sent: Sender, outbox: Path) -> None:
    make_reachable_customer(name="홍길동")

    campaign = sent(make_draft())

    message = Message.objects.get(campaign=campaign)
    mail = message_from_bytes((outbox / str(campaign.pk) / f"{message.pk}.eml").read_bytes(), policy=policy.default)
    assert mail["Subject"] == "(광고) 홍길동님, 다시 만나요"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["X-Dangol-Message"] == str(message.pk)
    text = mail.get_body(("plain",)).get_content()
    html = mail.get_body(("html",)).get_content()
    for part in (text, html):
        assert "수신거부" in part
        assert "Unsubscribe" in part
        assert "단골마트" in part
        assert "shop.example" not in part  # the link leads through us
    assert "/o/" in html


def test_a_consent_withdrawn_after_planning_stops_the_message(planned: Sender, outbox: Path) -> None:
    customer = make_reachable_customer()
    campaign = planned(make_draft())
    set_consent(customer, "ad_receive", channel="email", is_granted=False)

    dispatch.dispatch_due()

    message = Message.objects.get(campaign=campaign)
    assert (message.status, message.skip_reason) == ("skipped", "OPTED_OUT")
    assert sandbox.read_manifest(campaign.pk) == []


def test_planning_again_adds_nothing(planned: Sender) -> None:
    make_reachable_customer()
    campaign = planned(make_draft())
    make_reachable_customer()

    assert plan.plan_campaign(campaign.pk) == 0
    assert Message.objects.count() == 1


def test_sending_again_sends_nothing(sent: Sender) -> None:
    make_reachable_customer()
    campaign = sent(make_draft())

    assert dispatch.dispatch_due() is False

    assert len(sandbox.read_manifest(campaign.pk)) == 1


def test_a_pause_holds_the_rest_and_a_resume_goes_on(planned: Sender, outbox: Path, author: User) -> None:
    for _number in range(3):
        make_reachable_customer()
    campaign = planned(make_draft())
    lifecycle.pause(campaign, by=author, reason="물어볼 것이 있음")
    dispatch.dispatch_due()

    assert Message.objects.counts_by_status() == {"planned": 3}

    lifecycle.resume(campaign, by=author)
    dispatch.dispatch_due()
    assert Message.objects.counts_by_status() == {"sent": 3}


def test_an_emergency_stop_stops_what_has_not_left(planned: Sender, outbox: Path, author: User) -> None:
    make_reachable_customer()
    campaign = planned(make_draft())

    assert lifecycle.stop(campaign, by=author, reason="가격이 틀림") == 1

    dispatch.dispatch_due()
    assert Message.objects.counts_by_status() == {"stopped": 1}
    assert campaign.status == Campaign.Status.CANCELLED


@pytest.mark.parametrize("fate", [Fate.RETRY, None])
def test_what_was_being_handed_over_at_a_stop_does_not_wait_for_ever(
    planned: Sender, author: User, fate: Fate | None
) -> None:
    make_reachable_customer()
    campaign = planned(make_draft())
    claimed, _wait = claims.claim(campaign.pk, campaign.steps.get().account_id)
    claims.mark_sending(claimed, is_sandbox=True)
    lifecycle.stop(campaign, by=author, reason="가격이 틀림")

    if fate:
        claims.record([Outcome(claimed[0].message_id, fate, "connection")], claimed)
    else:
        claims.give_back(claimed, status=Message.Status.SENDING)

    assert Message.objects.counts_by_status() == {"stopped": 1}


def test_a_field_without_value_skips_the_message(sent: Sender) -> None:
    make_reachable_customer(name="")

    sent(make_draft())

    assert Message.objects.get().skip_reason == "VAR_MISSING"


def test_content_changed_behind_the_approval_is_not_sent(planned: Sender, outbox: Path) -> None:
    make_reachable_customer()
    campaign = planned(make_draft())
    campaign.steps.get().variants.update(subject="몰래 바꾼 제목")

    dispatch.dispatch_due()

    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.PAUSED
    assert Message.objects.counts_by_status() == {"planned": 1}


def test_a_plan_in_many_chunks_gives_an_address_one_message(planned: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "CHUNK", 2)
    for email in ("a@example.com", "b@example.com", "A@example.com", "c@example.com", "b@example.com"):
        make_reachable_customer(email=email)

    campaign = planned(make_draft())

    assert campaign.planned_at
    assert Message.objects.counts_by_status() == {"planned": 3, "skipped": 2}
    assert Message.objects.counts_by_reason() == {"DUPLICATE_ADDRESS": 2}


def test_the_holdout_gets_nothing_and_is_the_same_in_preview_and_plan(planned: Sender) -> None:
    for _number in range(40):
        make_reachable_customer()

    campaign = planned(make_draft(holdout_percent=50))

    held = Message.objects.filter(skip_reason="HOLDOUT")
    assert 0 < held.count() < 40
    assert set(held.values_list("customer", flat=True)) == set(
        campaign.enrollments.filter(is_control=True).values_list("customer", flat=True)
    )
    before = [stage for stage in campaign.approvals.get(decision="approved").waterfall if stage["removed"]]
    now = [stage for stage in gate.planned_waterfall(campaign) if stage.removed]
    assert [(stage["code"], stage["removed"], stage["left"]) for stage in before] == [
        (stage.code, stage.removed, stage.left) for stage in now
    ]
