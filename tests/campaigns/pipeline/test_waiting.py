"""Messages that wait: for the morning, for the gateway's hours, for a cap; and never for ever."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from campaigns import lifecycle
from campaigns.models import Campaign, Message
from campaigns.pipeline import dispatch, gate, run
from crm_project.prepared_statements import Call, together
from customers.models import Customer
from customers.segments.refresh import refresh_segment
from tests.factories import (
    make_draft,
    make_message,
    make_reachable_customer,
    make_text_account,
    make_text_draft,
    set_consent,
)

pytestmark = pytest.mark.django_db
Planner = Callable[[Campaign], Campaign]
EVENING = datetime(2026, 11, 21, 11, 30, tzinfo=UTC)  # 20:30 in Seoul
NIGHT = datetime(2026, 11, 21, 13, tzinfo=UTC)  # 22:00
MORNING = datetime(2026, 11, 21, 23, tzinfo=UTC)  # 08:00 of the next day


def reached_by_text(**given: object) -> Customer:
    """A customer who agreed to advertising by text message."""
    customer = make_reachable_customer(**{"phone": "+821012345678"} | given)
    set_consent(customer, "ad_receive", channel="sms")
    return customer


def test_what_is_planned_at_night_leaves_in_the_morning(planned: Planner, outbox: Path) -> None:
    with time_machine.travel(NIGHT, tick=True) as clock:
        reached_by_text()
        campaign = planned(make_text_draft())
        dispatch.dispatch_due()

        message = Message.objects.get()
        assert (message.status, message.skip_reason, message.due_at) == ("planned", "NIGHT", MORNING)
        assert lifecycle.finish_if_done(campaign.pk) is False

        clock.move_to(MORNING)
        dispatch.dispatch_due()

    message.refresh_from_db()
    assert (message.status, message.skip_reason, message.attempt) == ("sent", "", 1)
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.FINISHED


def test_a_night_that_falls_between_plan_and_hand_over_puts_the_message_off(planned: Planner, outbox: Path) -> None:
    with time_machine.travel(EVENING, tick=True) as clock:
        reached_by_text()
        planned(make_text_draft())
        clock.move_to(NIGHT)
        dispatch.dispatch_due()

    message = Message.objects.get()
    assert (message.status, message.skip_reason, message.due_at, message.attempt) == ("planned", "NIGHT", MORNING, 0)


def test_a_night_that_ends_while_the_gate_is_asked_loses_nobody(
    planned: Planner, outbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with time_machine.travel(EVENING, tick=True) as clock:
        reached_by_text()
        planned(make_text_draft())
        clock.move_to(NIGHT)

        def until_morning(*calls: Call) -> list[list[tuple]]:
            answers = together(*calls)
            if timezone.now() < MORNING:
                clock.move_to(MORNING)
            return answers

        monkeypatch.setattr(run, "together", until_morning)
        monkeypatch.setattr(run, "SAME_MOMENT_SECONDS", -1)
        dispatch.dispatch_due()

    message = Message.objects.get()
    assert (message.status, message.skip_reason) == ("sent", "")


def test_a_campaign_may_leave_out_whom_the_night_holds_up(planned: Planner, outbox: Path) -> None:
    with time_machine.travel(NIGHT, tick=False):
        reached_by_text()
        awake = reached_by_text(phone="+821087654321")
        set_consent(awake, "ad_night", channel="sms", at=NIGHT - timedelta(days=1))
        planned(make_text_draft(at_night="skip"))

    assert Message.objects.counts_by_reason() == {"NIGHT": 1}
    assert Message.objects.get(status="planned").customer == awake


@pytest.mark.parametrize(
    ("night", "base", "verdict"),
    [(True, True, ""), (False, True, "NIGHT"), (None, True, "NIGHT"), (True, None, "NO_CONSENT")],
    ids=["L-06 agreed", "withdrawn", "never asked", "L-09 night without the ordinary consent"],
)
def test_at_night_a_consent_of_its_own_counts(night: bool | None, base: bool | None, verdict: str) -> None:
    customer = make_reachable_customer(phone="+821012345678")
    if base:
        set_consent(customer, "ad_receive", channel="sms", at=NIGHT - timedelta(days=1))
    if night is not None:
        set_consent(customer, "ad_night", channel="sms", is_granted=night, at=NIGHT - timedelta(days=1))

    assert gate.gate_of(make_text_draft(), at=NIGHT).verdicts([customer.pk]) == {customer.pk: verdict}


def test_the_gateways_own_hours_hold_up_those_who_agreed_to_the_night_too() -> None:
    """L-07: a gateway that sends advertising from 8 to 20 only."""
    customer = reached_by_text()
    set_consent(customer, "ad_night", channel="sms", at=EVENING - timedelta(days=1))
    account = make_text_account(opens_at=time(8), closes_at=time(20))

    asked = gate.gate_of(make_text_draft(account=account), at=EVENING)

    assert asked.verdicts([customer.pk]) == {customer.pk: "PROVIDER_WINDOW"}
    assert asked.delays["PROVIDER_WINDOW"] == MORNING


def test_information_goes_at_any_hour() -> None:
    customer = reached_by_text()
    draft = make_text_draft(purpose="info", information_basis="order")

    assert gate.gate_of(draft, at=NIGHT).verdicts([customer.pk]) == {customer.pk: ""}


def test_a_capped_message_waits_a_day_where_the_campaign_says_so(planned: Planner, outbox: Path) -> None:
    noon = datetime(2026, 11, 21, 3, tzinfo=UTC)
    with time_machine.travel(noon, tick=True) as clock:
        customer = make_reachable_customer()
        make_message(make_draft(), customer, sent_at=noon - timedelta(hours=1))
        campaign = planned(make_draft(over_cap="defer"))

        message = Message.objects.get(campaign=campaign)
        assert (message.status, message.skip_reason) == ("planned", "FREQ_CAP")
        assert message.due_at - noon - timedelta(days=1) < timedelta(seconds=30)

        clock.move_to(message.due_at)
        dispatch.dispatch_due()

    message.refresh_from_db()
    assert message.status == "sent"


def test_nobody_waits_longer_than_the_shop_allows(planned: Planner, outbox: Path, settings: Settings) -> None:
    settings.DEFER_DAYS_AT_MOST = 2
    noon = datetime(2026, 11, 21, 3, tzinfo=UTC)
    with time_machine.travel(noon, tick=True) as clock:
        customer = make_reachable_customer()
        campaign = planned(make_draft(over_cap="defer"))
        for _day in range(3):
            make_message(make_draft(), customer, sent_at=timezone.now())
            dispatch.dispatch_due()
            clock.shift(timedelta(days=1))

    message = Message.objects.get(campaign=campaign)
    assert (message.status, message.skip_reason) == ("skipped", "FREQ_CAP")
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.FINISHED


def test_a_cap_is_asked_for_the_day_on_which_the_message_leaves() -> None:
    """Today is used up, but the message leaves tomorrow morning anyway."""
    customer = reached_by_text()
    make_message(make_draft(), customer, sent_at=NIGHT - timedelta(hours=10))

    assert gate.gate_of(make_text_draft(), at=NIGHT).verdicts([customer.pk]) == {customer.pk: "NIGHT"}
    assert gate.gate_of(make_text_draft(), at=EVENING).verdicts([customer.pk]) == {customer.pk: "FREQ_CAP"}


def test_the_preview_counts_who_gets_it_later_among_the_recipients() -> None:
    with time_machine.travel(NIGHT, tick=False):
        reached_by_text()
        campaign = make_text_draft()
        refresh_segment(campaign.segment_id)

        stages = gate.waterfall(campaign)

    assert gate.recipients(stages) == 1
    assert {stage.code: stage.later for stage in stages if stage.later} == {"NIGHT": 1}
