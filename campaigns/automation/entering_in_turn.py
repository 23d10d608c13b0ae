"""Which automation is asked next for who enters it, so that one that takes long keeps nobody out of the others."""

import time
from datetime import UTC, datetime

from campaigns.automation.entering import enter
from campaigns.automation.within_time import within
from campaigns.errors import TooSlow
from campaigns.models import Automation
from campaigns.triggers.days import DailyTrigger
from campaigns.triggers.every import TRIGGERS
from crm_project import queue

NEVER = datetime.min.replace(tzinfo=UTC)


def enter_due(
    now: datetime, *, daily: bool | None = None, deadline: float | None = None, longest: int | None = None
) -> int:
    """Let those enter to whom it happened, in all running automations; return how many are newly inside.

    The more important automations first, of equals the one that was read longest ago; after all others those that took
    too long the last time.

    Args:
        daily: only those whose trigger looks once a day, or only the others; None: all.
        deadline: of `time.monotonic`, after which no other is asked; None: that of the running job.
        longest: how many seconds a statement of one automation may take before it is given up; None: any.

    Raises:
        ExceptionGroup: some automations could not be asked, or took too long; the others were asked.
    """
    ends = queue.deadline() if deadline is None else deadline
    entered, failures = 0, []
    for automation in _in_turn():
        if time.monotonic() >= ends:
            break
        if daily is not None and _is_daily(automation) != daily:
            continue
        try:
            entered += _enter(automation, now, longest)
        except Exception as error:  # one that is broken must not keep people out of the others
            error.add_note(f"automation {automation.pk}: {automation}")
            failures.append(error)
        queue.progress()
    if failures:
        raise ExceptionGroup("Some automations could not be entered", failures)
    return entered


def _enter(automation: Automation, now: datetime, longest: int | None) -> int:
    if longest is None:
        return enter(automation, now)
    try:
        with within(longest):
            return enter(automation, now)
    except TooSlow:
        Automation.objects.filter(pk=automation.pk).update(given_up_at=now)
        raise


def _in_turn() -> list[Automation]:
    running = Automation.objects.filter(status=Automation.Status.ACTIVE).select_related("live_version")
    return sorted(running, key=_turn)


def _turn(automation: Automation) -> tuple[bool, int, datetime, int]:
    read, given_up = automation.read_until or NEVER, automation.given_up_at or NEVER
    return given_up > read, -automation.priority, max(read, given_up), automation.pk


def _is_daily(automation: Automation) -> bool:
    version = automation.live_version
    return version is not None and isinstance(TRIGGERS.get(version.trigger), DailyTrigger)
