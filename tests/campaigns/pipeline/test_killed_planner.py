"""A planner that is killed: what it wrote stays, the next one goes on there, and nobody is planned twice."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from campaigns import lifecycle
from campaigns.models import Campaign, Enrollment, Message
from campaigns.pipeline import plan
from tests.factories import make_draft, make_reachable_customer

ROOT = Path(__file__).resolve().parents[3]
PEOPLE, CHUNK, KILLS = 200, 15, 2
PLANNER = f"""
import sys, time, django
django.setup()
from campaigns.pipeline import plan
plan.CHUNK = {CHUNK}
write = plan._plan_chunk
def slowly(*given):
    written = write(*given)
    print(written, flush=True)
    time.sleep(0.05)
    return written
plan._plan_chunk = slowly
plan.plan_campaign(int(sys.argv[1]))
"""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_planner_killed_again_and_again_plans_everybody_once(
    environment: dict[str, str], approved: Callable[[Campaign], Campaign], author: User
) -> None:
    for _number in range(PEOPLE):
        make_reachable_customer()
    campaign = approved(make_draft())
    lifecycle.start_due(timezone.now())
    messages = Message.objects.filter(campaign=campaign)

    for _kill in range(KILLS):
        planner = start_planner(environment, campaign)
        planner.stdout.readline()  # a chunk is written
        time.sleep(0.02)
        planner.kill()
        planner.wait()
    written = messages.count()
    added = plan.plan_campaign(campaign.pk)

    campaign.refresh_from_db()
    assert 0 < written < PEOPLE
    assert (added, messages.count(), Enrollment.objects.count()) == (PEOPLE - written, PEOPLE, PEOPLE)
    assert messages.values("customer").distinct().count() == PEOPLE
    assert campaign.planned_at is not None

    Campaign.objects.filter(pk=campaign.pk).update(planned_at=None)
    assert plan.plan_campaign(campaign.pk) == 0


def start_planner(environment: dict[str, str], campaign: Campaign) -> subprocess.Popen:
    named = {"DJANGO_SETTINGS_MODULE": "crm_project.settings"}
    command = [sys.executable, "-c", PLANNER, str(campaign.pk)]
    return subprocess.Popen(command, env=environment | named, cwd=ROOT, stdout=subprocess.PIPE, text=True)


@pytest.mark.django_db
def test_who_entered_after_the_plan_was_cut_is_planned_too(
    approved: Callable[[Campaign], Campaign], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "CHUNK", 2)
    for _number in range(5):
        make_reachable_customer()
    campaign = approved(make_draft())
    lifecycle.start_due(timezone.now())
    write = plan._plan_chunk
    monkeypatch.setattr(plan, "_plan_chunk", lambda *given: write(*given) if not Message.objects.exists() else 0)
    plan.plan_campaign(campaign.pk)
    assert Message.objects.count() == 2

    monkeypatch.setattr(plan, "_plan_chunk", write)
    Message.objects.filter(customer=Message.objects.earliest("customer").customer_id).delete()  # an earlier gap
    make_reachable_customer()

    assert plan.plan_campaign(campaign.pk) == 5
    assert Message.objects.counts_by_status() == {"planned": 6}
