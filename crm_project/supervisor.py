"""Starts the web server and the queue's clusters, restarts what dies or hangs, and ends them all together.

Each child leads a session of its own, so that it can be killed with all its descendants and so that Ctrl-C reaches
the supervisor alone. Where the supervisor itself is killed, Linux ends the children (`die_with_parent`), and what is
left nevertheless is swept away at the next start.
"""

import fcntl
import json
import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.db import Error as DatabaseError
from django.utils import timezone

from crm_project import processes

logger = logging.getLogger(__name__)

LONGEST_PAUSE = 60.0  # seconds between two starts of a child that dies again and again
HEALTHY_AFTER = 60.0  # seconds after which a start counts as a success
ASK_EVERY = 5.0  # seconds between two questions whether children hang
# The database or its server is away. The children must not pay for that: who cannot ask must not kill.
CANNOT_ASK = (DatabaseError, OSError)


@dataclass
class Child:
    """One program the supervisor keeps running, with the question whether it hangs."""

    name: str
    command: list[str]
    is_stuck: Callable[["Child"], bool]
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen | None = None
    started: float = 0.0
    started_at: datetime = field(default_factory=timezone.now)
    failures: int = 0
    not_before: float = 0.0

    def start(self) -> None:
        """Start the program in a session of its own."""
        self.process = subprocess.Popen(  # noqa: S603 - our own commands
            self.command,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            preexec_fn=processes.die_with_parent,
            env={**os.environ, **self.environment},
        )
        self.started = time.monotonic()
        self.started_at = timezone.now()

    @property
    def pid(self) -> int:
        """Return the leader's process id, which is also its session's and its group's."""
        return self.process.pid if self.process else 0

    def kill(self) -> None:
        """End the program and all its descendants at once."""
        if self.process:
            processes.kill_session(self.pid)
            self.process.wait()

    def age(self) -> float:
        """Return the seconds since the last start."""
        return time.monotonic() - self.started

    def plan_restart(self) -> float:
        """Decide when to start again; return the pause in seconds, doubled with each failure in a row."""
        self.failures = 0 if self.age() > HEALTHY_AFTER else self.failures + 1
        pause = min(LONGEST_PAUSE, 2.0 ** (self.failures - 1)) if self.failures else 0.0
        self.process = None
        self.not_before = time.monotonic() + pause
        return pause


@dataclass
class Supervisor:
    """Keeps children running until told to stop."""

    children: list[Child]
    record: Path  # remembers the children for the sweep after a crash
    every_so_often: Callable[[], None]
    grace: float = 8.0  # seconds for running requests and jobs at the end
    _stopping: bool = field(default=False, init=False)
    _asked: float = field(default=0.0, init=False)

    def run(self) -> None:
        """Supervise until SIGINT or SIGTERM. A second signal kills at once."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        try:
            while not self._stopping:
                self._look_after_all()
                time.sleep(0.5)
        finally:
            self._end_all()

    def _stop(self, number: int, frame: object) -> None:
        if self._stopping:
            logger.warning("Killing all at once.")
            for child in self.children:
                child.kill()
            os._exit(128 + number)
        self._stopping = True

    def _look_after_all(self) -> None:
        for child in self.children:
            self._look_after(child)
        if time.monotonic() - self._asked < ASK_EVERY:
            return
        self._asked = time.monotonic()
        try:
            self.every_so_often()
            stuck = [child for child in self.children if child.process and child.is_stuck(child)]
        except CANNOT_ASK as error:
            logger.error("The supervisor cannot ask how the queue is: %s: %s", type(error).__name__, error)
            return
        for child in stuck:
            self._restart(child, "makes no progress")

    def _look_after(self, child: Child) -> None:
        if child.process is None:
            if time.monotonic() >= child.not_before:
                child.start()
                self._write_record()
            return
        code = child.process.poll()
        if code is not None:
            self._restart(child, f"ended by itself (exit code {code})")

    def _restart(self, child: Child, reason: str) -> None:
        pid = child.pid
        child.kill()
        pause = child.plan_restart()
        logger.warning("%s (process %d) %s: restarting in %.0f s.", child.name, pid, reason, pause)

    def _end_all(self) -> None:
        running = [child for child in self.children if child.process]
        for child in running:
            child.process.terminate()
        deadline = time.monotonic() + self.grace
        for child in running:
            try:
                child.process.wait(timeout=max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                logger.info("%s did not end in time and is killed; its work starts again later.", child.name)
            child.kill()
        self.record.unlink(missing_ok=True)

    def _write_record(self) -> None:
        sessions = [processes.identity(child.pid) for child in self.children if child.process]
        self.record.parent.mkdir(parents=True, exist_ok=True)
        half_written = self.record.with_suffix(".new")
        half_written.write_text(json.dumps(sessions), encoding="ascii")
        half_written.replace(self.record)  # whole or not at all, wherever this process is killed


@contextmanager
def only_one(path: Path) -> Iterator[bool]:
    """Hold the lock file while this process lives; yield whether it was free."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield True


def end(path: Path) -> bool:
    """Have the holder of the lock file end its children and itself; return whether there was one, once it is gone."""
    if not path.exists():
        return False
    with only_one(path) as alone:
        if alone:
            return False
    os.kill(int(path.read_text(encoding="ascii")), signal.SIGTERM)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
    return True


def sweep(record: Path) -> int:
    """Kill what a killed supervisor left behind; return how many sessions that were."""
    if not record.exists():
        return 0
    left = [identity for identity in json.loads(record.read_text(encoding="ascii")) if processes.is_same(identity)]
    for identity in left:
        processes.kill_session(identity["pid"])
    record.unlink()
    return len(left)
