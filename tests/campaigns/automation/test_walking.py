"""Journeys take the steps that are due, each once, and count from when a step was due."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.db.models import Count
from django.utils import translation

from campaigns import experiments
from campaigns.automation import counting, lifecycle, versions, walking
from campaigns.errors import JourneysHeldUp
from campaigns.models import Campaign, Enrollment, Journey, Message, StepCount, StepTaken
from campaigns.pipeline import dispatch
from crm_project.models import Kick
from customers import stats
from customers.models import Customer, Segment
from tests.campaigns.automation.making import (
    MAY_STOP,
    automation_of,
    enter,
    message,
    put_in_force,
    staff,
    story,
    wait,
)
from tests.factories import make_customer, make_order, make_reachable_customer, make_segment

# Tuesday, 3 March 2026, 14:00 in Seoul.
START = datetime(2026, 3, 3, 5, tzinfo=UTC)
DAY = timedelta(days=1)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_third_of_march")]


@pytest.fixture
def on_the_third_of_march() -> object:
    with time_machine.travel(START, tick=False):
        yield


def test_immediate_steps_are_taken_in_one_run_and_a_wait_ends_it() -> None:
    automation = automation_of(message(), wait(days=3, at="10:00"), message())
    journey = enter(automation, make_reachable_customer(), at=START)

    assert walking.walk_due(START) == 1

    journey.refresh_from_db()
    assert story(journey) == [("message", "planned"), ("wait", "waited")]
    assert (journey.status, journey.step.kind) == ("inside", "message")
    assert journey.due_at == datetime(2026, 3, 6, 1, tzinfo=UTC)
    sent = Message.objects.get()
    assert (sent.status, sent.enrollment.entry_key) == ("planned", f"journey/{journey.pk}")
    assert Kick.objects.filter(job="campaigns.tasks.dispatch_messages").exists()
    assert walking.walk_due(START + 2 * DAY) == 0


def test_the_next_step_counts_from_when_the_step_before_was_due_not_from_when_a_worker_came_by() -> None:
    automation = automation_of(message(), wait(days=1), message(), wait(days=1), message())
    journey = enter(automation, make_reachable_customer(), at=START)
    late = timedelta(hours=5)

    walking.walk_due(START + late)
    walking.walk_due(START + DAY + late)

    journey.refresh_from_db()
    assert journey.due_at == START + 2 * DAY
    assert [taken.due_at for taken in journey.taken.order_by("pk")] == [START, START, START + DAY, START + DAY]


def test_at_the_end_of_the_path_the_journey_is_finished() -> None:
    journey = enter(automation_of(message()), make_reachable_customer(), at=START)

    walking.walk_due(START)

    journey.refresh_from_db()
    assert (journey.status, journey.step, journey.due_at, journey.ended_at) == ("finished", None, None, START)


def test_a_condition_is_asked_now_whatever_the_members_of_its_segment_are() -> None:
    twice = make_segment({"is": "order_count", "op": "at_least", "value": 2})
    lanes = {"yes": [message()], "no": [("exit", {})]}
    automation = automation_of(("only_if", {"segment": twice, "lanes": lanes}), message())
    regular, newcomer = make_reachable_customer(), make_reachable_customer()
    give_orders(regular, 2)
    journeys = [enter(automation, customer, at=START) for customer in (regular, newcomer)]

    walking.walk_due(START)

    assert [story(journey) for journey in journeys] == [
        [("only_if", "yes"), ("message", "planned"), ("message", "planned")],
        [("only_if", "no"), ("exit", "left")],
    ]
    journeys[1].refresh_from_db()
    assert (journeys[1].status, journeys[1].end_reason) == ("finished", "exit_step")


def test_whoever_is_led_out_keeps_the_message_that_is_on_its_way(outbox: Path) -> None:
    journey = enter(automation_of(message(), ("exit", {}), message()), make_reachable_customer(), at=START)

    walking.walk_due(START)
    with time_machine.travel(START + timedelta(minutes=1)):
        dispatch.dispatch_due()

    journey.refresh_from_db()
    assert (journey.status, journey.end_reason) == ("finished", "exit_step")
    assert list(Message.objects.values_list("status", flat=True)) == ["sent"]


def give_orders(customer: Customer, count: int) -> None:
    for _number in range(count):
        make_order(customer, placed_at=START - DAY)
    stats.refresh([customer.pk])


def test_a_rule_that_cannot_be_asked_holds_up_its_step_and_nothing_else() -> None:
    broken = make_segment()
    stuck = automation_of(("only_if", {"segment": broken, "lanes": {}}), message())
    fine = automation_of(message())
    Segment.objects.filter(pk=broken.pk).update(rule={"is": "nothing anybody knows"})
    held = enter(stuck, make_reachable_customer(), at=START)
    going = enter(fine, make_reachable_customer(), at=START)

    with pytest.raises(JourneysHeldUp):
        walking.walk_due(START)

    held.refresh_from_db()
    going.refresh_from_db()
    assert (held.status, held.due_at, going.status) == ("inside", START, "finished")


def test_lanes_of_a_split_are_drawn_by_share_and_stay_the_same_in_the_next_version() -> None:
    step = ("split", {"settings": {"shares": {"a": 50, "b": 50}}, "lanes": {"a": [("exit", {})]}})
    automation = automation_of(step, message())
    customers = [make_customer() for _number in range(60)]
    first = [enter(automation, customer, at=START) for customer in customers]
    walking.walk_due(START)
    by = staff("writer")
    put_in_force(versions.draft_of(automation, by=by))
    automation.refresh_from_db()

    again = [enter(automation, customer, at=START) for customer in customers]
    walking.walk_due(START)

    lanes = [journey.taken.get(step__kind="split").lane for journey in first]
    assert 18 < lanes.count("a") < 42
    assert [journey.taken.get(step__kind="split").lane for journey in again] == lanes


def test_the_gate_says_why_somebody_gets_no_message_and_the_way_goes_on() -> None:
    automation = automation_of(message(), wait(days=1), message())
    journey = enter(automation, make_customer(), at=START)

    walking.walk_due(START)

    assert story(journey) == [("message", "skipped"), ("wait", "waited")]
    assert Message.objects.get().skip_reason == "NO_CONSENT"


def test_two_customers_of_one_mailbox_both_get_what_each_of_them_entered_for() -> None:
    automation = automation_of(message())
    for _number in range(2):
        enter(automation, make_reachable_customer(email="family@example.com"), at=START)

    walking.walk_due(START)

    assert list(Message.objects.values_list("status", "skip_reason")) == [("planned", ""), ("planned", "")]


def test_one_customer_inside_twice_gets_a_message_for_each_journey() -> None:
    automation = automation_of(message(), reentry="every")
    customer = make_reachable_customer()
    journeys = [enter(automation, customer, at=START) for _order in range(2)]

    walking.walk_due(START)

    assert [story(journey) for journey in journeys] == [[("message", "planned")]] * 2
    assert Enrollment.objects.count() == Message.objects.count() == 2


def test_the_holdout_walks_along_and_gets_information_only() -> None:
    automation = automation_of(message(), message(purpose="info"), holdout_percent=50)
    advertising = Campaign.objects.get(purpose="ad")
    made = [make_reachable_customer().pk for _number in range(30)]
    drawn = Customer.objects.filter(pk__in=made).annotate(is_held=experiments.is_control(advertising))
    journeys = [enter(automation, customer, at=START, is_control=customer.is_held) for customer in drawn]

    walking.walk_due(START)

    for journey in journeys:
        first = "held_out" if journey.is_control else "planned"
        assert story(journey) == [("message", first), ("message", "planned")]
    held = sum(journey.is_control for journey in journeys)
    assert 0 < held < 30
    assert Enrollment.objects.filter(is_control=True, campaign=advertising).count() == held
    assert not Enrollment.objects.filter(is_control=True).exclude(campaign=advertising).exists()


def test_a_message_that_is_too_late_is_left_out_and_the_way_goes_on() -> None:
    automation = automation_of(message(), wait(days=2), message(), latest_start_hours=24)
    journey = enter(automation, make_reachable_customer(), at=START)

    walking.walk_due(START + timedelta(hours=25))

    journey.refresh_from_db()
    assert story(journey) == [("message", "too_late"), ("wait", "waited")]
    assert (journey.due_at, Message.objects.count()) == (START + 2 * DAY, 0)


def test_nobody_walks_while_the_automation_is_paused() -> None:
    automation = automation_of(message())
    journey = enter(automation, make_reachable_customer(), at=START)
    lifecycle.pause(automation, by=staff("stopper", *MAY_STOP), reason="a wrong price")

    assert walking.walk_due(START) == 0

    assert story(journey) == []


def test_journeys_wait_at_a_message_that_is_paused_and_the_page_can_say_why() -> None:
    automation = automation_of(wait(hours=1), message())
    journey = enter(automation, make_reachable_customer(), at=START - timedelta(hours=1))
    Campaign.objects.update(status="paused", status_reason="the account was refused")

    walking.walk_due(START)

    journey.refresh_from_db()
    assert (story(journey), journey.status) == ([("wait", "waited")], "inside")
    with translation.override("en"):
        assert walking.waiting_for(automation.live_version) == {journey.step_id: "paused: the account was refused"}


def test_people_inside_a_replaced_version_finish_it() -> None:
    automation = automation_of(message(), wait(days=1), message())
    journey = enter(automation, make_reachable_customer(), at=START)
    old = automation.live_version
    walking.walk_due(START)
    put_in_force(versions.draft_of(automation, by=staff("writer")))

    walking.walk_due(START + DAY)

    journey.refresh_from_db()
    assert (journey.status, journey.version, Message.objects.count()) == ("finished", old, 2)


def test_people_who_moved_over_go_on_in_the_new_version() -> None:
    automation = automation_of(message(), wait(days=1), message())
    journey = enter(automation, make_reachable_customer(), at=START)
    old = automation.live_version
    walking.walk_due(START)
    automation = put_in_force(versions.draft_of(automation, by=staff("writer")))
    assert versions.move_people(old, automation.live_version) == 1

    walking.walk_due(START + DAY)

    journey.refresh_from_db()
    assert (journey.status, journey.version) == ("finished", automation.live_version)
    assert set(journey.taken.values_list("step__version", flat=True)) == {old.pk, automation.live_version.pk}


@pytest.mark.parametrize("gone", ["erased", "merged"])
def test_the_journey_of_somebody_who_is_no_more_ends(gone: str) -> None:
    customer, other = make_reachable_customer(), make_customer()
    journey = enter(automation_of(message()), customer, at=START)
    changes = {"erased": {"erased_at": START}, "merged": {"merged_into": other}}
    Customer.objects.filter(pk=customer.pk).update(**changes[gone])

    walking.walk_due(START)

    journey.refresh_from_db()
    assert (journey.status, journey.end_reason, Message.objects.count()) == ("exited", gone, 0)


def test_a_chunk_takes_as_many_queries_however_many_walk(django_assert_max_num_queries: object) -> None:
    automation = automation_of(message(), wait(days=1), message())
    for _number in range(15):
        enter(automation, make_reachable_customer(), at=START)

    with django_assert_max_num_queries(50):
        assert walking.walk_due(START) == 15

    assert StepTaken.objects.count() == 30
    assert Journey.objects.filter(status="inside", due_at=START + DAY).count() == 15


def test_counts_of_steps_are_those_of_the_steps_taken_also_once_they_are_added_up() -> None:
    automation = automation_of(wait(days=1), message())
    for days in (0, 1):
        enter(automation, make_customer(), at=START)
        walking.walk_due(START + timedelta(days=days))

    steps = automation.live_version.steps.order_by("position").values_list("pk", flat=True)
    before, parts = counting.counted(steps), StepCount.objects.count()
    counting.add_up()

    taken = StepTaken.objects.values_list("step", "outcome", "lane").annotate(n=Count("pk"))
    assert sorted(before) == sorted(counting.counted(steps)) == sorted(taken)
    assert (parts, StepCount.objects.count()) == (4, 2)
