"""A mail that came back is about the mail that left, whatever became of its message since."""

from collections.abc import Iterator

import pytest
import time_machine
from django.utils import timezone

from campaigns.bounces import addresses
from campaigns.bounces.intake import take_in
from campaigns.models import GatewayReport, Message
from campaigns.pipeline import reports
from customers.consent import is_granted
from tests.campaigns.bounces.test_mails import BOUNCES, COMPLAINT, bounce
from tests.factories import (
    add_fallback,
    make_message,
    make_reachable_customer,
    make_running_campaign,
    make_text_account,
    set_consent,
)

pytestmark = pytest.mark.django_db
CHANNELS = ("email", "sms")


@pytest.fixture(autouse=True)
def _the_day_before() -> Iterator[None]:
    """Before the Date of the mails, which never counts for later than when they are read."""
    with time_machine.travel("2026-11-21T03:00:00Z", tick=True):
        yield


@pytest.fixture
def texted() -> Message:
    """A mail that came back, delivered as a text since; there is a third way."""
    customer = make_reachable_customer(email="reader@naver.com", phone="+821012345678")
    set_consent(customer, "ad_receive", channel="sms")
    campaign = make_running_campaign()
    message = make_message(campaign, customer)
    for position in (1, 2):
        add_fallback(campaign, make_text_account(), position=position)
    come_back(bounce(to=addresses.write(BOUNCES, message.pk), status="5.2.2"))
    message.refresh_from_db()
    assert (message.leg, message.status) == (1, "planned")
    Message.objects.update(status="sent", delivery="delivered", sent_at=timezone.now())
    return message


def come_back(raw: bytes) -> None:
    take_in(raw, at=timezone.now())
    reports.settle_waiting()


def test_a_mail_that_comes_back_a_second_time_says_nothing_of_the_text_that_followed_it(texted: Message) -> None:
    come_back(bounce(to=addresses.write(BOUNCES, texted.pk), status="5.1.1"))

    texted.refresh_from_db()
    assert (texted.leg, texted.status, texted.delivery) == (1, "sent", "delivered")
    mailed_over = texted.step.account_id
    assert list(GatewayReport.objects.values_list("account", "message")) == [(mailed_over, texted.pk)] * 2


def test_a_complaint_about_the_mail_withdraws_no_consent_to_the_texts_that_followed_it(texted: Message) -> None:
    come_back(COMPLAINT.format(to=addresses.write(BOUNCES, texted.pk), kind="abuse").encode())

    granted = {channel: is_granted(texted.customer_id, purpose="ad_receive", channel=channel) for channel in CHANNELS}
    assert granted == {"email": False, "sms": True}


def test_a_mail_about_a_message_that_never_was_one_is_not_kept() -> None:
    account = make_text_account()
    message = make_message(make_running_campaign(), make_reachable_customer(), account=account)

    assert take_in(bounce(to=addresses.write(BOUNCES, message.pk)), at=timezone.now()) == 0

    assert not GatewayReport.objects.exists()


def test_a_bounce_is_kept_once_for_the_account_of_its_message() -> None:
    message = make_message(make_running_campaign(), make_reachable_customer())
    raw = bounce(to=addresses.write(BOUNCES, message.pk))

    assert [take_in(raw, at=timezone.now()) for _time in range(2)] == [1, 1]

    kept = GatewayReport.objects.get()
    assert (kept.account, kept.told_id, kept.source) == (message.account, message.pk, "mail")


def test_a_bounce_of_nothing_of_ours_is_not_kept() -> None:
    assert take_in(bounce(), at=timezone.now()) == 0
    assert not GatewayReport.objects.exists()
