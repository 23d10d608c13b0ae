"""What gateways say later: whatever the order, and however often, a message ends up the same."""

from datetime import timedelta
from itertools import permutations

import pytest
from django.utils import timezone

from campaigns.gateways.base import Fate, Outcome, Report, ReportKind
from campaigns.gateways.failures import Failure
from campaigns.models import Campaign, ChannelAccount, ClosedLeg, GatewayReport, Message, Suppression
from campaigns.pipeline import refusals, reports
from crm_project.models import Kick
from customers.consent import is_granted
from customers.models import ConsentEntry, NoticeDuty
from tests.factories import make_account, make_message, make_reachable_customer, make_running_campaign

pytestmark = pytest.mark.django_db
Kind = ReportKind


@pytest.fixture
def message() -> Message:
    """A mail that a service took half an hour ago."""
    campaign = make_running_campaign(planned_at=timezone.now())
    customer = make_reachable_customer(email="reader@example.com")
    half_an_hour_ago = timezone.now() - timedelta(minutes=30)
    return make_message(campaign, customer, sending_at=half_an_hour_ago, sent_at=half_an_hour_ago, provider_id="p-1")


def report(kind: Kind, message: Message | None = None, *, minutes_ago: int = 10, **given: object) -> Report:
    """What the service says about the message."""
    said = {
        "event_id": f"{kind}-{minutes_ago}",
        "kind": kind,
        "occurred_at": timezone.now() - timedelta(minutes=minutes_ago),
        "message_id": message.pk if message else None,
    }
    return Report(**said | given)


def tell(account: ChannelAccount, *told: Report) -> None:
    """Keep reports as a call brings them, and settle what waits."""
    reports.keep(account, told, source=GatewayReport.Source.WEBHOOK)
    reports.settle_waiting()


def hard_bounce(message: Message, **given: object) -> Report:
    return report(
        Kind.BOUNCED, message, failure=Failure.INVALID_RECIPIENT, code="5.1.1", detail="no such user", **given
    )


def test_a_delivery_is_written_on_the_message(message: Message) -> None:
    delivered = report(Kind.DELIVERED, message, minutes_ago=29)

    tell(message.account, delivered)

    message.refresh_from_db()
    assert (message.status, message.delivery, message.delivered_at) == ("sent", "delivered", delivered.occurred_at)


def test_the_gateways_own_number_names_the_message_too(message: Message) -> None:
    tell(message.account, report(Kind.DELIVERED, provider_id="p-1"))

    message.refresh_from_db()
    assert message.delivery == "delivered"


def test_reports_in_any_order_and_twice_end_the_same(message: Message) -> None:
    told = [
        report(Kind.DELIVERED, message, minutes_ago=29),
        hard_bounce(message, minutes_ago=20),
        report(Kind.OPENED, message, minutes_ago=5),
    ]
    ends = set()
    for order in permutations(told):
        GatewayReport.objects.all().delete()
        Message.objects.update(delivery="", delivered_at=None, failure="", failure_detail="")
        for each in (*order, *order):
            tell(message.account, each)
        message.refresh_from_db()
        ends.add((message.status, message.delivery, message.delivered_at, message.failure, message.failure_detail))

    assert ends == {("sent", "failed", None, "invalid_recipient", "5.1.1 no such user")}
    assert GatewayReport.objects.count() == 3


def test_an_opening_proves_the_delivery(message: Message) -> None:
    tell(message.account, report(Kind.OPENED, message))

    message.refresh_from_db()
    assert message.delivery == "delivered"
    assert message.opened_at is None  # who read it is what our own links and pictures say


@pytest.mark.parametrize(
    ("kind", "delivery"), [(Kind.DELIVERED, "delivered"), (Kind.FAILED, "failed"), (Kind.BOUNCED, "failed")]
)
def test_a_report_settles_what_was_unknown(message: Message, kind: Kind, delivery: str) -> None:
    Message.objects.update(status="unknown", sent_at=None, failure="no_answer", provider_id="")

    tell(message.account, report(kind, message))

    message.refresh_from_db()
    assert (message.status, message.delivery, message.sent_at) == ("sent", delivery, message.sending_at)
    assert Campaign.objects.get().status == Campaign.Status.FINISHED


def test_a_code_that_nobody_knows_settles_nothing(message: Message) -> None:
    Message.objects.update(status="unknown")

    tell(message.account, report(Kind.UNKNOWN, message, code="9999"))

    message.refresh_from_db()
    assert (message.status, message.delivery) == ("unknown", "")


def test_a_report_that_comes_before_the_message_is_written_down_waits_for_it(message: Message) -> None:
    Message.objects.update(status="sending", provider_id="")
    tell(message.account, report(Kind.DELIVERED, provider_id="p-1"), report(Kind.DELIVERED, message, event_id="other"))
    assert GatewayReport.objects.filter(settled_at=None).count() == 2

    Message.objects.update(status="sent", provider_id="p-1")
    reports.settle_waiting()

    message.refresh_from_db()
    assert message.delivery == "delivered"
    assert not GatewayReport.objects.filter(settled_at=None).exists()


def test_a_report_about_nothing_of_ours_is_kept_and_given_up_after_three_days(message: Message) -> None:
    tell(message.account, report(Kind.DELIVERED, provider_id="whose?"))
    assert GatewayReport.objects.get().settled_at is None

    reports.expire(timezone.now() + timedelta(hours=73))

    kept = GatewayReport.objects.get()
    assert (kept.message, kept.settled_at is None) == (None, False)


def test_another_account_cannot_speak_of_the_message(message: Message) -> None:
    tell(make_account(), hard_bounce(message), report(Kind.DELIVERED, provider_id="p-1"))

    message.refresh_from_db()
    assert message.delivery == ""
    assert not Suppression.objects.exists()


def test_a_report_about_a_way_that_was_left_changes_nothing_on_the_message(message: Message) -> None:
    left = message.account
    ClosedLeg.objects.create(message=message, leg=0, account=left, variant=message.variant, failure="undelivered")
    Message.objects.update(leg=1, account=make_account())

    tell(left, report(Kind.DELIVERED, message))

    message.refresh_from_db()
    assert message.delivery == ""
    assert GatewayReport.objects.get().message == message


def test_an_address_that_does_not_exist_is_suppressed_at_once_for_everything(message: Message) -> None:
    tell(message.account, hard_bounce(message, recipient="Reader@Example.com"))

    entry = Suppression.objects.get()
    assert (entry.channel, entry.address, entry.reason) == ("email", "reader@example.com", "invalid")
    assert (entry.source, entry.message, entry.blocks_information) == ("report", message, True)


def test_an_address_that_was_corrected_meanwhile_is_not_suppressed(message: Message) -> None:
    tell(message.account, hard_bounce(message, recipient="raeder@example.com"))

    assert not Suppression.objects.exists()


def test_a_mailbox_that_is_full_is_suppressed_the_third_time_in_two_weeks(message: Message) -> None:
    others = [make_message(make_running_campaign(), message.customer) for _number in range(3)]
    for days_ago, about in zip((20, 10, 5, 0), (*others, message), strict=True):
        assert not Suppression.objects.exists()
        full = report(Kind.BOUNCED, about, minutes_ago=days_ago * 1_440 + 1, failure=Failure.RETRYABLE)
        tell(about.account, full, full)

    assert Suppression.objects.get().reason == "bounce"


def test_what_is_blocked_as_spam_says_nothing_about_the_address(message: Message) -> None:
    tell(message.account, report(Kind.BOUNCED, message, failure=Failure.SPAM_BLOCKED))

    assert not Suppression.objects.exists()


@pytest.mark.parametrize("kind", [Kind.COMPLAINED, Kind.UNSUBSCRIBED])
def test_whoever_refuses_gets_no_more_advertising_and_is_owed_the_notice(message: Message, kind: Kind) -> None:
    refused = report(kind, message, minutes_ago=0)

    tell(message.account, refused, refused)

    assert not is_granted(message.customer_id, purpose="ad_receive", channel="email")
    entry = ConsentEntry.objects.get(action="withdrawn")
    assert (entry.occurred_at, entry.evidence["message"]) == (refused.occurred_at, message.pk)
    assert NoticeDuty.objects.filter(customer=message.customer, kind="result_notice").count() == 1
    complaints = Suppression.objects.values_list("reason", "blocks_information")
    assert list(complaints) == ([("complaint", False)] if kind == Kind.COMPLAINED else [])


def test_a_bounce_after_a_complaint_blocks_informational_messages_too(message: Message) -> None:
    tell(message.account, report(Kind.COMPLAINED, message))
    tell(message.account, hard_bounce(message))

    entry = Suppression.objects.get()
    assert (entry.reason, entry.blocks_information) == ("complaint", True)


def test_an_address_refused_at_hand_over_is_suppressed(message: Message) -> None:
    refusals.follow_outcomes(
        [
            Outcome(message.pk, Fate.FAILED, Failure.INVALID_RECIPIENT, "550 5.1.1 no such user"),
            Outcome(message.pk + 1, Fate.FAILED, Failure.SPAM_BLOCKED),
        ]
    )

    assert [(each.address, each.source) for each in Suppression.objects.all()] == [("reader@example.com", "gateway")]


@pytest.mark.parametrize(("hours", "delivery"), [(71, ""), (73, "expired")])
def test_what_a_reporting_gateway_never_reports_expires(message: Message, hours: int, delivery: str) -> None:
    ChannelAccount.objects.update(gateway="anymail")
    Message.objects.update(sent_at=timezone.now() - timedelta(hours=hours))

    reports.expire(timezone.now())

    message.refresh_from_db()
    assert message.delivery == delivery


def test_a_report_that_comes_after_it_expired_still_counts(message: Message) -> None:
    Message.objects.update(delivery="expired")

    tell(message.account, report(Kind.DELIVERED, message))

    message.refresh_from_db()
    assert message.delivery == "delivered"


def test_reports_carry_no_address_and_nothing_from_the_future(message: Message) -> None:
    told = report(
        Kind.BOUNCED,
        message,
        minutes_ago=-600,
        detail="550 <reader@example.com> is unknown\x00",
        recipient="reader@example.com",
        event_id="e" * 300,
    )

    reports.keep(message.account, [told], source=GatewayReport.Source.WEBHOOK)

    kept = GatewayReport.objects.get()
    assert "reader@" not in str(vars(kept))
    assert kept.occurred_at <= timezone.now()
    assert Kick.objects.filter(job="campaigns.tasks.settle_reports").exists()
