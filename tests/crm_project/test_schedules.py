"""The table of schedules and the queue's rows are one."""

from datetime import UTC, datetime

import pytest
import time_machine
from django_q.models import Schedule as Row

from crm_project import queue, schedules
from crm_project.schedules import SCHEDULES, Schedule

FORGOTTEN = "crm_project.tasks.wake_forgotten_kicks"
PURGE = "crm_project.tasks.purge_queue_history"


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda schedule: schedule.path)
def test_every_schedule_names_a_job_and_one_kind_of_time(schedule: Schedule) -> None:
    assert queue.find(schedule.path).path == schedule.path
    assert bool(schedule.every_minutes) != bool(schedule.cron)


def test_no_job_is_scheduled_twice() -> None:
    assert len({schedule.path for schedule in SCHEDULES}) == len(SCHEDULES)


@pytest.mark.django_db
def test_the_rows_call_the_jobs_on_their_own_queue() -> None:
    schedules.put_in_force([Schedule(FORGOTTEN, every_minutes=1), Schedule(PURGE, cron="30 3 * * *")])

    assert list(Row.objects.order_by("name").values_list("func", "args", "cluster", "schedule_type", "minutes")) == [
        ("crm_project.queue.run", f"('{PURGE}',)", "bulk", Row.CRON, None),
        ("crm_project.queue.run", f"('{FORGOTTEN}',)", "default", Row.MINUTES, 1),
    ]


@pytest.mark.django_db
@time_machine.travel(datetime(2026, 3, 1, 0, 0, tzinfo=UTC), tick=False)
def test_cron_lines_are_read_in_korean_time() -> None:
    schedules.put_in_force([Schedule(PURGE, cron="30 3 * * *")])

    assert Row.objects.get().next_run == datetime(2026, 3, 1, 18, 30, tzinfo=UTC)


@pytest.mark.django_db
def test_a_second_deployment_changes_nothing() -> None:
    schedules.put_in_force(SCHEDULES)
    before = list(Row.objects.order_by("pk").values())

    schedules.put_in_force(SCHEDULES)

    assert list(Row.objects.order_by("pk").values()) == before


@pytest.mark.django_db
def test_strays_and_doubles_are_dropped_and_changes_taken_over() -> None:
    Row.objects.create(name="stray", func="os.system", args="'true'")
    schedules.put_in_force([Schedule(FORGOTTEN, every_minutes=5), Schedule(PURGE, cron="0 1 * * *")])
    row = Row.objects.get(name=FORGOTTEN)
    row.pk = None
    row.save()

    schedules.put_in_force([Schedule(FORGOTTEN, every_minutes=1)])

    assert list(Row.objects.values_list("name", "minutes")) == [(FORGOTTEN, 1)]


@pytest.mark.django_db
def test_a_schedule_without_job_is_refused_and_changes_nothing() -> None:
    schedules.put_in_force([Schedule(FORGOTTEN, every_minutes=1)])

    with pytest.raises(LookupError, match=r"os\.system"):
        schedules.put_in_force([Schedule("os.system", every_minutes=1)])

    assert Row.objects.get().name == FORGOTTEN


def test_what_is_kicked_every_few_seconds_is_a_job_and_runs_by_the_clock_too() -> None:
    assert set(schedules.OFTEN) <= set(queue.JOBS.names()) & {schedule.path for schedule in SCHEDULES}
