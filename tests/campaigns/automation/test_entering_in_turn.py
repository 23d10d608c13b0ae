"""Automations are asked in turn for who enters: one that takes long holds up neither the others nor the steps."""

import time
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from campaigns.automation import entering, entering_in_turn
from campaigns.errors import TooSlow
from campaigns.models import Automation
from crm_project import queue
from crm_project.models import Kick
from tests.campaigns.automation.making import automation_of, enter, message, story, wait
from tests.factories import make_reachable_customer

pytestmark = pytest.mark.django_db

NOW = datetime.fromisoformat("2026-11-20T12:00:00+09:00")


def automations(*priorities: int) -> list[Automation]:
    """Automations in force, each read once."""
    made = []
    for number, priority in enumerate(priorities):
        automation = automation_of(message(), wait(days=3), message(), name=f"number {number}", priority=priority)
        Automation.objects.filter(pk=automation.pk).update(read_until=NOW)
        made.append(automation)
    return made


def test_however_long_it_takes_to_ask_who_enters_steps_are_taken_and_each_is_asked_in_its_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = automations(50, 50, 60)
    clock, asked = [1_000.0], list[int]()

    def take_long(automation: Automation, now: datetime) -> int:
        clock[0] += 13 if automation.priority == 60 else 45
        asked.append(automation.pk)
        Automation.objects.filter(pk=automation.pk).update(read_until=now)
        return 0

    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(entering_in_turn, "enter", take_long)
    for _run in range(2):
        journey = enter(made[0], make_reachable_customer(), at=timezone.now())
        queue.run("campaigns.tasks.run_automations")
        assert [kind for kind, _outcome in story(journey)] == ["message", "wait"]
        assert Kick.objects.filter(job="campaigns.tasks.run_automations").exists()

    assert asked == [made[2].pk, made[0].pk, made[2].pk, made[1].pk]


def test_a_trigger_that_is_too_slow_fails_alone_with_its_name_and_is_asked_last_from_then_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slow, sound, other_slow = automations(60, 50, 55)
    asked = list[int]()

    def sleep(automation: Automation, now: datetime) -> int:
        asked.append(automation.pk)
        if automation.pk != sound.pk:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(20)")
        return entering.enter(automation, now)

    monkeypatch.setattr(entering_in_turn, "enter", sleep)
    for minute in (1, 2):
        with pytest.raises(ExceptionGroup) as raised:
            entering_in_turn.enter_due(NOW + timedelta(minutes=minute), longest=1)
        assert {type(error) for error in raised.value.exceptions} == {TooSlow}
        told = [error.__notes__ for error in raised.value.exceptions]
        assert told == [[f"automation {each.pk}: {each.name}"] for each in (slow, other_slow)]

    assert asked == [slow.pk, other_slow.pk, sound.pk, sound.pk, slow.pk, other_slow.pk]
    assert set(Automation.objects.values_list("read_until", flat=True)) == {NOW, NOW + timedelta(minutes=2)}
