"""F23: whoever withdraws while a campaign is being sent gets nothing that begins after it."""

import random
import time
from collections.abc import Callable

import pytest
from django.utils import timezone

from campaigns.models import ChannelAccount, Message
from customers import consent
from customers.models import ConsentEntry, Customer
from tests.faults import numbers
from tests.faults.mail_recorder import MailRecorder
from tests.faults.nursery import Nursery
from tests.faults.people import everybody, planned_campaign
from tests.faults.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
CLAIM_INTERVAL_SECONDS = 60
OPEN = ("planned", "claimed", "sending")


def withdraw(customer: Customer) -> float:
    """Withdraw the consent to e-mail, and return when that was committed, of `time.time`."""
    said = {"occurred_at": timezone.now(), "method": ConsentEntry.Method.WEB}
    consent.withdraw(customer.pk, purpose="ad_receive", channel="email", **said)
    return time.time()


def test_whoever_withdraws_gets_nothing_that_begins_afterwards(
    account: ChannelAccount, recorder: MailRecorder, nursery: Callable[..., Nursery]
) -> None:
    people, withdrawals = numbers.of(small=200, full=4_000), numbers.of(small=40, full=500)
    recorder.answer_after = 0.01
    messages = Message.objects.filter(campaign=planned_campaign(account, everybody(people)))
    chance = random.Random(23)  # noqa: S311  # chance, repeatable
    leaving = chance.sample(list(Customer.objects.all()), withdrawals)
    moments = sorted(chance.randrange(people * 8 // 10) for _one in leaving)
    nursery().start(2)

    withdrawn_at = {}
    for customer, moment in zip(leaving, moments, strict=True):
        until(lambda at=moment: len(recorder.accepted) >= at, seconds=120, every=0.005)
        withdrawn_at[customer.email] = withdraw(customer)
    until(lambda: not messages.filter(status__in=OPEN).exists(), seconds=120 + people / 20, every=0.3)

    got = {each.recipient: each.at for each in recorder.accepted}
    late = [got[email] - at for email, at in withdrawn_at.items() if email in got and got[email] > at]
    spared = messages.filter(status="skipped", skip_reason="OPTED_OUT").count()
    worst = round(max(late, default=0.0), 2)
    numbers.Tally("F23").write(
        withdrawals=withdrawals, spared=spared, after=len(late), worst_seconds=worst, before=withdrawals - spared
    )
    assert spared > 0
    assert [seconds for seconds in late if seconds > CLAIM_INTERVAL_SECONDS] == []
    assert worst < 5  # what had begun: the rest of a slice
