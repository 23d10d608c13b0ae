"""A replay whose work is done by processes that are killed at random moments, and begun again by the next one."""

import os
import signal
import time
from collections.abc import Callable
from datetime import timedelta
from random import Random

from django.db import connection, connections

from crm_project.demo.replay import Replay
from crm_project.processes import die_with_parent

# How much later the next one comes by: after the lease of whatever one that was killed held.
COMES_BY_AFTER = timedelta(minutes=15)
OTHERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
ALONE_WITHIN = 60  # seconds


class WatchedReplay(Replay):
    """Each tick's work is done at so many moments (`looks`), as if somebody came by again and again.

    What is due, and what still is in time, depends on when somebody comes by: only replays that are looked after at the
    same moments may be held side by side.
    """

    def __init__(self, replay: Replay, *, looks: int) -> None:
        """Go on as `replay` would."""
        super().__init__(replay.shop, at=replay.at, schedules=replay.schedules)
        self.looks = looks

    def work(self) -> None:
        """Do what is due at each of the moments."""
        for number in range(self.looks):
            self._look(number)

    def _look(self, number: int) -> None:
        with self.at(self.now + number * COMES_BY_AFTER):
            super().work()


class KilledReplay(WatchedReplay):
    """The same by processes of their own, of which all but the last of each tick may be killed.

    `patience` are the seconds that those live at most.
    """

    def __init__(self, replay: Replay, *, looks: int, chance: Random, patience: float) -> None:
        """Go on as `replay` would."""
        super().__init__(replay, looks=looks)
        self.chance, self.patience = chance, patience
        self.killed = 0

    def _look(self, number: int) -> None:
        is_last = number == self.looks - 1
        kill_after = None if is_last else self.chance.uniform(0.02, self.patience)
        self.killed += not self._is_done_by(number, kill_after=kill_after)

    def _is_done_by(self, number: int, *, kill_after: float | None) -> bool:
        """Tell whether a new process did the work before it was killed; it may end in no other way."""
        connections.close_all()
        worker = os.fork()
        if not worker:
            _work(lambda: super(KilledReplay, self)._look(number))
        status = _wait(worker, kill_after)
        _wait_until_alone()
        was_killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        assert status == 0 or was_killed, f"a worker failed: {status}"
        return status == 0


def _work(work: Callable[[], None]) -> None:
    """Do it and end this process, whatever happens: nothing of the test's own may run in it."""
    die_with_parent()
    code = 1
    try:
        work()
        code = 0
    finally:
        os._exit(code)


def _wait(worker: int, kill_after: float | None) -> int:
    """Return how a process ended, of itself or because it was killed."""
    ends_at = None if kill_after is None else time.perf_counter() + kill_after
    while ends_at is None or time.perf_counter() < ends_at:
        ended, status = os.waitpid(worker, os.WNOHANG)
        if ended:
            return status
        time.sleep(0.005)
    os.kill(worker, signal.SIGKILL)
    return os.waitpid(worker, 0)[1]


def _wait_until_alone() -> None:
    """Wait until the server has noticed that a process is dead, and let go of what it held."""
    ends_at = time.perf_counter() + ALONE_WITHIN
    while time.perf_counter() < ends_at:
        with connection.cursor() as cursor:
            cursor.execute(OTHERS)
            if not cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    raise AssertionError("Somebody is still connected.")
