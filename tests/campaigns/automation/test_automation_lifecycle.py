"""One decision of a second person about the whole, and everything that must not be possible beside it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client, RequestFactory

from campaigns import approval
from campaigns import lifecycle as of_campaigns
from campaigns.automation import lifecycle, versions
from campaigns.automation.fingerprint import fingerprint, valid_decision
from campaigns.errors import NotAllowed, NotReady, WrongVersionStatus
from campaigns.menu_counts import automations_waiting_for
from campaigns.models import (
    Automation,
    AutomationStep,
    AutomationVersion,
    Campaign,
    ChannelAccount,
    Journey,
    Message,
    Step,
)
from campaigns.tasks import run_automations
from crm_project.models import Kick
from customers.models import Customer, CustomerStats, Segment
from customers.privacy import erasure
from tests.campaigns.automation.making import (
    MAY_DECIDE,
    MAY_STOP,
    MAY_WRITE,
    automation_of,
    enter,
    message,
    put_in_force,
    staff,
    wait,
    write_steps,
)
from tests.factories import make_account, make_customer, make_order, make_segment

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


@pytest.fixture
def writer() -> User:
    return staff("writer", *MAY_WRITE)


@pytest.fixture
def second() -> User:
    return staff("second", *MAY_DECIDE)


@pytest.fixture
def boss() -> User:
    return staff("boss", *MAY_STOP)


@pytest.fixture
def draft(writer: User) -> AutomationVersion:
    """A draft: a message, three days, another message."""
    version = versions.new_automation(name="첫 구매 감사", trigger="first_order", by=writer).versions.get()
    write_steps(version, [message(), wait(days=3), message()])
    return version


def statuses(automation: Automation) -> tuple[str, list[str], list[str]]:
    """The status of the automation, of its versions and of its messages, as stored."""
    automation.refresh_from_db()
    of_versions = automation.versions.order_by("number").values_list("status", flat=True)
    of_messages = automation.campaigns.order_by("pk").values_list("status", flat=True)
    return automation.status, list(of_versions), list(of_messages)


def buys(customer: Customer, automation: Automation) -> None:
    """The customer's first order, a second after the automation began to count."""
    at = automation.begins_at
    earlier = at - timedelta(seconds=1)
    Automation.objects.filter(pk=automation.pk).update(begins_at=earlier, read_until=earlier)
    make_order(customer, placed_at=at)
    CustomerStats.objects.update_or_create(customer=customer, defaults={"first_order_at": at})


def test_one_decision_of_a_second_person_starts_the_automation_and_its_messages(
    draft: AutomationVersion, writer: User, second: User
) -> None:
    lifecycle.submit(draft, by=writer)
    assert statuses(draft.automation) == ("draft", ["in_review"], ["in_review"] * 2)

    decision = lifecycle.approve(draft, by=second, note="좋아요", seen=fingerprint(draft))

    assert statuses(draft.automation) == ("active", ["live"], ["active"] * 2)
    assert draft.automation.live_version == draft
    assert draft.automation.begins_at == draft.automation.read_until == draft.live_from
    assert (decision.decided_by, decision.note, valid_decision(draft)) == (second, "좋아요", decision)
    assert all(approval.is_approved(campaign) for campaign in draft.automation.campaigns.all())
    assert Kick.objects.filter(job="campaigns.tasks.run_automations").exists()


@pytest.mark.parametrize("who", ["writer", "reader"])
def test_who_wrote_it_or_may_not_decide_does_not(draft: AutomationVersion, writer: User, who: str) -> None:
    lifecycle.submit(draft, by=writer)
    by = staff(who)
    if who == "writer":
        by.user_permissions.set(staff("second", *MAY_DECIDE).user_permissions.all())
        by = User.objects.get(pk=by.pk)

    with pytest.raises(NotAllowed):
        lifecycle.approve(draft, by=by)

    assert statuses(draft.automation) == ("draft", ["in_review"], ["in_review"] * 2)


def test_what_changed_while_it_was_looked_at_is_not_approved(
    draft: AutomationVersion, writer: User, second: User
) -> None:
    lifecycle.submit(draft, by=writer)
    seen = fingerprint(draft)
    AutomationStep.objects.filter(version=draft, kind="wait").update(settings={"days": 30})

    with pytest.raises(NotReady):
        lifecycle.approve(draft, by=second, seen=seen)

    assert statuses(draft.automation)[1] == ["in_review"]


def test_it_is_given_back_with_a_note_or_taken_back_and_is_a_draft_with_its_messages(
    draft: AutomationVersion, writer: User, second: User
) -> None:
    lifecycle.submit(draft, by=writer)
    with pytest.raises(NotReady):
        lifecycle.return_to_author(draft, by=second, note=" ")
    lifecycle.return_to_author(draft, by=second, note="제목을 고쳐 주세요")
    assert statuses(draft.automation) == ("draft", ["draft"], ["draft"] * 2)

    lifecycle.submit(draft, by=writer)
    lifecycle.back_to_draft(draft, by=writer)
    assert statuses(draft.automation) == ("draft", ["draft"], ["draft"] * 2)


def test_a_message_is_not_decided_about_by_itself(draft: AutomationVersion, writer: User, second: User) -> None:
    lifecycle.submit(draft, by=writer)
    campaign = draft.automation.campaigns.first()

    for decide in (approval.approve, approval.return_to_author):
        with pytest.raises(NotAllowed, match="첫 구매 감사"):
            decide(campaign, by=second, note="x")

    assert statuses(draft.automation)[2] == ["in_review"] * 2


def test_it_waits_for_a_second_person_as_a_whole_and_its_messages_are_not_among_the_campaigns(
    draft: AutomationVersion, writer: User, second: User, admin_client: Client, rf: RequestFactory
) -> None:
    lifecycle.submit(draft, by=writer)
    asked = {user: rf.get("/") for user in (writer, second)}
    for user, request in asked.items():
        request.user = user

    listed = admin_client.get("/admin/campaigns/campaign/").context["cl"]

    assert [automations_waiting_for(asked[user]) for user in (writer, second)] == [0, 1]
    assert Campaign.objects.waiting_for_review().count() == 0
    assert list(listed.result_list) == []


def without_messages(draft: AutomationVersion) -> None:
    for step in draft.steps.filter(kind="message"):
        versions.remove_step(step)


def change(kind: str, **fields: Any) -> Callable[[AutomationVersion], None]:
    return lambda draft: versions.change_step(draft.steps.filter(kind=kind).first(), **fields)


def with_step(kind: str, **fields: Any) -> Callable[[AutomationVersion], None]:
    return lambda draft: write_steps(draft, [(kind, fields)])


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda draft: versions.change_version(draft, trigger="nothing"), "Choose with what it begins."),
        (lambda draft: versions.change_version(draft, trigger_settings={"x": 1}), "is no setting of"),
        (lambda draft: versions.change_version(draft, exits=[{"is": "x"}]), "Nobody knows this way to leave"),
        (without_messages, "It says nothing to anybody: add a message."),
        (change("wait", settings={}), "Step 2, wait: Say how long to wait"),
        (with_step("only_if"), "Step 4, only if: Choose the segment it asks for."),
        (with_step("split", settings={"shares": {"a": 70, "b": 40}}), "Step 4, split at random: Give each of its"),
        (with_step("offer"), "Step 4, coupon or points: Choose a coupon"),
        (lambda draft: Campaign.objects.update(purpose=""), "Step 1, “감사합니다”: Say whether it is advertising"),
    ],
)
def test_what_is_missing_is_said_with_the_step_and_nothing_is_asked_for(
    draft: AutomationVersion, writer: User, in_english: None, spoil: Callable[[AutomationVersion], None], said: str
) -> None:
    spoil(draft)

    with pytest.raises(NotReady) as refused:
        lifecycle.submit(draft, by=writer)

    assert said in str(refused.value)
    assert statuses(draft.automation)[1] == ["draft"]
    assert not draft.decisions.exists()


def test_a_new_version_replaces_the_one_in_force_while_people_inside_finish_it(writer: User) -> None:
    automation = automation_of(message(), wait(days=3))
    journey = enter(automation, make_customer(), at=NOON)
    begins_at = automation.begins_at

    put_in_force(versions.draft_of(automation, by=writer))

    assert statuses(automation) == ("active", ["retired", "live"], ["active", "active"])
    assert automation.begins_at == begins_at
    assert lifecycle.close_replaced() == 0
    Journey.objects.filter(pk=journey.pk).update(status="finished")
    assert lifecycle.close_replaced() == 1
    assert statuses(automation)[2] == ["finished", "active"]


def test_a_version_with_another_trigger_counts_only_what_happens_from_then_on(writer: User) -> None:
    automation = automation_of(message())
    draft = versions.draft_of(automation, by=writer)
    versions.change_version(draft, trigger="every_order")

    automation = put_in_force(draft)

    assert automation.begins_at == draft.live_from


def test_an_edit_of_what_was_approved_pauses_the_automation_before_anybody_enters(writer: User) -> None:
    segment = make_segment()
    automation = automation_of(message(), segment=segment)
    buys(make_customer(), automation)
    Segment.objects.filter(pk=segment.pk).update(rule={"is": "order_count", "op": "at_least", "value": 1})

    run_automations()

    assert statuses(automation) == ("paused", ["live"], ["paused"])
    assert not Journey.objects.exists()
    with pytest.raises(NotAllowed):
        lifecycle.resume(automation, by=staff("boss", *MAY_STOP))


@pytest.mark.parametrize("named_by", ["trigger", "exit"])
def test_an_edit_of_a_segment_that_trigger_or_exit_name_pauses_it_too(named_by: str) -> None:
    segment = make_segment()
    terms: dict[str, Any] = {
        "trigger": {"trigger": "entered_segment", "trigger_settings": {"segments": [segment.pk]}},
        "exit": {"exits": [{"is": "left_segment", "segments": [segment.pk]}]},
    }[named_by]
    automation = automation_of(message(), **terms)
    assert lifecycle.hold_what_changed() == []
    Segment.objects.filter(pk=segment.pk).update(rule={"is": "order_count", "op": "at_least", "value": 1})

    assert lifecycle.hold_what_changed() == [automation.pk]


def test_an_older_message_over_a_paused_account_keeps_no_new_version_back(boss: User) -> None:
    automation = automation_of(message())
    lifecycle.pause(automation, by=boss)
    draft = versions.draft_of(automation, by=staff("writer"))
    ChannelAccount.objects.update(paused_at=NOON, pause_reason="refused")
    Step.objects.filter(campaign__automation_step__version=draft).update(account=make_account())

    put_in_force(draft)

    assert statuses(automation) == ("active", ["retired", "live"], ["paused", "active"])


def test_a_message_that_is_paused_pauses_the_whole(boss: User) -> None:
    automation = automation_of(message(), message())
    of_campaigns.pause(automation.campaigns.first(), by=None, reason="12 of 20 messages came back.")

    assert lifecycle.hold_what_changed() == [automation.pk]

    assert statuses(automation) == ("paused", ["live"], ["paused"] * 2)
    assert automation.status_reason == "감사합니다: 12 of 20 messages came back."
    lifecycle.resume(automation, by=boss)
    assert statuses(automation) == ("active", ["live"], ["active"] * 2)


def test_a_stop_ends_everybody_inside_and_what_was_planned_does_not_leave(boss: User) -> None:
    automation = automation_of(message(purpose="info"), wait(days=3), message())
    buys(make_customer(), automation)
    run_automations()
    assert Message.objects.get().status == "planned"

    assert lifecycle.stop(automation, by=boss, reason="끝") == 1

    assert statuses(automation) == ("stopped", ["live"], ["cancelled"] * 2)
    assert Journey.objects.values_list("status", "end_reason").get() == ("exited", "stopped")
    assert Message.objects.get().status == "stopped"
    with pytest.raises(WrongVersionStatus):
        lifecycle.resume(automation, by=boss)


@pytest.mark.parametrize("act", [lifecycle.pause, lifecycle.resume, lifecycle.stop])
def test_only_those_who_may_stop_automations_pause_resume_and_stop_them(
    writer: User, act: Callable[..., object]
) -> None:
    automation = automation_of(message())

    with pytest.raises(NotAllowed):
        act(automation, by=writer)

    assert statuses(automation) == ("active", ["live"], ["active"])


def test_erasure_ends_the_journeys_and_forgets_what_began_them(boss: User) -> None:
    automation = automation_of(message())
    customer = make_customer()
    enter(automation, customer, at=NOON, context={"order_number": "A-1"})

    erasure.erase([customer.pk], by=None)

    journey = Journey.objects.get()
    assert (journey.status, journey.end_reason, journey.context, journey.due_at) == ("exited", "erased", {}, None)
