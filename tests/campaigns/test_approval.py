"""Two people, and exactly what they agreed on."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.utils import timezone, translation
from pytest_django import Settings

from campaigns import approval, lifecycle
from campaigns.errors import CountDiffers, NotAllowed, NotReady, WrongStatus
from campaigns.models import Approval, Campaign
from customers.segments.refresh import refresh_segment
from tests.factories import make_account, make_draft, make_price, make_reachable_customer, make_segment, make_user

pytestmark = pytest.mark.django_db
Taker = Callable[[Campaign], Campaign]


@pytest.fixture
def submitted(author: User) -> Campaign:
    """A campaign of one recipient that waits for a decision."""
    make_reachable_customer()
    campaign = make_draft()
    refresh_segment(campaign.segment_id)
    lifecycle.submit_for_review(campaign, by=author)
    return campaign


def test_the_author_cannot_approve(submitted: Campaign, author: User) -> None:
    author.is_superuser = True
    author.save()

    with pytest.raises(NotAllowed):
        approval.approve(submitted, by=author)

    submitted.refresh_from_db()
    assert submitted.status == Campaign.Status.IN_REVIEW


def test_who_asked_for_the_review_cannot_approve_either(author: User, approver: User) -> None:
    make_reachable_customer()
    campaign = make_draft(author=author)
    refresh_segment(campaign.segment_id)
    asker = make_user("asker", "campaigns.change_campaign", "campaigns.approve_campaign")
    lifecycle.submit_for_review(campaign, by=asker)

    with pytest.raises(NotAllowed):
        approval.approve(campaign, by=asker)


def test_approving_needs_the_permission(submitted: Campaign) -> None:
    with pytest.raises(NotAllowed):
        approval.approve(submitted, by=make_user("colleague", "campaigns.change_campaign"))


def test_an_approval_keeps_what_it_was_about(submitted: Campaign, approver: User) -> None:
    decision = approval.approve(submitted, by=approver, note="좋습니다")

    assert submitted.status == Campaign.Status.SCHEDULED
    assert approval.is_approved(submitted)
    assert decision.fingerprint == approval.fingerprint(submitted)
    assert decision.waterfall[-1]["left"] == 1
    assert decision.content["steps"][0]["variants"][0]["subject"] == "{{ name }}님, 다시 만나요"


EDITS: dict[str, Callable[[Campaign], object]] = {
    "subject": lambda c: c.steps.get().variants.update(subject="다른 제목"),
    "content": lambda c: c.steps.get().variants.update(html="<p>다른 내용</p>"),
    "purpose": lambda c: Campaign.objects.filter(pk=c.pk).update(purpose="info"),
    "rule of the segment": lambda c: (
        setattr(c.segment, "rule", {"is": "order_count", "op": "at_least", "value": 1}),
        c.segment.save(),
    ),
    "excluded segment": lambda c: c.excluded_segments.add(make_segment()),
    "time": lambda c: Campaign.objects.filter(pk=c.pk).update(scheduled_at=timezone.now()),
    "holdout": lambda c: Campaign.objects.filter(pk=c.pk).update(holdout_percent=10),
    "account": lambda c: c.steps.update(account=make_account()),
    "sender": lambda c: type(c.steps.get().account).objects.update(sender_name="다른 가게"),
    "live switch": lambda c: type(c.steps.get().account).objects.update(is_live=True),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_any_edit_voids_the_approval(submitted: Campaign, approver: User, edit: Callable) -> None:
    decision = approval.approve(submitted, by=approver)

    edit(submitted)

    campaign = Campaign.objects.get(pk=submitted.pk)
    assert not approval.is_approved(campaign)
    assert approval.changes_since(Approval.objects.get(pk=decision.pk))
    assert lifecycle.start_due(timezone.now()) == []
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.IN_REVIEW
    assert campaign.status_reason


def test_a_rule_that_a_segment_asks_is_covered_too(author: User, approver: User) -> None:
    make_reachable_customer()
    inner = make_segment()
    outer = make_segment({"is": "in_segment", "op": "in", "value": [inner.pk]})
    refresh_segment(outer.pk)
    campaign = make_draft(segment=outer)
    before = approval.fingerprint(campaign)

    inner.rule = {"is": "order_count", "op": "at_least", "value": 5}
    inner.save()

    assert approval.fingerprint(Campaign.objects.get(pk=campaign.pk)) != before


def test_changes_are_named_with_their_values(submitted: Campaign, approver: User) -> None:
    decision = approval.approve(submitted, by=approver)
    Campaign.objects.filter(pk=submitted.pk).update(holdout_percent=10)

    [change] = approval.changes_since(Approval.objects.get(pk=decision.pk))

    assert (change.path, change.before, change.after) == ("holdout_percent", 0, 10)


def test_from_the_threshold_on_the_number_is_typed(settings: Settings, submitted: Campaign, approver: User) -> None:
    settings.APPROVAL_COUNT_FROM = 1
    with pytest.raises(CountDiffers):
        approval.approve(submitted, by=approver)
    with pytest.raises(CountDiffers):
        approval.approve(submitted, by=approver, expected_recipients=2)
    assert not submitted.approvals.filter(decision="approved").exists()

    approval.approve(submitted, by=approver, expected_recipients=1)


def test_what_changed_under_the_approvers_eyes_is_not_approved(submitted: Campaign, approver: User) -> None:
    seen = approval.fingerprint(submitted)
    submitted.steps.get().variants.update(subject="다른 제목")

    with pytest.raises(NotReady):
        approval.approve(submitted, by=approver, seen=seen)


def test_what_changes_while_the_approval_is_written_voids_it(
    submitted: Campaign, approver: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def change_the_rule(campaign: Campaign) -> None:
        campaign.segment.rule = {"is": "order_count", "op": "at_least", "value": 7}
        campaign.segment.save()
        mark_approved(campaign)

    mark_approved = lifecycle.mark_approved
    monkeypatch.setattr(lifecycle, "mark_approved", change_the_rule)
    seen = approval.fingerprint(submitted)

    approval.approve(submitted, by=approver, seen=seen)

    assert not approval.is_approved(submitted)
    assert lifecycle.start_due(timezone.now()) == []


def test_nobody_to_write_to_cannot_be_approved(author: User, approver: User) -> None:
    campaign = make_draft()
    lifecycle.submit_for_review(campaign, by=author)

    with pytest.raises(NotReady):
        approval.approve(campaign, by=approver)


def test_more_than_the_cost_limit_cannot_be_approved(submitted: Campaign, approver: User) -> None:
    make_price(submitted.steps.get().account, won="9.90")
    Campaign.objects.filter(pk=submitted.pk).update(cost_limit=9)

    with pytest.raises(NotReady, match="10"):
        approval.approve(Campaign.objects.get(pk=submitted.pk), by=approver)


def test_a_return_says_why_and_makes_it_a_draft_again(submitted: Campaign, approver: User) -> None:
    with pytest.raises(NotReady):
        approval.return_to_author(submitted, by=approver, note=" ")

    approval.return_to_author(submitted, by=approver, note="가격을 확인해 주세요")

    assert (submitted.status, submitted.status_reason) == ("draft", "가격을 확인해 주세요")


def test_a_revoked_approval_no_longer_holds(submitted: Campaign, approver: User) -> None:
    approval.approve(submitted, by=approver)

    approval.revoke(submitted, by=approver, note="가격이 틀림")

    assert not approval.is_approved(submitted)
    assert submitted.status == Campaign.Status.DRAFT
    assert lifecycle.start_due(timezone.now()) == []


def test_of_two_decisions_at_once_one_holds(submitted: Campaign, approver: User) -> None:
    same = Campaign.objects.get(pk=submitted.pk)
    approval.approve(submitted, by=approver)

    with pytest.raises(WrongStatus):
        approval.approve(same, by=make_user("third", "campaigns.approve_campaign"))
    assert submitted.approvals.filter(decision="approved").count() == 1


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"purpose": ""}, "advertising"),
        ({"purpose": "info"}, "L-30"),
        ({"content": {"html": "{{ nmae }}"}}, "nmae"),
        ({"content": {"subject": "[광고] 안녕"}}, "광고"),
    ],
)
def test_an_incomplete_campaign_is_not_submitted(author: User, given: dict, word: str) -> None:
    campaign = make_draft(**given)

    with translation.override("en"), pytest.raises(NotReady, match=word):
        lifecycle.submit_for_review(campaign, by=author)
    assert Campaign.objects.get(pk=campaign.pk).status == Campaign.Status.DRAFT


@pytest.mark.parametrize("address", ["가게@example.com", "shop", "shop@example.com\nBcc: x@example.com"])
def test_an_account_that_no_mail_can_come_from_is_not_submitted(author: User, address: str) -> None:
    campaign = make_draft(account=make_account(sender_address=address))

    with pytest.raises(NotReady, match=f"“{address}”"):
        lifecycle.submit_for_review(campaign, by=author)

    assert campaign.status == Campaign.Status.DRAFT


def test_a_campaign_waits_for_its_time(approved: Taker) -> None:
    make_reachable_customer()
    at_nine = timezone.now() + timedelta(hours=3)
    campaign = approved(make_draft(scheduled_at=at_nine, latest_start_hours=2))

    assert lifecycle.start_due(at_nine - timedelta(seconds=1)) == []
    assert lifecycle.start_due(at_nine) == [campaign.pk]


def test_a_campaign_that_missed_its_time_needs_a_person(approved: Taker, approver: User) -> None:
    make_reachable_customer()
    at_nine = timezone.now() + timedelta(hours=3)
    campaign = approved(make_draft(scheduled_at=at_nine, latest_start_hours=2))

    with time_machine.travel(at_nine + timedelta(hours=2, seconds=1), tick=False):
        assert lifecycle.start_due(timezone.now()) == []

    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.IN_REVIEW
    assert campaign.status_reason
    assert not approval.is_approved(campaign)

    with time_machine.travel(at_nine + timedelta(hours=5), tick=False):
        decision = approval.approve(campaign, by=approver)
        Approval.objects.filter(pk=decision.pk).update(decided_at=timezone.now())
        assert lifecycle.start_due(timezone.now()) == [campaign.pk]


def test_editing_after_approval_starts_over(submitted: Campaign, approver: User, author: User) -> None:
    approval.approve(submitted, by=approver)

    lifecycle.back_to_draft(submitted, by=author)

    assert submitted.is_editable
    assert lifecycle.start_due(timezone.now()) == []
    lifecycle.submit_for_review(submitted, by=author)
    assert submitted.status == Campaign.Status.IN_REVIEW
    assert lifecycle.start_due(timezone.now()) == []
