"""A message that goes over another way where the one before certainly failed: one intent, never two messages."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from campaigns import lifecycle
from campaigns.gateways import sandbox
from campaigns.gateways.base import Report, ReportKind
from campaigns.gateways.sandbox import SandboxGateway
from campaigns.models import Campaign, ChannelAccount, ClosedLeg, GatewayReport, Message, Variant
from campaigns.pipeline import claims, dispatch, gate, reports
from customers.models import Customer
from customers.segments.refresh import refresh_segment
from tests.campaigns.gateways.conftest import Recorder
from tests.factories import (
    add_fallback,
    make_account,
    make_customer,
    make_draft,
    make_message,
    make_price,
    make_reachable_customer,
    make_text_account,
    make_text_draft,
    set_consent,
)

pytestmark = pytest.mark.django_db
Planner = Callable[[Campaign], Campaign]
NOON = datetime(2026, 11, 21, 3, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _at_noon() -> object:
    with time_machine.travel(NOON, tick=True) as clock:
        yield clock


def reached_by_both(**given: object) -> Customer:
    """A customer who agreed to advertising by e-mail and by text message."""
    customer = make_reachable_customer(**{"phone": "+821012345678"} | given)
    set_consent(customer, "ad_receive", channel="sms")
    return customer


def reached_by_text_only(**given: object) -> Customer:
    """A customer who agreed to advertising by text message alone."""
    customer = make_customer(**{"phone": "+821087654321"} | given)
    set_consent(customer, "marketing_use")
    set_consent(customer, "ad_receive", channel="sms")
    return customer


def mail_then_text(account: ChannelAccount | None = None, **given: object) -> Campaign:
    """An e-mail campaign that goes on by text message."""
    campaign = make_draft(account=account, **given)
    add_fallback(campaign, make_text_account())
    return campaign


def test_everybody_is_planned_over_the_first_way_that_lets_them_pass(planned: Planner) -> None:
    both, text_only, neither = reached_by_both(), reached_by_text_only(), make_customer(phone="+821011112222")

    planned(mail_then_text())

    rows = Message.objects.order_by("pk").values_list("customer", "leg", "account__channel", "status", "skip_reason")
    assert list(rows) == [
        (both.pk, 0, "email", "planned", ""),
        (text_only.pk, 1, "sms", "planned", ""),
        (neither.pk, 0, "email", "skipped", "NO_CONSENT"),
    ]


def test_the_preview_counts_both_ways(planned: Planner) -> None:
    reached_by_both(), reached_by_text_only(), make_customer()
    campaign = mail_then_text()
    refresh_segment(campaign.segment_id)

    stages = gate.waterfall(campaign)

    assert gate.recipients(stages) == 2
    assert {stage.code: stage.removed for stage in stages if stage.removed} == {"NO_CONSENT": 1}
    assert gate.recipients_by_leg(campaign) == {0: 1, 1: 1}


def test_a_certain_failure_goes_on_over_the_next_way_and_its_cost_is_kept(
    planned: Planner, settings: Settings, mail_server: tuple[Recorder, int], outbox: Path
) -> None:
    settings.MESSAGING_LIVE = True
    options = {"host": "127.0.0.1", "port": mail_server[1]}
    mail = make_account(gateway="smtp", is_live=True, settings=options, rate_per_second=1_000)
    customer = reached_by_both(email="gone@example.com")
    mail_server[0].at_recipient["gone@example.com"] = "550 5.1.1 no such user"
    text = make_text_account(is_live=True)  # its gateway writes down what leaves
    make_price(text, kind="sms", won="9.9")
    draft = make_draft(account=mail)
    add_fallback(draft, text)
    campaign = planned(draft)

    dispatch.dispatch_due()

    message = Message.objects.get(customer=customer)
    assert (message.status, message.leg, message.account, message.kind) == ("sent", 1, text, "sms")
    assert message.cost == Decimal("9.9")
    closed = ClosedLeg.objects.get()
    assert (closed.leg, closed.account, closed.failure, closed.cost) == (0, mail, "invalid_recipient", 0)
    assert len(sandbox.read_manifest(campaign.pk)) == 1
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.FINISHED


def test_what_may_have_arrived_never_goes_on(
    planned: Planner, settings: Settings, mail_server: tuple[Recorder, int], outbox: Path
) -> None:
    settings.MESSAGING_LIVE = True
    options = {"host": "127.0.0.1", "port": mail_server[1], "timeout": 1}
    mail = make_account(gateway="smtp", is_live=True, settings=options, rate_per_second=1_000)
    reached_by_both()
    mail_server[0].drop_after_content = True
    campaign = planned(mail_then_text(mail))

    dispatch.dispatch_due()

    assert [(each.status, each.leg) for each in Message.objects.all()] == [("unknown", 0)]
    assert sandbox.read_manifest(campaign.pk) == []


def test_the_next_way_asks_for_its_own_consent(
    planned: Planner, settings: Settings, mail_server: tuple[Recorder, int], outbox: Path
) -> None:
    """K-05: what replaces it is advertising by text message, with all that this takes."""
    settings.MESSAGING_LIVE = True
    options = {"host": "127.0.0.1", "port": mail_server[1]}
    mail = make_account(gateway="smtp", is_live=True, settings=options, rate_per_second=1_000)
    make_reachable_customer(email="gone@example.com", phone="+821012345678")
    mail_server[0].at_recipient["gone@example.com"] = "550 5.1.1 no such user"
    campaign = planned(mail_then_text(mail))

    dispatch.dispatch_due()

    message = Message.objects.get()
    assert (message.status, message.leg, message.skip_reason) == ("skipped", 1, "NO_CONSENT")
    assert ClosedLeg.objects.get().failure == "invalid_recipient"
    assert sandbox.read_manifest(campaign.pk) == []


def test_a_way_that_is_refused_at_the_last_moment_is_followed_by_the_next(planned: Planner, outbox: Path) -> None:
    customer = reached_by_both()
    planned(mail_then_text())
    set_consent(customer, "ad_receive", channel="email", is_granted=False)

    dispatch.dispatch_due()

    message = Message.objects.get()
    assert (message.status, message.leg) == ("sent", 1)
    assert ClosedLeg.objects.get().failure == "OPTED_OUT"


def awaiting_a_report(campaign: Campaign) -> Message:
    """The campaign's message as a gateway that reports later has accepted it."""
    Message.objects.filter(campaign=campaign).update(
        status="sent", sent_at=timezone.now(), is_sandbox=False, provider_id="G4V1", kind="lms", cost=Decimal("30")
    )
    return Message.objects.get(campaign=campaign)


def text_then_mail() -> Campaign:
    campaign = make_text_draft(account=make_text_account(gateway="solapi"))
    add_fallback(campaign, make_account(rate_per_second=1_000))
    return campaign


def tell(message: Message, kind: ReportKind, event: str = "e1") -> None:
    """Have the gateway of the message's first account report."""
    account = message.step.account
    report = Report(event_id=event, kind=kind, occurred_at=timezone.now(), provider_id="G4V1", failure="retryable")
    reports.keep(account, [report], source=GatewayReport.Source.WEBHOOK)
    reports.settle_waiting()


def test_a_campaign_waits_for_the_report_and_goes_on_where_it_says_not_delivered(
    planned: Planner, outbox: Path
) -> None:
    reached_by_both()
    campaign = planned(text_then_mail())
    message = awaiting_a_report(campaign)
    assert lifecycle.finish_if_done(campaign.pk) is False

    tell(message, ReportKind.FAILED)
    dispatch.dispatch_due()

    message.refresh_from_db()
    assert (message.status, message.leg, message.delivery, message.kind) == ("sent", 1, "", "email")
    closed = ClosedLeg.objects.get()
    assert (closed.kind, closed.cost, closed.failure) == ("lms", Decimal("30"), "retryable")
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.FINISHED


def test_a_delivered_message_ends_the_wait(planned: Planner, outbox: Path) -> None:
    reached_by_both()
    campaign = planned(text_then_mail())

    tell(awaiting_a_report(campaign), ReportKind.DELIVERED)

    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.FINISHED
    assert not ClosedLeg.objects.exists()


def test_a_report_repeated_about_a_closed_way_changes_nothing(planned: Planner, outbox: Path) -> None:
    reached_by_both()
    campaign = planned(text_then_mail())
    message = awaiting_a_report(campaign)
    tell(message, ReportKind.FAILED)
    dispatch.dispatch_due()

    tell(message, ReportKind.FAILED, event="e2")
    tell(message, ReportKind.DELIVERED, event="e3")
    dispatch.dispatch_due()

    message.refresh_from_db()
    assert (message.status, message.leg, message.delivery) == ("sent", 1, "")
    assert ClosedLeg.objects.count() == len(sandbox.read_manifest(campaign.pk)) == 1


def test_a_stopped_campaign_does_not_go_on(planned: Planner, author: object) -> None:
    reached_by_both()
    campaign = planned(text_then_mail())
    message = awaiting_a_report(campaign)
    lifecycle.stop(campaign, by=author, reason="가격이 틀림")

    tell(message, ReportKind.FAILED)

    message.refresh_from_db()
    assert (message.status, message.leg, message.delivery) == ("sent", 0, "failed")


def test_one_number_gets_one_message_whatever_way_it_takes() -> None:
    first, second = reached_by_text_only(), reached_by_both(phone="+821087654321", email="")
    campaign = make_text_draft(purpose="info", information_basis="order")
    make_message(campaign, first, status="planned", sent_at=None)

    verdicts = gate.gate_of(campaign, at=NOON).verdicts([second.pk])

    assert verdicts == {second.pk: "DUPLICATE_ADDRESS"}


def test_each_language_reads_its_own_words_and_the_others_the_common_ones(planned: Planner, outbox: Path) -> None:
    korean, english, french = (
        make_reachable_customer(locale=locale, email=f"{locale}@example.com") for locale in ("ko", "en-US", "fr")
    )
    campaign = make_draft(content={"subject": "안녕하세요"})
    step = campaign.steps.get()
    for locale, subject in (("en", "Hello"), ("fr", "Bonjour")):
        Variant.objects.create(step=step, locale=locale, subject=subject, html="<p>.</p>")
    planned(campaign)

    dispatch.dispatch_due()

    read = dict(Message.objects.values_list("customer", "variant__subject"))
    assert read == {korean.pk: "안녕하세요", english.pk: "Hello", french.pk: "Bonjour"}


def test_an_arm_keeps_its_words_on_every_way(planned: Planner, outbox: Path) -> None:
    for number in range(12):
        reached_by_text_only(phone=f"+8210111100{number:02}")
    campaign = mail_then_text()
    step = campaign.steps.get()
    Variant.objects.create(step=step, name="B", subject="B", html="<p>.</p>")
    Variant.objects.create(step=step, fallback=step.fallbacks.get(), name="B", text="B")
    planned(campaign)
    arms = dict(Message.objects.values_list("pk", "variant__name"))

    dispatch.dispatch_due()

    assert set(arms.values()) == {"A", "B"}
    assert dict(Message.objects.values_list("pk", "variant__name")) == arms
    assert not Message.objects.filter(variant__fallback=None).exists()


def test_a_gateway_that_knows_our_ids_gets_what_a_lost_worker_had_once_more(planned: Planner, outbox: Path) -> None:
    make_reachable_customer()
    campaign = planned(make_draft())
    claimed, _wait = claims.claim(campaign.pk, campaign.steps.get().account_id)
    claims.mark_sending(claimed, is_sandbox=True)

    claims.reclaim_expired(timezone.now() + timedelta(minutes=10))
    assert Message.objects.counts_by_status() == {"planned": 1}
    dispatch.dispatch_due()

    assert Message.objects.counts_by_status() == {"sent": 1}
    assert SandboxGateway.deduplicates


def test_what_may_have_left_is_not_called_skipped_when_the_gate_refuses_the_second_time(
    planned: Planner, outbox: Path
) -> None:
    customer = make_reachable_customer()
    campaign = planned(make_draft())
    claimed, _wait = claims.claim(campaign.pk, campaign.steps.get().account_id)
    claims.mark_sending(claimed, is_sandbox=True)
    claims.reclaim_expired(timezone.now() + timedelta(minutes=10))
    set_consent(customer, "ad_receive", channel="email", is_granted=False)

    dispatch.dispatch_due()

    assert [(each.status, each.skip_reason) for each in Message.objects.all()] == [("unknown", "OPTED_OUT")]
