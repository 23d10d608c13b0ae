"""F20, F22: all of `manage.py serve` killed at once, and started again with another SECRET_KEY, with work queued."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from campaigns.models import ChannelAccount, Message
from crm_project import processes, queue
from tests.faults import numbers
from tests.faults.mail_recorder import MailRecorder
from tests.faults.nursery import LEASE_SECONDS, ROOT
from tests.faults.people import everybody, planned_campaign
from tests.faults.waiting import until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not processes.ON_LINUX, reason="looks into /proc"),
]
OPEN = ("planned", "claimed", "sending")


class Container:
    """A running `manage.py serve --without-web`."""

    def __init__(self, environment: dict[str, str], secret_key: str) -> None:
        leases = {"CLAIM_LEASE_SECONDS": str(LEASE_SECONDS), "SENDING_LEASE_SECONDS": str(LEASE_SECONDS)}
        more = {"MESSAGING_LIVE": "1", "SECRET_KEY": secret_key, "ADS_PER_DAY": "0", "ADS_PER_WEEK": "0"}
        self.record = Path(environment["VAR_DIR"]) / "run" / "serve.json"
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "serve", "--without-web"],
            env=environment | leases | more,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def kill(self) -> None:
        """End every process of it at the same moment, as when the machine loses power."""
        groups = [self.process.pid]
        with suppress(FileNotFoundError, ValueError):
            groups += [each["pid"] for each in json.loads(self.record.read_text(encoding="ascii"))]
        for group in groups:
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def containers(environment: dict[str, str]) -> Iterator[list[Container]]:
    """The containers of a test; the last one ends with it."""
    made: list[Container] = []
    yield made
    for each in made:
        each.kill()


def test_nothing_is_lost_when_all_is_killed_and_the_key_is_another(
    account: ChannelAccount, recorder: MailRecorder, environment: dict[str, str], containers: list[Container]
) -> None:
    people, kills = numbers.of(small=300, full=10_000), numbers.of(small=1, full=10)
    messages = Message.objects.filter(campaign=planned_campaign(account, everybody(people)))
    queue.kick("campaigns.tasks.dispatch_messages")
    for kill in range(kills):
        containers.append(Container(environment, f"secret-{kill}"))
        until(lambda least=people * (kill + 1) // (kills + 2): len(recorder.accepted) >= least, seconds=180)
        containers[-1].kill()
        # Signed with the key that is about to go.
        queue.kick("campaigns.tasks.dispatch_messages")

    containers.append(Container(environment, "the last secret"))
    until(lambda: not messages.filter(status__in=OPEN).exists(), seconds=240 + people / 20, every=0.2)

    received, counts = recorder.times_received(), messages.counts_by_status()
    doubled = sum(count - 1 for count in received.values())
    lost = people - counts.get("sent", 0) - counts.get("unknown", 0)
    numbers.Tally("F20, F22").write(
        messages=people, kills=kills, keys=kills + 1, doubled=doubled, lost=lost, unknown=counts.get("unknown", 0)
    )
    assert (doubled, lost) == (0, 0)
    assert counts.get("unknown", 0) <= kills * 3 * 50  # as many workers as a cluster has, a slice each
