"""The one door to background work: `@job` names a function, `kick` asks that it run soon.

The truth stands in business tables; a job drains what is due there, may run twice, and loses nothing when the
queue's rows are lost. This module is the only one that imports django-q.

A kick's life: `kick` writes a `Kick` row and a queue row with the caller's transaction → a worker calls `run` →
the `Kick` rows it can see are answered (deleted), the start is counted, both committed → the function runs → the end
is written. A run takes a PostgreSQL advisory lock for as long as its process lives, so a dead run is known as such.
"""

import logging
import math
import time
import traceback
from collections.abc import Callable, Collection
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Min, QuerySet
from django.utils import timezone
from django_q.exceptions import TimeoutException
from django_q.models import Failure, OrmQ, Success, Task
from django_q.tasks import async_task

from crm_project import job_locks
from crm_project.models import Job, Kick
from crm_project.redaction import without_personal_data
from crm_project.registry import Registry

logger = logging.getLogger(__name__)
Function = TypeVar("Function", bound=Callable[..., object])

# Seconds a drain may take: well under the cluster's timeout, so that it stops by itself and is never cut.
SECONDS_TO_DRAIN = {"default": 45, "bulk": 540}
# A job that kills its worker is never reported by django-q, which would start it again for ever.
MAX_STARTS_WITHOUT_END = 5
# A kick nobody answered for this long has lost its queue row, its worker died before it began, or the transaction
# that made it was still open when a run looked.
FORGOTTEN_AFTER = timedelta(seconds=30)
PROGRESS_EVERY_SECONDS = 1.0
ERROR_LENGTH = 10_000


@dataclass(frozen=True)
class JobFunction:
    """A function the queue may run."""

    path: str
    function: Callable[..., object]
    cluster: str
    concurrent: bool


@dataclass
class Run:
    """The run this process is in."""

    name: str
    argument: int | None
    deadline: float
    progressed: float = -math.inf


JOBS: Registry[JobFunction] = Registry("job")
_current: ContextVar[Run | None] = ContextVar("current_run", default=None)


def job(*, cluster: str = "default", concurrent: bool = False) -> Callable[[Function], Function]:
    """Let the queue run the decorated function, which takes nothing or one optional id.

    Args:
        cluster: "default" for work of seconds, "bulk" for work of minutes.
        concurrent: several workers may run it at the same time, because it claims its rows.
    """
    if cluster not in SECONDS_TO_DRAIN:
        raise ValueError(f"There is no queue named {cluster!r}.")

    def register(function: Function) -> Function:
        path = f"{function.__module__}.{function.__qualname__}"
        JOBS.register(path, JobFunction(path=path, function=function, cluster=cluster, concurrent=concurrent))
        return function

    return register


def find(path: str) -> JobFunction:
    """Return the job at the dotted `path`.

    Raises:
        LookupError: no such job.
    """
    known = JOBS.get(path)
    if known is None:
        raise LookupError(f"There is no job at {path!r}; decorate the function in its app's tasks.py with @job().")
    return known


def kick(path: str, argument: int | None = None) -> None:
    """Ask that the job at the dotted `path` run as soon as the caller's transaction is committed.

    Does nothing where the same wish already waits. Costs two inserts and never waits for another transaction.

    Raises:
        LookupError: no such job.
    """
    find(path)
    with transaction.atomic(savepoint=False):
        # Holding the waiting row until our commit keeps a run from answering it before it can see our facts.
        if _waiting(path, argument).first() is None:
            Kick.objects.create(job=path, argument=argument, woken_at=timezone.now())
            _wake(path, argument)


def run(path: str, argument: int | None = None) -> None:
    """Run a job in this process; the queue's workers and its schedules call this."""
    known = find(path)
    if not _run_if_free(known, argument):
        # Whoever runs now looks for kicks after it let go of the lock; so write one, then try the lock again.
        _remember(path, argument)
        if not _run_if_free(known, argument):
            return
    with transaction.atomic():
        # Not for a parked job: it answers no kick, so that its runs would call each other without end.
        if _waiting(path, argument).first() and not _parked().filter(name=path, argument=argument).exists():
            _wake(path, argument)


def progress() -> None:
    """Say that the running job still gets on. Call it between transactions, as often as you like.

    Inside a transaction it says nothing: the lock on the job's row would hold up its other runs.
    """
    current = _current.get()
    if current is None or connection.in_atomic_block:
        return
    now = time.monotonic()
    if now - current.progressed >= PROGRESS_EVERY_SECONDS:
        current.progressed = now
        changes: dict[str, object] = {"progressed_at": timezone.now()}
        if JOBS[current.name].concurrent:
            # It claims its rows, and those count their own attempts: whoever got on does not kill its workers.
            changes["starts"] = job_locks.holders(current.name, current.argument)
        Job.objects.filter(name=current.name, argument=current.argument).update(**changes)


def deadline() -> float:
    """Return the moment of `time.monotonic()` by which the running job should stop and kick itself again.

    Outside the queue (a command, a test) there is none: infinity.
    """
    current = _current.get()
    return current.deadline if current else math.inf


def out_of_time() -> bool:
    """Return whether the running job should stop now and kick itself again for what is left."""
    return time.monotonic() >= deadline()


def wake_forgotten() -> int:
    """Call a worker once more for each kick that nobody answered; return for how many."""
    left_alone = set(_parked().values_list("name", "argument"))
    with transaction.atomic():
        forgotten = Kick.objects.select_for_update(skip_locked=True).filter(
            woken_at__lt=timezone.now() - FORGOTTEN_AFTER
        )
        kicks = [each for each in forgotten if (each.job, each.argument) not in left_alone and each.job in JOBS]
        for each in kicks:
            _wake(each.job, each.argument)
        Kick.objects.filter(pk__in=[each.pk for each in kicks]).update(woken_at=timezone.now())
    return len(kicks)


def restart_parked(parked: Job) -> None:
    """Let a parked job start again, and kick it."""
    with transaction.atomic():
        Job.objects.filter(pk=parked.pk).update(parked_at=None, starts=0)
        kick(parked.name, parked.argument)


def purge_history(*, successes_after: timedelta, failures_after: timedelta) -> None:
    """Delete the records of runs that are older than given; never a parked job."""
    now = timezone.now()
    Success.objects.filter(stopped__lt=now - successes_after).delete()
    Failure.objects.filter(stopped__lt=now - failures_after).delete()
    done = Job.objects.filter(argument__isnull=False, parked_at__isnull=True, finished_at__lt=now - failures_after)
    done.filter(finished_at__gte=F("started_at")).delete()


def records_naming(texts: Collection[str]) -> list[Task]:
    """Return the records of runs, and of what they answered or failed with, in which one of these texts stands."""
    wanted = [text for text in texts if text]
    return [each for each in Task.objects.all() if any(text in str(vars(each)) for text in wanted)]


def oldest_waiting(cluster: str) -> timedelta:
    """Return how long the oldest queue row that no worker has taken yet has waited."""
    now = timezone.now()
    since = OrmQ.objects.filter(key=cluster, lock__lte=now).aggregate(Min("lock"))["lock__min"]
    return now - since if since else timedelta()


def send(path: str, *arguments: object, cluster: str, save: bool = True) -> None:
    """Put a call of the function at `path` on a queue, without any of a job's book-keeping."""
    async_task(path, *arguments, q_options={"cluster": cluster, "group": path[:100], "save": save})


def cluster_settings(cluster: str) -> dict[str, Any]:
    """Return the queue's settings as they hold in one cluster."""
    return {**settings.Q_CLUSTER, **settings.Q_CLUSTER["ALT_CLUSTERS"].get(cluster, {})}


def _waiting(path: str, argument: int | None) -> QuerySet[Kick]:
    """Return the kicks whose transactions are over, and lock them; a locked one belongs to an open transaction."""
    return Kick.objects.select_for_update(skip_locked=True).filter(job=path, argument=argument)


def _parked() -> QuerySet[Job]:
    return Job.objects.filter(parked_at__isnull=False)


def _wake(path: str, argument: int | None) -> None:
    send(f"{__name__}.run", path, argument, cluster=JOBS[path].cluster)


def _remember(path: str, argument: int | None) -> None:
    if not Kick.objects.filter(job=path, argument=argument).exists():
        Kick.objects.create(job=path, argument=argument, woken_at=timezone.now())


def _run_if_free(known: JobFunction, argument: int | None) -> bool:
    """Run the job unless another process does that may not be joined. Return False in that case."""
    with job_locks.hold(known.path, argument, shared=known.concurrent) as locked:
        if locked and _begin(known, argument):
            _call(known, argument)
        return locked


def _begin(known: JobFunction, argument: int | None) -> bool:
    """Count the start and answer the kicks, committed before the work begins. Return False for a parked job."""
    Job.objects.get_or_create(name=known.path, argument=argument, defaults={"cluster": known.cluster})
    with transaction.atomic():
        row = Job.objects.select_for_update().get(name=known.path, argument=argument)
        others = job_locks.holders(known.path, argument) - 1
        if row.parked_at is None and row.starts - others >= MAX_STARTS_WITHOUT_END:
            row.parked_at = timezone.now()
            row.save(update_fields=["parked_at"])
            logger.error("Job %s was started %d times without an end and is parked.", row, row.starts)
        if row.parked_at:
            return False
        now = timezone.now()
        Job.objects.filter(pk=row.pk).update(
            starts=F("starts") + 1, started_at=now, progressed_at=now, cluster=known.cluster
        )
        Kick.objects.filter(pk__in=[each.pk for each in _waiting(known.path, argument)]).delete()
    return True


def _call(known: JobFunction, argument: int | None) -> None:
    current = Run(known.path, argument, deadline=time.monotonic() + SECONDS_TO_DRAIN[known.cluster])
    token = _current.set(current)
    try:
        known.function() if argument is None else known.function(argument)
    except TimeoutException:
        # Not an end: a job that is cut every time must be parked like one that kills its worker.
        _write_end(current, starts=F("starts"), failed=True)
        raise
    except Exception as error:
        first_line = str(error).partition("\n")[0]  # the job's row holds the rest
        logger.error("Job %s failed: %s: %s", known.path, type(error).__name__, first_line)
        connection.close_if_unusable_or_obsolete()
        _write_end(current, starts=job_locks.holders(known.path, argument) - 1, failed=True)
        raise
    else:
        _write_end(current, starts=job_locks.holders(known.path, argument) - 1)
    finally:
        _current.reset(token)


def _write_end(current: Run, *, starts: object, failed: bool = False) -> None:
    now = timezone.now()
    changes = {"starts": starts, "finished_at": now, "progressed_at": now}
    if failed:
        changes |= {"failed_at": now, "last_error": without_personal_data(traceback.format_exc())[-ERROR_LENGTH:]}
    Job.objects.filter(name=current.name, argument=current.argument).update(**changes)
