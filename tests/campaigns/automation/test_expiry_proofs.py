"""A notice of expiring points counts as tried once a message of it left, failed or could not reach its member."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from campaigns.automation import expiry_proofs
from campaigns.models import Automation, AutomationVersion, Enrollment, Journey, Message
from loyalty import ledger
from loyalty.facts import expiry_notices
from loyalty.ledger import LotTerms, Receipt
from loyalty.ledger.terms import start_of
from loyalty.models import ExpiryNotice
from tests.factories import make_customer, make_running_campaign

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
EARNED = NOW - timedelta(days=300)


@pytest.fixture
def notice() -> ExpiryNotice:
    """The notice of thirty days for a member's points, due today."""
    account = ledger.account_of(make_customer().pk)
    terms = LotTerms(EARNED, start_of(NOW.date() + timedelta(days=31)))
    ledger.earn(account.pk, 500, receipt=Receipt("till", "R-1"), occurred_at=EARNED, terms=terms, now=EARNED)
    expiry_notices.open_due(NOW)
    return ExpiryNotice.objects.get()


def told(notice: ExpiryNotice, status: str, *, trigger: str = "points_expiring", **fields: Any) -> Message:
    """A message to the notice's member by an automation that begins with this trigger."""
    automation = Automation.objects.create(name="소멸 안내")
    version = AutomationVersion.objects.create(automation=automation, trigger=trigger, status="live")
    customer = notice.account.customer
    key = f"{notice.last_day}/{notice.days_before}"
    journey = Journey.objects.create(
        automation=automation, version=version, customer=customer, entry_key=key, anchor_at=NOW
    )
    campaign = make_running_campaign()
    step = campaign.steps.get()
    entered = Enrollment.objects.create(campaign=campaign, customer=customer, entry_key=f"journey/{journey.pk}")
    named = {"campaign": campaign, "enrollment": entered, "step": step, "variant": step.variants.get()}
    return Message.objects.create(customer=customer, account=step.account, status=status, **named | fields)


@pytest.mark.parametrize(
    ("status", "fields", "is_tried"),
    [
        ("sent", {}, True),
        ("failed", {"failure": "invalid_recipient"}, True),
        ("failed", {"failure": "retryable"}, True),
        ("failed", {"failure": "content"}, False),
        ("failed", {"failure": "auth"}, False),
        ("failed", {"failure": "worker_lost"}, False),
        ("unknown", {"failure": "worker_lost"}, True),
        ("skipped", {"skip_reason": "NO_ADDRESS"}, True),
        ("skipped", {"skip_reason": "OPTED_OUT"}, True),
        ("skipped", {"skip_reason": "FREQ_CAP"}, False),
        ("skipped", {"skip_reason": "HOLDOUT"}, False),
        ("planned", {}, False),
        ("stopped", {}, False),
        ("sent", {"is_sandbox": True}, False),
        ("sent", {"trigger": "tier_at_risk"}, False),
    ],
)
def test_a_notice_is_tried_by_a_message_that_left_or_cannot_reach_its_member(
    status: str, fields: dict[str, Any], is_tried: bool, notice: ExpiryNotice
) -> None:
    message = told(notice, status, **fields)

    proved = expiry_proofs.prove(NOW), expiry_proofs.prove(NOW)

    notice.refresh_from_db()
    assert proved == (int(is_tried), 0)
    assert (notice.done_at, notice.how) == ((NOW, f"message {message.pk}: {status}") if is_tried else (None, ""))


def test_points_of_which_a_message_told_die_on_their_day_and_others_do_not(notice: ExpiryNotice) -> None:
    untold = ledger.account_of(make_customer().pk)
    terms = LotTerms(EARNED, start_of(NOW.date() + timedelta(days=31)))
    ledger.earn(untold.pk, 300, receipt=Receipt("till", "R-2"), occurred_at=EARNED, terms=terms, now=EARNED)
    told(notice, "sent")
    expiry_proofs.prove(NOW)

    ledger.expire_due(NOW + timedelta(days=31))

    untold.refresh_from_db()
    notice.account.refresh_from_db()
    assert (notice.account.available, untold.available) == (0, 300)
