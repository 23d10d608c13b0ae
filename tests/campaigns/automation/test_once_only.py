"""What nobody gets twice: by two entries on one day, or by a step that stands elsewhere in the next version."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import pytest
import time_machine
from django.db import connection, transaction

from campaigns.automation import versions, walking
from campaigns.models import Automation, AutomationStep, FrequencyCap, Message
from campaigns.pipeline import dispatch
from customers.models import Customer
from loyalty.models import IssuedCoupon
from tests.campaigns.automation.making import automation_of, enter, message, put_in_force, staff, story, wait
from tests.factories import make_coupon, make_reachable_customer

# Tuesday, 3 March 2026, 14:00 in Seoul.
START = datetime(2026, 3, 3, 5, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_third_of_march")]


@pytest.fixture
def on_the_third_of_march() -> object:
    with time_machine.travel(START, tick=False):
        yield


def walk_and_send(at: datetime) -> None:
    with time_machine.travel(at):
        walking.walk_due(at)
        dispatch.dispatch_due()


@pytest.mark.parametrize("later", [timedelta(), HOUR], ids=["at one moment", "an hour later"])
def test_entering_twice_on_a_day_does_not_bring_more_advertising_than_the_cap(later: timedelta, outbox: Path) -> None:
    FrequencyCap.objects.create(most=1, days=1)
    automation = automation_of(message(), reentry="every")
    customer = make_reachable_customer()
    for at in (START, START + later):
        enter(automation, customer, at=at)

    walk_and_send(START)
    walk_and_send(START + HOUR)

    first, second = Message.objects.order_by("pk").values_list("status", "skip_reason")
    assert first == ("sent", "")
    assert second[0] != "sent"
    assert second[1] == "FREQ_CAP"


def moved_behind_the_last(automation: Automation, kind: str) -> None:
    """A next version in which the first step of the kind comes last, and everybody inside goes on in that."""
    old = automation.live_version
    draft = versions.draft_of(automation, by=staff("writer"))
    steps = draft.steps.filter(kind=kind).order_by("position")
    versions.move_step(steps[0], after=AutomationStep.objects.filter(version=draft).order_by("position").last())
    automation = put_in_force(draft)
    assert versions.move_people(old, draft) == 1


def test_a_message_taken_before_people_moved_over_is_not_sent_where_its_copy_stands_later() -> None:
    automation = automation_of(message(), wait(days=1), message())
    journey = enter(automation, make_reachable_customer(), at=START)
    walking.walk_due(START)

    moved_behind_the_last(automation, "message")
    walking.walk_due(START + DAY)

    journey.refresh_from_db()
    assert story(journey)[2:] == [("message", "planned"), ("message", "skipped")]
    assert (journey.status, Message.objects.count()) == ("finished", 2)


def test_a_coupon_given_before_people_moved_over_is_not_given_again() -> None:
    coupon = make_coupon(per_customer_limit=None)
    automation = automation_of(("offer", {"coupon": coupon, "points": 100}), wait(days=1), message())
    journey = enter(automation, make_reachable_customer(is_demo=True), at=START)
    walking.walk_due(START)

    moved_behind_the_last(automation, "offer")
    walking.walk_due(START + DAY)

    assert story(journey)[2:] == [("message", "planned"), ("offer", "not_given")]
    assert IssuedCoupon.objects.count() == 1


def test_two_journeys_of_one_customer_get_no_more_coupons_than_one_may_use() -> None:
    coupon = make_coupon(per_customer_limit=1)
    automation = automation_of(("offer", {"coupon": coupon}), message(), reentry="every")
    customer = make_reachable_customer(is_demo=True)
    journeys = [enter(automation, customer, at=START) for _order in range(2)]

    walking.walk_due(START)

    assert sorted(story(journey)[0][1] for journey in journeys) == ["given", "not_given"]
    assert IssuedCoupon.objects.filter(customer=customer).count() == 1


@pytest.mark.django_db(transaction=True)
def test_whoever_is_being_merged_or_erased_is_passed_over_and_holds_nobody_up() -> None:
    automation = automation_of(message())
    busy, other = make_reachable_customer(), make_reachable_customer()
    journeys = {customer: enter(automation, customer, at=START) for customer in (busy, other)}
    is_held, may_go = Event(), Event()

    def merging() -> None:
        with transaction.atomic():
            Customer.objects.select_for_update().get(pk=busy.pk)
            is_held.set()
            may_go.wait(timeout=10)
        connection.close()

    merger = Thread(target=merging)
    merger.start()
    try:
        assert is_held.wait(timeout=10)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
        assert walking.walk_due(START) == 1
    finally:
        may_go.set()
        merger.join()
        connection.close()

    assert (story(journeys[busy]), story(journeys[other])) == ([], [("message", "planned")])
    assert walking.walk_due(START) == 1
