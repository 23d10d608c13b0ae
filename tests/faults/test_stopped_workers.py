"""F18: a worker that is stopped past its lease and wakes again finds nothing of its own left to send."""

import os
import random
import signal
import time
from collections.abc import Callable

import pytest

from campaigns.models import ChannelAccount, Message
from tests.faults import numbers
from tests.faults.mail_recorder import MailRecorder
from tests.faults.nursery import LEASE_SECONDS, Nursery
from tests.faults.people import everybody, planned_campaign
from tests.faults.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
PEOPLE = 100
OPEN = ("planned", "claimed", "sending")


def test_a_worker_that_slept_past_its_lease_sends_nobody_a_second_one(
    account: ChannelAccount, recorder: MailRecorder, nursery: Callable[..., Nursery]
) -> None:
    trials = numbers.of(small=1, full=20)
    recorder.answer_after = 0.02
    segment, workers = everybody(PEOPLE), nursery()
    chance = random.Random(18)  # noqa: S311  # chance, repeatable
    doubled = lost = unknown = 0
    for _trial in range(trials):
        recorder.accepted.clear()
        messages = Message.objects.filter(campaign=planned_campaign(account, segment))
        [sleeper] = workers.start()
        asleep_at = chance.randrange(2, PEOPLE - 30)
        until(lambda at=asleep_at: len(recorder.accepted) >= at, seconds=60)

        os.kill(sleeper, signal.SIGSTOP)
        time.sleep(LEASE_SECONDS + 0.5)
        workers.start()
        # The other one takes over, unless the sleeper was stopped inside a transaction that it waits for.
        time.sleep(LEASE_SECONDS)
        os.kill(sleeper, signal.SIGCONT)
        until(lambda rows=messages: not rows.filter(status__in=OPEN).exists(), seconds=90, every=0.2)
        time.sleep(0.5)
        for worker in list(workers.workers):
            workers.kill(worker)

        received = recorder.times_received()
        known = set(messages.filter(status__in=["sent", "unknown"]).values_list("customer__email", flat=True))
        doubled += sum(count - 1 for count in received.values())
        lost += PEOPLE - len(known)
        unknown += messages.filter(status="unknown").count()

    numbers.Tally("F18").write(stopped=trials, messages=trials * PEOPLE, doubled=doubled, lost=lost, unknown=unknown)
    assert (doubled, lost) == (0, 0)
    assert unknown <= trials * 50
