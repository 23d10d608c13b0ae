"""Who enters an automation: each once for one thing, as often as it says, in time, and by its group and holdout."""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from campaigns import experiments
from campaigns.automation import entering, entering_in_turn, lifecycle, versions
from campaigns.models import Automation, AutomationVersion, Journey
from campaigns.triggers.base import Window
from customers.models import Customer, CustomerStats, Order
from customers.segments import uploaded_lists
from tests.campaigns.automation.making import MAY_STOP, automation_of, message, staff, wait
from tests.factories import make_customer, make_order, make_segment, make_user

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EVERY, NEVER, AFTER_DAYS = "every", "never", "after_days"


def running(**terms: object) -> Automation:
    """An automation that waits, as if it had been approved; it counts what happens from noon."""
    given = {"name": "첫 구매 감사", "trigger": "first_order"} | terms
    automation = versions.new_automation(by=None, **given)
    version = automation.versions.get()
    versions.add_step(version, "wait", settings={"days": 3})
    AutomationVersion.objects.filter(pk=version.pk).update(status="live")
    return counting_from_noon(automation, status="active", live_version=version)


def counting_from_noon(automation: Automation, **changes: object) -> Automation:
    Automation.objects.filter(pk=automation.pk).update(begins_at=NOON, read_until=NOON, **changes)
    automation.refresh_from_db()
    return automation


def of_every_order(**terms: object) -> Automation:
    return running(**{"trigger": "every_order", "reentry": EVERY} | terms)


def buy(customer: Customer, at: datetime, *, count: int = 1) -> Order:
    """An order, known to the sums as it is after ingest; `count` is how many the customer is said to have."""
    order = make_order(customer, placed_at=at)
    stats, _is_new = CustomerStats.objects.get_or_create(customer=customer, defaults={"first_order_at": at})
    CustomerStats.objects.filter(pk=stats.pk).update(order_count=count)
    return order


def outcomes(automation: Automation) -> list[tuple[int, str]]:
    """Who has a journey, and how it stands."""
    return list(automation.journeys.order_by("customer", "anchor_at").values_list("customer", "status"))


def test_who_buys_for_the_first_time_enters_with_the_first_step_due_when_it_happened() -> None:
    automation = running()
    customer = make_customer()
    order = buy(customer, NOON + HOUR)

    assert entering.enter(automation, NOON + 2 * HOUR) == 1

    journey = Journey.objects.get()
    first = automation.live_version.steps.get(position=1)
    assert (journey.customer, journey.version, journey.step) == (customer, automation.live_version, first)
    assert (journey.anchor_at, journey.due_at, journey.status) == (NOON + HOUR, NOON + HOUR, "inside")
    assert (journey.entered_at, journey.ended_at, journey.entry_key) == (NOON + 2 * HOUR, None, f"first/{order.pk}")


def test_what_was_read_is_never_read_as_new() -> None:
    automation = running()
    buy(make_customer(), NOON + HOUR)
    entering.enter(automation, NOON + 2 * HOUR)

    assert [entering.enter(automation, NOON + number * HOUR) for number in (2, 3, 20, 40)] == [0, 0, 0, 0]

    automation.refresh_from_db()
    assert Journey.objects.count() == 1
    assert automation.read_until == NOON + 40 * HOUR


def test_what_happened_before_it_began_makes_nobody_enter() -> None:
    automation = running()
    buy(make_customer(), NOON - HOUR)
    buy(make_customer(), NOON)

    assert entering.enter(automation, NOON + HOUR) == 0
    assert not Journey.objects.exists()


def test_what_was_stored_late_is_caught_up_while_it_is_in_time() -> None:
    automation = running()
    entering.enter(automation, NOON + 5 * HOUR)
    buy(make_customer(), NOON + HOUR)

    assert entering.enter(automation, NOON + 6 * HOUR) == 1
    assert Journey.objects.get().due_at == NOON + HOUR


def test_after_an_outage_of_two_days_who_is_in_time_enters_and_who_is_not_is_listed() -> None:
    automation = running(latest_start_hours=24)
    late, at_the_last_moment, in_time = make_customer(), make_customer(), make_customer()
    entering.enter(automation, NOON + HOUR)
    buy(late, NOON + 3 * HOUR)
    buy(at_the_last_moment, NOON + DAY + HOUR)
    buy(in_time, NOON + 2 * DAY)

    assert entering.enter(automation, NOON + 2 * DAY + HOUR) == 2
    assert entering.enter(automation, NOON + 2 * DAY + 2 * HOUR) == 0

    assert outcomes(automation) == [(late.pk, "too_late"), (at_the_last_moment.pk, "inside"), (in_time.pk, "inside")]
    listed = Journey.objects.get(status="too_late")
    assert (listed.step, listed.due_at, listed.ended_at) == (None, None, NOON + 2 * DAY + HOUR)


def test_erased_and_merged_customers_never_enter() -> None:
    automation = running()
    kept = make_customer()
    buy(make_customer(erased_at=NOON), NOON + HOUR)
    buy(make_customer(merged_into=kept), NOON + HOUR)

    assert entering.enter(automation, NOON + 2 * HOUR) == 0


@pytest.mark.parametrize(
    ("terms", "hours_of_orders", "entered"),
    [
        ({"reentry": EVERY}, [1, 2, 30], [1, 2, 30]),
        ({"reentry": NEVER}, [1, 2, 30], [1]),
        ({"reentry": AFTER_DAYS, "reentry_days": 1}, [1, 24, 25, 26], [1, 25]),
        ({"reentry": AFTER_DAYS, "reentry_days": 1}, [1, 20, 40, 60], [1, 40]),
    ],
)
@pytest.mark.parametrize("reads", [(2, 24, 25, 31, 40, 61), (61,)])
def test_how_often_a_customer_enters_does_not_depend_on_when_it_is_read(
    terms: dict[str, object], hours_of_orders: list[int], entered: list[int], reads: Sequence[int]
) -> None:
    automation = of_every_order(latest_start_hours=100, **terms)
    customer = make_customer()
    for hour in hours_of_orders:
        buy(customer, NOON + hour * HOUR)

    for hour in reads:
        entering.enter(automation, NOON + hour * HOUR)

    assert [(row.anchor_at - NOON) / HOUR for row in Journey.objects.order_by("anchor_at")] == entered


def test_who_was_too_late_was_never_inside_and_may_enter_by_the_next() -> None:
    automation = of_every_order(reentry=NEVER, latest_start_hours=24)
    customer = make_customer()
    buy(customer, NOON + HOUR)
    buy(customer, NOON + 2 * DAY)

    assert entering.enter(automation, NOON + 2 * DAY + HOUR) == 1
    assert outcomes(automation) == [(customer.pk, "too_late"), (customer.pk, "inside")]


def test_only_whom_the_rules_find_now_enters_whoever_was_a_member_at_the_last_refresh() -> None:
    guest, other = make_customer(), make_customer()
    guests = uploaded_lists.put_down("초대 손님", [guest.pk], by=make_user("host"))
    segment = make_segment({"is": "on_list", "op": "in", "value": [guests.pk]})
    automation = running(segment=segment)
    for customer in (guest, other):
        buy(customer, NOON + HOUR)

    assert entering.enter(automation, NOON + 2 * HOUR) == 1
    assert outcomes(automation) == [(guest.pk, "inside")]


def test_those_of_the_excluded_segment_stay_outside() -> None:
    big = make_segment({"is": "order_count", "op": "at_least", "value": 5})
    automation = running(excluded_segment=big)
    one, many = make_customer(), make_customer()
    buy(one, NOON + HOUR)
    buy(many, NOON + HOUR, count=5)

    assert entering.enter(automation, NOON + 2 * HOUR) == 1
    assert outcomes(automation) == [(one.pk, "inside")]


def test_a_segment_that_is_switched_off_keeps_its_last_members() -> None:
    segment = make_segment(is_active=False)
    member, other = make_customer(), make_customer()
    segment.members.add(member)
    automation = running(segment=segment)
    for customer in (member, other):
        buy(customer, NOON + HOUR)

    assert entering.enter(automation, NOON + 2 * HOUR) == 1
    assert outcomes(automation) == [(member.pk, "inside")]


@pytest.mark.parametrize(
    ("priority_inside", "priority_new", "of_inside", "of_new"),
    [(50, 60, "exited", "inside"), (60, 50, "inside", "gave_way"), (50, 50, "inside", "gave_way")],
)
def test_of_a_group_the_more_important_wins_and_of_equals_the_one_that_was_first(
    priority_inside: int, priority_new: int, of_inside: str, of_new: str
) -> None:
    earlier = running(name="먼저", exclusion_group="첫 달", priority=priority_inside)
    customer = make_customer()
    buy(customer, NOON + HOUR)
    entering.enter(earlier, NOON + 2 * HOUR)
    later = running(name="나중", exclusion_group="첫 달", priority=priority_new)

    entering.enter(later, NOON + 3 * HOUR)

    assert outcomes(earlier) == [(customer.pk, of_inside)]
    assert outcomes(later) == [(customer.pk, of_new)]
    reasons = set(Journey.objects.exclude(status="inside").values_list("end_reason", flat=True))
    assert reasons == {"gave_way"}


def test_a_customer_is_beside_automations_of_other_groups_and_of_none() -> None:
    automations = [running(name=name, exclusion_group=group) for name, group in (("a", ""), ("b", "x"), ("c", "y"))]
    buy(make_customer(), NOON + HOUR)

    assert entering_in_turn.enter_due(NOON + 2 * HOUR) == 3
    assert [outcomes(each)[0][1] for each in automations] == ["inside"] * 3


def test_the_holdout_is_drawn_alike_for_journeys_and_for_the_gate_of_each_message() -> None:
    automation = counting_from_noon(automation_of(message(), wait(days=3), message(), holdout_percent=50))
    for _number in range(40):
        buy(make_customer(), NOON + HOUR)

    entering.enter(automation, NOON + 2 * HOUR)

    held_out = set(Journey.objects.filter(is_control=True).values_list("customer", flat=True))
    assert 8 < len(held_out) < 32
    for campaign in automation.campaigns.all():
        by_gate = Customer.objects.annotate(held=experiments.is_control(campaign)).filter(held=True)
        assert set(by_gate.values_list("pk", flat=True)) == held_out


def test_nobody_enters_while_it_is_paused_and_what_is_in_time_is_caught_up() -> None:
    automation = counting_from_noon(automation_of(message()))
    boss = staff("boss", *MAY_STOP)
    lifecycle.pause(automation, by=boss)
    buy(make_customer(), NOON + HOUR)

    assert entering_in_turn.enter_due(NOON + 2 * HOUR) == 0

    lifecycle.resume(automation, by=boss)
    assert entering_in_turn.enter_due(NOON + 3 * HOUR) == 1


def test_one_automation_that_cannot_be_asked_keeps_nobody_out_of_the_others() -> None:
    broken, sound = running(name="broken", priority=90), running(name="sound")
    AutomationVersion.objects.filter(pk=broken.live_version_id).update(trigger="no_such_trigger")
    buy(make_customer(), NOON + HOUR)

    with pytest.raises(ExceptionGroup) as raised:
        entering_in_turn.enter_due(NOON + 2 * HOUR)

    assert [error.__notes__ for error in raised.value.exceptions] == [[f"automation {broken.pk}: broken"]]
    assert len(outcomes(sound)) == 1
    assert outcomes(broken) == []


def test_the_back_test_finds_in_history_those_who_would_have_entered() -> None:
    automation = running(excluded_segment=make_segment({"is": "order_count", "op": "at_least", "value": 5}))
    one, many, before = make_customer(), make_customer(), make_customer()
    order = buy(one, NOON - 10 * DAY)
    buy(many, NOON - 10 * DAY, count=5)
    buy(before, NOON - 100 * DAY)

    found = entering.candidates(automation.live_version, Window(since=NOON - 90 * DAY, until=NOON, now=NOON))

    with connection.cursor() as cursor:
        cursor.execute(found.sql, found.parameters)
        assert [row[:3] for row in cursor.fetchall()] == [(one.pk, NOON - 10 * DAY, f"first/{order.pk}")]


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_at_once_only_one_lets_somebody_in() -> None:
    automation = running(exclusion_group="첫 달")
    rival = running(name="rival", exclusion_group="첫 달")
    for _number in range(20):
        buy(make_customer(), NOON + HOUR)
    begin = threading.Barrier(2)

    def work(automations: list[Automation]) -> None:
        begin.wait()
        try:
            for each in automations:
                entering.enter(each, NOON + 2 * HOUR)
        finally:
            connection.close()

    workers = [threading.Thread(target=work, args=[order]) for order in ([automation, rival], [rival, automation])]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    inside = Journey.objects.filter(status="inside")
    assert inside.count() == inside.values("customer").distinct().count() == 20
    assert Journey.objects.filter(status="gave_way").count() == 20


@pytest.mark.django_db(transaction=True)
def test_who_is_being_merged_keeps_nobody_waiting_and_enters_the_next_time() -> None:
    automation = running()
    merged, other = make_customer(), make_customer()
    for customer in (merged, other):
        buy(customer, NOON + HOUR)
    held, done = threading.Event(), threading.Event()

    def merge() -> None:
        try:
            with transaction.atomic():
                Customer.objects.select_for_update().get(pk=merged.pk)
                held.set()
                done.wait(20)
        finally:
            connection.close()

    merging = threading.Thread(target=merge)
    merging.start()
    held.wait(20)
    first = entering.enter(automation, NOON + 2 * HOUR)
    done.set()
    merging.join()
    second = entering.enter(automation, NOON + 3 * HOUR)

    assert (first, second) == (1, 1)
    assert outcomes(automation) == [(merged.pk, "inside"), (other.pk, "inside")]


class EnteringAgainstAModel(TestCase):
    """Orders at any hours, read at any hours: who enters is what a plain loop over the orders says."""

    @settings(max_examples=10, deadline=None)
    @given(
        orders=st.lists(st.integers(1, 120), min_size=1, max_size=6, unique=True),
        reads=st.lists(st.integers(1, 130), max_size=5),
        reentry=st.sampled_from([EVERY, NEVER, AFTER_DAYS]),
        days=st.integers(1, 3),
    )
    def test_entries_are_those_of_a_plain_loop(
        self, orders: list[int], reads: list[int], reentry: str, days: int
    ) -> None:
        automation = of_every_order(
            name=f"{orders} {reads}", reentry=reentry, reentry_days=days, latest_start_hours=24 * 30
        )
        customer = make_customer()
        for hour in orders:
            buy(customer, NOON + hour * HOUR)

        for hour in [*sorted(reads), 130]:
            entering.enter(automation, NOON + hour * HOUR)

        wanted: list[int] = []
        for hour in sorted(orders):
            again = {EVERY: True, NEVER: False, AFTER_DAYS: bool(wanted) and hour - wanted[-1] >= 24 * days}[reentry]
            if not wanted or again:
                wanted.append(hour)
        entered = automation.journeys.order_by("anchor_at").values_list("anchor_at", flat=True)
        assert [(at - NOON) / HOUR for at in entered] == wanted


@pytest.mark.django_db(transaction=True)
def test_what_a_worker_lays_down_for_an_entry_does_not_grow_with_its_connection() -> None:
    automation = of_every_order()
    for hour in range(1, 4):
        buy(make_customer(), NOON + hour * HOUR)
        entering.enter(automation, NOON + hour * HOUR + HOUR)

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_relation_size('automation_came')")
        assert cursor.fetchone() == (0,)
    assert len(outcomes(automation)) == 3
