"""What the product advises by itself, with exact numbers, and what nobody is told."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from analytics.advice import asking, putting_away
from analytics.advice.adviser import ADVISERS, Finding
from analytics.advice.campaigns_sent import is_above_usual
from analytics.advice.upkeep import Group, has_fallen
from analytics.models import CampaignDay, KeptFigures, PutAwayAdvice
from campaigns.models import Automation, AutomationStep, AutomationVersion, Campaign, Journey
from customers import stats
from customers.models import CategoryCycle, ConsentEntry, NoticeDuty, Segment
from loyalty.models import CouponIssue, IssuedCoupon
from tests.factories import (
    make_coupon,
    make_customer,
    make_order,
    make_response,
    make_running_campaign,
    make_segment,
    make_survey,
    make_user,
    set_consent,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english", "_a_saturday")]

NOW = datetime(2026, 11, 21, 9, tzinfo=ZoneInfo("Asia/Seoul"))


@pytest.fixture
def _a_saturday() -> None:
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield


def ask(key: str) -> list[Finding]:
    return ADVISERS[key].ask(timezone.localdate())


def automation(trigger: str = "first_order", **given: object) -> AutomationVersion:
    running = Automation.objects.create(name="첫 구매 뒤", status=Automation.Status.ACTIVE)
    terms = {"trigger": trigger, "status": AutomationVersion.Status.LIVE, "live_from": NOW - timedelta(days=20)}
    return AutomationVersion.objects.create(automation=running, **terms | given)


@pytest.mark.parametrize(
    ("days", "orders", "journey", "people"),
    [
        (19, 1, "", 0),
        (20, 1, "", 1),
        (40, 1, "", 1),
        (41, 1, "", 0),
        (30, 2, "", 0),
        (30, 1, "finished", 0),
        (30, 1, "too_late", 1),
    ],
)
def test_one_time_buyers_whom_no_automation_speaks_to_are_counted(
    days: int, orders: int, journey: str, people: int
) -> None:
    buyer, first = make_customer(), NOW - timedelta(days=days)
    for later in range(orders):
        make_order(buyer, placed_at=first + timedelta(days=later))
    stats.rebuild()
    if journey:
        version = automation()
        Journey.objects.create(
            automation=version.automation,
            version=version,
            customer=buyer,
            entry_key="first",
            anchor_at=first,
            status=journey,
        )

    found = ask("one_time_unspoken")

    assert [finding.numbers["people"] for finding in found] == [people][:people]


@pytest.mark.parametrize(("days", "is_said"), [(40, True), (33, True), (32, False), (20, False)])
def test_a_reminder_after_the_cycle_is_said_with_both_numbers(days: int, is_said: bool) -> None:
    cycle_of("coffee", days=27)
    version = automation("every_order", trigger_settings={"categories": ["coffee", "tea"]})
    step(version, 1, "wait", {"days": days, "at": "10:00"})
    step(version, 2, "message", {})

    found = ask("reminder_off_cycle")

    told = [ADVISERS["reminder_off_cycle"].say(finding).title for finding in found]
    assert told == [f"The cycle of “coffee” is 27 days; your reminder is on day {days}"][: int(is_said)]


@pytest.mark.parametrize(("sent_days_ago", "is_silent"), [(None, True), (20, True), (3, False)])
def test_an_automation_that_sends_nothing_for_two_weeks_is_said(sent_days_ago: int | None, is_silent: bool) -> None:
    version = automation()
    if sent_days_ago is not None:
        sums(make_running_campaign(automation=version.automation), sent=4, days_ago=sent_days_ago)

    found = ask("silent_automation")

    assert [finding.about for finding in found] == [str(version.automation_id)][: int(is_silent)]


@pytest.mark.parametrize(
    ("sent", "left", "usual", "is_above"),
    [(1_000, 20, 0.005, True), (1_000, 9, 0.001, False), (1_000, 10, 0.006, False), (1_000, 20, 0.011, False)],
)
def test_opt_outs_are_above_usual_only_beyond_chance(sent: int, left: int, usual: float, is_above: bool) -> None:
    assert is_above_usual(sent=sent, left=left, usual=usual) == is_above


def test_opt_outs_are_held_against_those_of_the_campaigns_before() -> None:
    sums(make_running_campaign(started_at=NOW - timedelta(days=60)), sent=2_000, left=10, days_ago=60)
    late = make_running_campaign(name="반값", started_at=NOW - timedelta(days=2))
    sums(late, sent=1_000, left=20, days_ago=2)

    found = ask("opt_outs_above_usual")

    assert found == [Finding(str(late.pk), {"name": "반값", "sent": 1_000, "left": 20, "usual": 0.005})]


@pytest.mark.parametrize(
    ("hours", "error", "is_active", "is_stale"),
    [(29, "", True, False), (31, "", True, True), (1, "wrong", True, True), (31, "", False, False)],
)
def test_a_segment_that_stopped_refreshing_is_said(hours: int, error: str, is_active: bool, is_stale: bool) -> None:
    segment = make_segment()
    refreshed = {"refreshed_at": NOW - timedelta(hours=hours), "refresh_error": error, "is_active": is_active}
    Segment.objects.filter(pk=segment.pk).update(**refreshed)

    assert [finding.about for finding in ask("stale_segment")] == [str(segment.pk)][: int(is_stale)]


def test_consents_to_be_confirmed_are_counted_with_those_overdue() -> None:
    for days, kind in ((-1, "reconfirmation"), (30, "reconfirmation"), (31, "reconfirmation"), (1, "result_notice")):
        agreed = make_customer()
        set_consent(agreed, "ad_receive", channel="sms")
        NoticeDuty.objects.create(
            customer=agreed,
            entry=ConsentEntry.objects.get(customer=agreed),
            kind=kind,
            due_on=NOW.date() + timedelta(days=days),
            opened_at=NOW,
            purpose="ad_receive",
            channel="sms",
        )

    assert ask("reconfirmations") == [Finding(numbers={"due": 2, "overdue": 1})]


@pytest.mark.parametrize(
    ("pieces", "days", "used", "is_said"),
    [(30, 15, 0, True), (29, 15, 0, False), (30, 13, 0, False), (30, 15, 1, False)],
)
def test_a_coupon_that_nobody_uses_is_said(pieces: int, days: int, used: int, is_said: bool) -> None:
    coupon = make_coupon(name="5천원")
    issue = CouponIssue.objects.create(coupon=coupon, origin="campaign", reference="1")
    for number in range(pieces):
        IssuedCoupon.objects.create(
            coupon=coupon,
            issue=issue,
            code=f"C{number}",
            status="used" if number < used else "held",
            issued_at=NOW - timedelta(days=days),
        )

    expected = [Finding(str(coupon.pk), {"name": "5천원", "issued": pieces, "held": pieces})]
    assert ask("unused_coupon") == expected[: int(is_said)]


def test_scores_that_fell_beyond_chance_are_said() -> None:
    survey = make_survey(name="배송")
    for number in range(40):
        at = NOW - timedelta(days=40 if number < 20 else 5)
        make_response(survey, score=(9 if number < 20 else 6) + number % 2, customer=make_customer(), answered_at=at)

    [found] = ask("falling_scores")

    assert (found.numbers["before"], found.numbers["now"]) == (9.5, 6.5)


@pytest.mark.parametrize(
    ("before", "now", "has"),
    [
        (Group(20, 9.0, 4.0), Group(20, 7.0, 4.0), True),
        (Group(20, 9.0, 4.0), Group(20, 8.0, 4.0), False),
        (Group(20, 9.0, 4.0), Group(19, 3.0, 4.0), False),
        (Group(20, 7.0, 4.0), Group(20, 9.0, 4.0), False),
    ],
)
def test_chance_alone_makes_no_scores_fall(before: Group, now: Group, has: bool) -> None:
    assert has_fallen(before, now) == has


def test_advice_that_was_put_away_comes_back_after_thirty_days(client: Client) -> None:
    reader = make_user(
        "mina", "analytics.view_attributedorder", "analytics.add_putawayadvice", "campaigns.view_automation"
    )
    version = automation()
    key = f"silent_automation:{version.automation_id}"
    client.force_login(reader)

    client.post("/admin/advice/put-away/", {"advice": key})

    assert [each.key for each in asking.advice_for(reader)] == []
    away = PutAwayAdvice.objects.get()
    assert (away.put_away_by, away.until) == (reader, NOW.date() + timedelta(days=putting_away.DAYS))
    with time_machine.travel(NOW + timedelta(days=30), tick=False):
        assert [each.key for each in asking.advice_for(reader)] == [key]


def test_what_was_found_before_midnight_stands_until_the_job_has_asked_again() -> None:
    reader = make_user("mina", "analytics.view_attributedorder", "campaigns.view_automation")
    found = [["7", {"name": "첫 구매 뒤", "days": 20}]]
    KeptFigures.objects.create(
        question="advice", about="silent_automation", figures=found, computed_at=NOW, milliseconds=9_000
    )

    with time_machine.travel(NOW + timedelta(hours=15, minutes=1), tick=False):
        assert [each.key for each in asking.advice_for(reader)] == ["silent_automation:7"]


def test_who_may_not_act_on_advice_does_not_see_it() -> None:
    automation()

    assert asking.advice_for(make_user("viewer", "analytics.view_attributedorder")) == []


def step(version: AutomationVersion, position: int, kind: str, settings: dict) -> None:
    AutomationStep.objects.create(version=version, position=position, kind=kind, settings=settings)


def cycle_of(category: str, *, days: int) -> None:
    numbers = dict.fromkeys(("buyers", "repeat_buyers", "gaps"), 100)
    CategoryCycle.objects.create(
        category=category,
        **numbers,
        median_days=days,
        lower_quartile=days - 3,
        upper_quartile=days + 3,
        confidence=0.95,
        percentiles=[days] * 100,
        bin_days=1,
        bins=[1],
        due_soon=0,
    )


def sums(campaign: Campaign, *, sent: int, days_ago: int, left: int = 0) -> None:
    sent_by = campaign.steps.get()
    nothing = dict.fromkeys(("delivered", "opened", "clicked", "cost"), 0)
    CampaignDay.objects.create(
        campaign=campaign,
        step=sent_by,
        variant=sent_by.variants.get(),
        account=sent_by.account,
        day=NOW.date() - timedelta(days=days_ago),
        hour=9,
        sent=sent,
        unsubscribed=left,
        **nothing,
    )


@pytest.mark.parametrize(
    ("about", "permissions", "status"),
    [
        ("silent_automation:1", (), 403),
        ("silent_automation:1", ("campaigns.view_automation",), 302),
        ("silent_automation:\0", ("campaigns.view_automation",), 404),
        ("unknown:1", (), 404),
    ],
)
def test_only_who_sees_advice_puts_it_away(about: str, permissions: tuple, status: int, client: Client) -> None:
    needed = ("analytics.view_attributedorder", "analytics.add_putawayadvice", *permissions)
    client.force_login(make_user("mina", *needed))

    answer = client.post("/admin/advice/put-away/", {"advice": about})

    assert answer.status_code == status
    assert PutAwayAdvice.objects.count() == int(status == 302)


def test_a_first_message_in_a_lane_tells_no_day() -> None:
    cycle_of("coffee", days=27)
    version = automation("every_order", trigger_settings={"categories": ["coffee"]})
    fork = AutomationStep.objects.create(version=version, position=1, kind="only_if")
    AutomationStep.objects.create(version=version, position=1, kind="message", parent=fork, lane="yes")
    step(version, 2, "wait", {"days": 40, "at": "10:00"})
    step(version, 3, "message", {})

    assert ask("reminder_off_cycle") == []
