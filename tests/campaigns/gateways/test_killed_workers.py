"""Workers that are killed in the middle of a send: nobody gets two, and what is not known is shown."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django import Settings

from campaigns.models import Campaign, Message
from tests.campaigns.gateways.conftest import Recorder
from tests.factories import make_account, make_draft, make_reachable_customer

ROOT = Path(__file__).resolve().parents[3]
PEOPLE, KILLS = 600, 6
WORKER = """
import time, django
django.setup()
from django.utils import timezone
from campaigns.pipeline import claims, dispatch
while True:
    claims.reclaim_expired(timezone.now())
    dispatch.dispatch_due(time.monotonic() + 5)
    time.sleep(0.1)
"""


def start_worker(environment: dict[str, str]) -> subprocess.Popen:
    live = {"MESSAGING_LIVE": "1", "CLAIM_LEASE_SECONDS": "3", "SENDING_LEASE_SECONDS": "3"}
    named = {"DJANGO_SETTINGS_MODULE": "crm_project.settings"}
    return subprocess.Popen([sys.executable, "-c", WORKER], env=environment | live | named, cwd=ROOT)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_workers_killed_six_times_send_nobody_two(
    environment: dict[str, str],
    settings: Settings,
    mail_server: tuple[Recorder, int],
    planned: Callable[[Campaign], Campaign],
) -> None:
    recorder, port = mail_server
    recorder.after_content = lambda _envelope: time.sleep(0.004)  # so that a kill lands between accept and answer
    settings.MESSAGING_LIVE = True
    options = {"host": "127.0.0.1", "port": port}
    for _number in range(PEOPLE):
        make_reachable_customer()
    account = make_account(gateway="smtp", is_live=True, settings=options, rate_per_second=150)
    campaign = planned(make_draft(account=account))
    messages = Message.objects.filter(campaign=campaign)
    chance = random.Random(7)  # noqa: S311  # chance, repeatable

    workers = [start_worker(environment) for _number in range(2)]
    kills = 0
    deadline = time.monotonic() + 120
    while messages.filter(status__in=["planned", "claimed", "sending"]).exists() and time.monotonic() < deadline:
        if kills < KILLS and len(recorder.accepted) > kills * PEOPLE // (KILLS + 2):
            time.sleep(chance.uniform(0, 0.1))
            victim = workers.pop(chance.randrange(len(workers)))
            victim.send_signal(signal.SIGKILL)
            victim.wait()
            workers.append(start_worker(environment))
            kills += 1
        time.sleep(0.02)
    for worker in workers:
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()

    counts = messages.counts_by_status()
    times_received = Counter(recorder.recipients)
    unknown = {message.customer.email for message in messages.unknown().select_related("customer")}
    sent = {message.customer.email for message in messages.filter(status="sent").select_related("customer")}
    assert kills == KILLS
    assert max(times_received.values()) == 1
    assert counts.get("sent", 0) + counts.get("unknown", 0) == PEOPLE
    assert counts.get("unknown", 0) <= KILLS * 50
    assert sent <= set(times_received)
    assert set(times_received) - sent <= unknown
