"""Everything that runs by the clock. Times are those of Asia/Seoul. `manage.py sync_schedules` puts it in force."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Schedule:
    """When the job at the dotted `path` runs: every so many minutes, or at the times of a cron line."""

    path: str
    every_minutes: int | None = None
    cron: str = ""


SCHEDULES = [
    Schedule("crm_project.tasks.wake_forgotten_kicks", every_minutes=1),
    Schedule("crm_project.tasks.purge_queue_history", cron="30 3 * * *"),
]
