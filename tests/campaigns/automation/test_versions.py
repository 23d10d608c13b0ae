"""Writing what an automation does: steps in order, drafts beside what is in force, people who move over."""

from datetime import UTC, datetime
from typing import Any

import pytest

from campaigns.automation import lifecycle, versions
from campaigns.errors import NotAllowed, WrongVersionStatus
from campaigns.fingerprint import snapshot
from campaigns.models import AutomationStep, AutomationVersion, Campaign, Journey
from tests.campaigns.automation.making import MAY_WRITE, automation_of, enter, message, put_in_force, say, staff, wait
from tests.factories import add_fallback, make_customer, make_segment, make_text_account

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


@pytest.fixture
def draft() -> AutomationVersion:
    writer = staff("writer", *MAY_WRITE)
    return versions.new_automation(name="첫 구매 감사", trigger="first_order", by=writer, priority=60).versions.get()


def drawn(version: AutomationVersion, parent: AutomationStep | None = None, lane: str = "") -> list[object]:
    """The kinds of the steps in order, those of lanes as lists behind the step that holds them."""
    found: list[object] = []
    for step in version.steps.filter(parent=parent, lane=lane).order_by("position"):
        found.append(step.kind)
        found += [drawn(version, step, name) for name in ("yes", "no", "a", "b") if step.children.filter(lane=name)]
    return found


def positions(version: AutomationVersion) -> list[int]:
    return list(version.steps.filter(parent=None).order_by("position").values_list("position", flat=True))


def without_ids(content: Any) -> Any:
    """A snapshot without the numbers of its rows, of which a copy has its own."""
    if isinstance(content, dict):
        return {key: without_ids(value) for key, value in content.items() if key != "id"}
    return [without_ids(value) for value in content] if isinstance(content, list) else content


def test_a_new_automation_has_never_run_and_has_a_first_draft(draft: AutomationVersion) -> None:
    assert (draft.number, draft.status, draft.trigger) == (1, "draft", "first_order")
    assert (draft.automation.status, draft.automation.priority) == ("draft", 60)


def test_only_those_who_may_write_automations_make_one() -> None:
    with pytest.raises(NotAllowed):
        versions.new_automation(name="x", trigger="first_order", by=staff("reader"))


def test_a_message_has_a_campaign_that_people_enter_one_by_one(draft: AutomationVersion) -> None:
    step = versions.add_step(draft, "message", message={"name": "감사합니다", "purpose": "ad", "holdout_percent": 5})

    campaign = Campaign.objects.get(automation_step=step)
    assert (campaign.name, campaign.purpose, campaign.entry) == ("감사합니다", "ad", "standing")
    assert (campaign.automation, campaign.holdout_percent, campaign.status) == (draft.automation, 0, "draft")


def test_steps_stand_where_they_were_put(draft: AutomationVersion) -> None:
    first = versions.add_step(draft, "wait", settings={"days": 1})
    asks = versions.add_step(draft, "only_if", segment=make_segment())
    versions.add_step(draft, "exit", parent=asks, lane="yes")
    versions.add_step(draft, "split", after=first, settings={"shares": {"a": 50, "b": 50}})
    versions.add_step(draft, "offer", position=1, points=100)

    assert drawn(draft) == ["offer", "wait", "split", "only_if", ["exit"]]
    assert positions(draft) == [1, 2, 3, 4]


def test_a_step_moves_with_what_stands_in_its_lanes(draft: AutomationVersion) -> None:
    asks = versions.add_step(draft, "only_if", segment=make_segment())
    versions.add_step(draft, "exit", parent=asks, lane="no")
    other = versions.add_step(draft, "split", settings={"shares": {"a": 50, "b": 50}})
    last = versions.add_step(draft, "wait", settings={"days": 1})

    versions.move_step(asks, parent=other, lane="b")
    versions.move_step(last, position=1)

    assert drawn(draft) == ["wait", "split", ["only_if", ["exit"]]]
    assert positions(draft) == [1, 2]


def test_steps_change_places_within_their_lane(draft: AutomationVersion) -> None:
    kinds = ("wait", "offer", "exit")
    one, _two, three = (versions.add_step(draft, kind) for kind in kinds)

    versions.move_step(one, after=three)
    assert drawn(draft) == ["offer", "exit", "wait"]

    versions.move_step(three, position=1)
    assert drawn(draft) == ["exit", "offer", "wait"]


def test_a_step_cannot_stand_inside_itself(draft: AutomationVersion) -> None:
    asks = versions.add_step(draft, "only_if", segment=make_segment())
    inside = versions.add_step(draft, "split", parent=asks, lane="yes", settings={"shares": {"a": 50, "b": 50}})

    with pytest.raises(NotAllowed):
        versions.move_step(asks, parent=inside, lane="a")

    assert drawn(draft) == ["only_if", ["split"]]


def test_a_step_goes_with_its_lanes_and_their_messages(draft: AutomationVersion) -> None:
    asks = versions.add_step(draft, "only_if", segment=make_segment())
    versions.add_step(draft, "message", parent=asks, lane="yes")
    kept = versions.add_step(draft, "message")

    versions.remove_step(asks)

    assert list(draft.steps.values_list("pk", "position")) == [(kept.pk, 1)]
    assert Campaign.objects.get().automation_step == kept


@pytest.mark.parametrize("act", ["add", "move", "remove", "change", "change version"])
def test_what_is_in_force_is_never_edited(act: str) -> None:
    version = automation_of(message(), wait(days=3)).live_version
    step = version.steps.get(kind="wait")
    acts = {
        "add": lambda: versions.add_step(version, "exit"),
        "move": lambda: versions.move_step(step, position=1),
        "remove": lambda: versions.remove_step(step),
        "change": lambda: versions.change_step(step, settings={"days": 4}),
        "change version": lambda: versions.change_version(version, trigger="signed_up"),
    }

    with pytest.raises(WrongVersionStatus):
        acts[act]()

    version.refresh_from_db()
    assert drawn(version) == ["message", "wait"]
    assert version.steps.get(kind="wait").settings == {"days": 3}
    assert version.trigger == "first_order"


def test_what_an_effect_is_measured_against_is_fixed_once_it_runs_and_its_name_is_not() -> None:
    automation = automation_of(message(), holdout_percent=10)

    versions.change_automation(automation, name="새 이름", note="왜", holdout_percent=10)
    with pytest.raises(NotAllowed):
        versions.change_automation(automation, holdout_percent=20)

    automation.refresh_from_db()
    assert (automation.name, automation.holdout_percent) == ("새 이름", 10)
    assert lifecycle.hold_what_changed() == []


def test_a_draft_is_a_whole_copy_of_what_is_in_force(draft: AutomationVersion) -> None:
    asks = versions.add_step(draft, "only_if", segment=make_segment())
    step = versions.add_step(draft, "message", parent=asks, lane="yes", message={"purpose": "ad"})
    say(step)
    add_fallback(step.campaign, make_text_account())
    versions.change_version(draft, exits=[{"is": "bought"}], reentry="every")
    automation = put_in_force(draft)

    copy = versions.draft_of(automation, by=staff("writer"))

    of_copy = copy.steps.get(kind="message")
    assert (copy.number, copy.status, copy.exits, copy.reentry) == (2, "draft", [{"is": "bought"}], "every")
    assert drawn(copy) == drawn(draft) == ["only_if", ["message"]]
    assert (of_copy.origin, of_copy.campaign.status) == (step, "draft")
    assert of_copy.campaign != step.campaign
    assert without_ids(snapshot(of_copy.campaign)) == without_ids(snapshot(step.campaign))


def test_there_is_one_draft_at_a_time() -> None:
    automation = automation_of(message())
    writer = staff("writer")

    assert versions.draft_of(automation, by=writer) == versions.draft_of(automation, by=writer)


def test_people_inside_move_to_the_copy_of_their_step_or_to_the_next_that_is_left() -> None:
    automation = automation_of(message(), wait(days=3), message(), wait(days=9))
    old = automation.live_version
    _first, pause, second, end = old.steps.order_by("position")
    waits, reads, ends = (enter(automation, make_customer(), at=NOON, step=step) for step in (pause, second, end))
    draft = versions.draft_of(automation, by=staff("writer"))
    versions.remove_step(draft.steps.get(origin=pause))
    versions.remove_step(draft.steps.get(origin=end))
    put_in_force(draft)

    assert versions.people_inside(old).count() == 3
    assert versions.move_people(old, draft) == 2

    copy = draft.steps.get(origin=second)
    moved = Journey.objects.filter(version=draft).order_by("pk").values_list("pk", "step", "due_at")
    assert list(moved) == [(waits.pk, copy.pk, NOON), (reads.pk, copy.pk, NOON)]
    assert list(versions.people_inside(old)) == [ends]


def test_people_move_over_more_than_one_version() -> None:
    automation = automation_of(message(), wait(days=3))
    oldest = automation.live_version
    enter(automation, make_customer(), at=NOON, step=oldest.steps.get(kind="wait"))
    for _number in range(2):
        newest = versions.draft_of(automation, by=staff("writer"))
        automation = put_in_force(newest)

    assert versions.move_people(oldest, newest) == 1
    assert Journey.objects.get().step == newest.steps.get(kind="wait")
