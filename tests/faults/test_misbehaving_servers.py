"""F17: one bad recipient among a hundred, a burst of refusals, an answer that never comes: nobody else is affected."""

import time
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from campaigns.models import ChannelAccount, Message
from campaigns.pipeline import claims, dispatch
from tests.faults import numbers
from tests.faults.mail_recorder import MailRecorder
from tests.faults.people import everybody, planned_campaign

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
PEOPLE = 100
ALWAYS_REFUSED, NEVER_ANSWERED = "p7@example.com", "p13@example.com"
BURST = {f"p{number}@example.com" for number in range(40, 60)}
MOST_ATTEMPTS = 5


def refusal(recipient: str, tried: int) -> str:
    """Refuse one recipient for ever, and a fifth of them once."""
    if recipient == ALWAYS_REFUSED:
        return "451 4.2.1 try later"
    return "450 4.7.1 too busy" if recipient in BURST and tried == 1 else ""


def test_what_goes_wrong_for_some_goes_wrong_for_them_alone(account: ChannelAccount, recorder: MailRecorder) -> None:
    recorder.answer_after = 0
    recorder.refuses, recorder.forgets = refusal, lambda recipient: recipient == NEVER_ANSWERED
    account.settings |= {"timeout": 1}
    account.save()
    messages = Message.objects.filter(campaign=planned_campaign(account, everybody(PEOPLE)))

    dispatch.dispatch_due()

    first = messages.counts_by_status()
    with time_machine.travel(timezone.now(), tick=True) as clock:
        for minutes in (2, 5, 20, 70, 300):
            clock.shift(timedelta(minutes=minutes))
            claims.reclaim_expired(timezone.now())
            dispatch.dispatch_due(time.monotonic() + 30)

    received = recorder.times_received()
    numbers.Tally("F17").write(
        messages=PEOPLE,
        after_first_pass=first,
        in_the_end=messages.counts_by_status(),
        tried_the_bad_one=recorder.tried[ALWAYS_REFUSED],
        most_received=max(received.values()),
    )
    assert first == {"sent": PEOPLE - 2 - len(BURST), "planned": 1 + len(BURST), "unknown": 1}
    assert messages.counts_by_status() == {"sent": PEOPLE - 2, "failed": 1, "unknown": 1}
    assert recorder.tried[ALWAYS_REFUSED] == MOST_ATTEMPTS
    assert received[NEVER_ANSWERED] == 1  # taken, never answered, never sent again
    assert max(received.values()) == 1
