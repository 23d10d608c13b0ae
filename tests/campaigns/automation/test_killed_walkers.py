"""Two walkers at once, and one that is killed again and again: each journey takes each step once."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.db.models import Count
from django.utils import timezone

from campaigns.automation import walking
from campaigns.models import Enrollment, Journey, Message, StepTaken
from tests.campaigns.automation.making import automation_of, enter, message, wait
from tests.factories import make_reachable_customer

ROOT = Path(__file__).resolve().parents[3]
PEOPLE, CHUNK, KILLS = 120, 10, 2
WALKER = f"""
import time, django
django.setup()
from django.utils import timezone
from campaigns.automation import walking
walking.CHUNK = {CHUNK}
go = walking.Walk.chunk
def slowly(walk):
    went = go(walk)
    print(went, flush=True)
    time.sleep(0.03)
    return went
walking.Walk.chunk = slowly
walking.walk_due(timezone.now())
"""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_walkers_of_which_one_is_killed_again_and_again_take_each_step_once(environment: dict[str, str]) -> None:
    now = timezone.now()
    automation = automation_of(
        message(), wait(hours=1), message(), ("split", {"settings": {"shares": {"a": 50, "b": 50}}})
    )
    for _number in range(PEOPLE):
        enter(automation, make_reachable_customer(), at=now - timedelta(hours=2))

    steady = start_walker(environment)
    for _kill in range(KILLS):
        walker = start_walker(environment)
        walker.stdout.readline()
        walker.kill()
        walker.wait()
    assert steady.wait() == 0
    walking.walk_due(now)

    assert set(Journey.objects.values_list("status", flat=True)) == {"finished"}
    assert StepTaken.objects.count() == 4 * PEOPLE
    assert (Enrollment.objects.count(), Message.objects.count()) == (2 * PEOPLE, 2 * PEOPLE)
    each = Message.objects.values("customer", "campaign").annotate(count=Count("pk"))
    assert set(each.values_list("count", flat=True)) == {1}


def start_walker(environment: dict[str, str]) -> subprocess.Popen:
    named = {"DJANGO_SETTINGS_MODULE": "crm_project.settings"}
    command = [sys.executable, "-c", WALKER]
    return subprocess.Popen(command, env=environment | named, cwd=ROOT, stdout=subprocess.PIPE, text=True)
