"""What automations led to: by journey, by message, by week, and against the holdout."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from analytics.automations import journeys, messages
from analytics.experiments.intervals import Arm
from analytics.models import CampaignDay, CampaignState, EarningDay
from campaigns.models import Automation, AutomationStep, AutomationVersion, Campaign, Journey
from customers.models import Customer
from tests.factories import make_customer, make_order, make_running_campaign

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_a_saturday")]

NOW = datetime(2026, 11, 21, 9, tzinfo=ZoneInfo("Asia/Seoul"))
# Entries before 1 October have had their 30 days, and so has their whole month.
COMPARED = datetime(2026, 9, 30, 12, tzinfo=ZoneInfo("Asia/Seoul"))


@pytest.fixture
def _a_saturday() -> None:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def version() -> AutomationVersion:
    automation = Automation.objects.create(name="첫 구매 뒤", status=Automation.Status.ACTIVE, holdout_percent=10)
    live = AutomationVersion.objects.create(automation=automation, trigger="first_order", status="live", live_from=NOW)
    Automation.objects.filter(pk=automation.pk).update(live_version=live)
    automation.refresh_from_db()
    return live


def test_journeys_are_counted_by_how_they_stand_and_ended(version: AutomationVersion) -> None:
    for status, reason in [
        ("inside", ""),
        ("inside", ""),
        ("exited", "bought"),
        ("finished", ""),
        ("too_late", ""),
        ("gave_way", ""),
    ]:
        enter(version, status=status, end_reason=reason)

    told = journeys.journeys_of([version.automation])[version.automation_id]

    assert (told.entered, told.inside, told.counted("exited"), told.counted("too_late")) == (4, 2, 1, 1)
    assert sorted(told.ended) == [
        ("exited", "bought", 1),
        ("finished", "", 1),
        ("gave_way", "", 1),
        ("inside", "", 2),
        ("too_late", "", 1),
    ]
    assert told.weeks == [(date(2026, 11, 16), 4)]


def test_groups_are_compared_by_what_they_spent_in_thirty_days_after_the_first_entry(
    version: AutomationVersion,
) -> None:
    for is_control, spent in [(False, [10_000, 5_000]), (False, []), (True, [3_000])]:
        journey = enter(version, at=COMPARED, is_control=is_control)
        enter(version, journey.customer, at=COMPARED + timedelta(hours=1), is_control=is_control, key="again")
        for days, paid in enumerate(spent, start=1):
            make_order(journey.customer, placed_at=COMPARED + timedelta(days=days), paid=paid)
        make_order(journey.customer, placed_at=COMPARED, paid=99_000)  # what made them enter
        make_order(journey.customer, placed_at=COMPARED + timedelta(days=30), paid=99_000)
    enter(version, at=COMPARED + timedelta(days=1), is_control=True)  # their month is not over yet

    told = journeys.journeys_of([version.automation])[version.automation_id]

    assert told.treated == Arm(2, 1, 15_000, 15_000**2, 15_000**3)
    assert told.control == Arm(1, 1, 3_000, 3_000**2, 3_000**3)
    assert told.verdict is not None
    assert told.verdict.code == "few"


def test_a_message_tells_what_its_copies_in_other_versions_did_too(version: AutomationVersion) -> None:
    first = message(version, 2, "두 번째")
    sums(message(version, 1, "첫 번째").campaign, sent=10, clicked=2, won=5_000)
    sums(first.campaign, sent=4)
    old = AutomationVersion.objects.create(
        automation=version.automation, trigger="first_order", number=9, status="retired"
    )
    copied = message(old, 1, "두 번째", origin=first)
    sums(copied.campaign, sent=3, won=1_000)
    sums(message(old, 2, "빠진 것").campaign, sent=1)

    found = messages.steps_of(version.automation)

    assert [(each.step.campaign.name, each.funnel.sent, each.funnel.net, each.is_present) for each in found] == [
        ("첫 번째", 10, 5_000, True),
        ("두 번째", 7, 1_000, True),
        ("빠진 것", 1, 0, False),
    ]
    assert messages.funnels_of([version.automation])[version.automation_id].sent == 18
    assert messages.by_week(version.automation)[date(2026, 11, 16)] == (18, 6_000)


def enter(
    version: AutomationVersion,
    customer: Customer | None = None,
    *,
    at: datetime = NOW,
    key: str = "first",
    **given: object,
) -> Journey:
    terms = {"automation": version.automation, "version": version, "entry_key": key, "anchor_at": at}
    return Journey.objects.create(customer=customer or make_customer(), **terms | given)


def message(version: AutomationVersion, position: int, name: str, **given: object) -> AutomationStep:
    campaign = make_running_campaign(name=name, automation=version.automation, entry="standing")
    return AutomationStep.objects.create(version=version, position=position, kind="message", campaign=campaign, **given)


def sums(campaign: Campaign, *, sent: int, clicked: int = 0, won: int = 0) -> None:
    step = campaign.steps.get()
    where = {"campaign": campaign, "step": step, "variant": step.variants.get(), "account": step.account}
    nothing = dict.fromkeys(("delivered", "opened", "unsubscribed", "cost"), 0)
    CampaignState.objects.create(**where, status="sent", is_sandbox=False, messages=sent)
    CampaignDay.objects.create(**where, day=NOW.date(), hour=9, sent=sent, clicked=clicked, **nothing)
    EarningDay.objects.create(**where, model="last_click", day=NOW.date(), hour=9, orders=1, revenue=won, refunded=0)
