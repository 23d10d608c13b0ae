"""What would happen to one customer, and what would have happened in the last months; neither writes anything."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.utils import translation

from campaigns.automation.back_test import back_test
from campaigns.automation.dry_run import dry_run
from campaigns.models import Enrollment, Journey, Message
from customers import stats
from customers.models import Customer
from tests.campaigns.automation.making import automation_of, message, wait
from tests.factories import make_customer, make_order, make_reachable_customer, make_segment

START = datetime(2026, 3, 3, 5, tzinfo=UTC)
DAY = timedelta(days=1)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_third_of_march")]


@pytest.fixture
def on_the_third_of_march() -> object:
    with time_machine.travel(START, tick=False), translation.override("en"):
        yield


def test_a_dry_run_says_each_moment_and_writes_nothing() -> None:
    automation = automation_of(
        message(), wait(days=3, at="10:00"), message(), ("offer", {"points": 500}), exits=[{"is": "bought"}]
    )

    run = dry_run(automation.live_version, make_reachable_customer(), now=START)

    tenth = datetime(2026, 3, 6, 1, tzinfo=UTC)
    assert (run.refusal, run.last_at) == ("", None)
    assert [(moment.at, moment.kind) for moment in run.moments] == [
        (START, "enter"),
        (START, "message"),
        (START, "wait"),
        (tenth, "message"),
        (tenth, "offer"),
        (tenth, "finish"),
    ]
    assert run.moments[1].words == "“감사합니다” by e-mail"
    assert run.moments[3].why == "unless the customer before then: buys something"
    assert run.moments[4].words == "gets 500 points"
    assert (Journey.objects.count(), Enrollment.objects.count(), Message.objects.count()) == (0, 0, 0)


def test_a_dry_run_goes_by_the_facts_of_today_and_says_what_the_gate_would() -> None:
    vip = make_segment({"is": "order_count", "op": "at_least", "value": 3}, name="VIP")
    automation = automation_of(
        ("only_if", {"segment": vip, "lanes": {"yes": [("exit", {})], "no": [message()]}}), message(purpose="info")
    )

    moments = dry_run(automation.live_version, make_customer(), now=START).moments

    assert [(each.kind, each.words) for each in moments[1:]] == [
        ("only_if", "in “VIP”: no"),
        ("message", "“감사합니다” would not be sent"),
        ("message", "“감사합니다” by e-mail"),
        ("finish", "is at the end"),
    ]
    assert moments[2].why == "no consent"


def test_a_dry_run_says_why_the_customer_would_not_enter() -> None:
    automation = automation_of(message(), segment=make_segment({"is": "order_count", "op": "at_least", "value": 1}))
    automation.refresh_from_db()

    assert dry_run(automation.live_version, make_customer(), now=START).refusal.startswith("The customer is not among")


def bought(*, first: datetime, **more: object) -> Customer:
    customer = make_reachable_customer()
    make_order(customer, placed_at=first)
    for at in more.values():
        make_order(customer, placed_at=at)
    stats.refresh([customer.pk])
    return customer


def test_a_back_test_counts_who_would_have_entered_and_who_would_have_left_before_each_message() -> None:
    automation = automation_of(message(), wait(days=3), message(), exits=[{"is": "bought"}])
    bought(first=START - 10 * DAY)
    bought(first=START - 10 * DAY, again=START - 8 * DAY)
    bought(first=START - 5 * DAY, again=START - DAY)
    bought(first=START - DAY)
    bought(first=START - 120 * DAY)

    found = back_test(automation.live_version, now=START, days=90)

    assert (found.entered, found.customers, found.looked_at, found.not_asked) == (4, 4, 4, [])
    assert [row for row in found.by_day if row[1]] == [
        (date(2026, 2, 21), 2),
        (date(2026, 2, 26), 1),
        (date(2026, 3, 2), 1),
    ]
    assert len(found.by_day) == 90
    assert [(each.reached, each.left, each.later) for each in found.messages] == [(4, 0, 0), (3, 1, 1)]


@pytest.mark.parametrize(("reentry", "entered"), [("never", 1), ("after_days", 2), ("every", 3)])
def test_a_back_test_lets_each_customer_in_as_often_as_may_be(reentry: str, entered: int) -> None:
    automation = automation_of(message(), trigger="every_order", reentry=reentry, reentry_days=30)
    bought(first=START - 60 * DAY, soon=START - 50 * DAY, later=START - 20 * DAY)

    assert back_test(automation.live_version, now=START).entered == entered
