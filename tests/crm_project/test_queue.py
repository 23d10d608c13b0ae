"""A kick is never lost and never piles up; a job that goes wrong is seen."""

import logging
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone
from django_q.exceptions import TimeoutException
from django_q.models import Failure, OrmQ, Success, Task

from crm_project import job_locks, queue
from crm_project.models import Job, JobState, Kick
from crm_project.registry import Registry

pytestmark = pytest.mark.django_db(transaction=True)


class Work:
    """A job that tells how often it ran and does what a test puts into `act`."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.runs: list[int | None] = []
        self.act = lambda: None

    def __call__(self, argument: int | None = None) -> None:
        self.runs.append(argument)
        self.act()

    @property
    def row(self) -> Job:
        return Job.objects.get(name=self.path)


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> Registry[queue.JobFunction]:
    registry: Registry[queue.JobFunction] = Registry("job")
    monkeypatch.setattr(queue, "JOBS", registry)
    return registry


def made(jobs: Registry[queue.JobFunction], *, concurrent: bool = False, cluster: str = "default") -> Work:
    work = Work("shop.tasks.sweep_floor")
    jobs.register(work.path, queue.JobFunction(work.path, work, cluster, concurrent))
    return work


@pytest.fixture
def work(jobs: Registry[queue.JobFunction]) -> Work:
    return made(jobs)


@pytest.fixture
def somebody_else_runs_it(work: Work) -> Iterator[None]:
    with job_locks.hold(work.path, None, shared=False) as locked:
        assert locked
        yield


def test_the_decorator_leaves_the_function_as_it_was(jobs: Registry[queue.JobFunction]) -> None:
    @queue.job(cluster="bulk")
    def count_stock() -> str:
        return "counted"

    assert count_stock() == "counted"
    assert [(known.cluster, known.concurrent) for known in jobs] == [("bulk", False)]


def test_an_unknown_queue_is_refused() -> None:
    with pytest.raises(ValueError, match="no queue named 'fast'"):
        queue.job(cluster="fast")


def test_a_kick_puts_one_call_on_the_queue_of_its_job(jobs: Registry[queue.JobFunction]) -> None:
    work = made(jobs, cluster="bulk")

    queue.kick(work.path, 7)

    assert [(row.key, row.func(), row.args()) for row in OrmQ.objects.all()] == [
        ("bulk", "crm_project.queue.run", (work.path, 7))
    ]


def test_kicking_what_already_waits_adds_nothing(work: Work) -> None:
    queue.kick(work.path)

    queue.kick(work.path)

    assert (Kick.objects.count(), OrmQ.objects.count()) == (1, 1)


def test_kicks_for_different_arguments_both_count(work: Work) -> None:
    queue.kick(work.path, 1)
    queue.kick(work.path, 2)

    assert OrmQ.objects.count() == 2


def test_a_kick_goes_back_with_its_transaction(work: Work) -> None:
    with transaction.atomic():
        queue.kick(work.path)
        transaction.set_rollback(True)

    assert (Kick.objects.count(), OrmQ.objects.count()) == (0, 0)


def test_kicking_an_unknown_job_is_an_error() -> None:
    with pytest.raises(LookupError, match=r"no job at 'shop\.tasks\.nothing'"):
        queue.kick("shop.tasks.nothing")

    assert (Kick.objects.count(), OrmQ.objects.count()) == (0, 0)


def test_a_run_answers_the_kick_and_keeps_account(work: Work) -> None:
    queue.kick(work.path)

    queue.run(work.path)

    assert work.runs == [None]
    assert Kick.objects.count() == 0
    assert (work.row.starts, work.row.state, work.row.last_error) == (0, JobState.DONE, "")
    assert work.row.started_at <= work.row.finished_at


def test_the_argument_reaches_the_function(work: Work) -> None:
    queue.run(work.path, 12)

    assert work.runs == [12]
    assert str(work.row) == "shop.tasks.sweep_floor 12"


def test_a_start_is_counted_before_the_work_begins(work: Work) -> None:
    seen = []
    work.act = lambda: seen.append((work.row.starts, work.row.state, job_locks.holders(work.path, None)))

    queue.run(work.path)

    assert seen == [(1, JobState.RUNNING, 1)]
    assert job_locks.holders(work.path, None) == 0


def test_a_kick_made_while_the_job_runs_makes_it_run_again(work: Work) -> None:
    work.act = lambda: queue.kick(work.path)

    queue.run(work.path)

    assert (Kick.objects.count(), work.runs) == (1, [None])
    assert OrmQ.objects.count() >= 1


def test_a_second_run_returns_at_once_and_leaves_a_wish(work: Work, somebody_else_runs_it: None) -> None:
    queue.run(work.path)

    assert work.runs == []
    assert Kick.objects.filter(job=work.path).count() == 1


def test_the_wish_left_by_a_second_run_is_heard_when_the_first_ends(work: Work) -> None:
    def a_schedule_ticks_elsewhere() -> None:
        other = threading.Thread(target=in_another_process, args=[lambda: queue.run(work.path)])
        other.start()
        other.join()

    work.act = a_schedule_ticks_elsewhere

    queue.run(work.path)

    assert work.runs == [None]
    assert [row.args() for row in OrmQ.objects.all()] == [(work.path, None)]


def test_runs_of_a_concurrent_job_join_each_other(jobs: Registry[queue.JobFunction]) -> None:
    work = made(jobs, concurrent=True)

    with job_locks.hold(work.path, None, shared=True) as locked:
        queue.run(work.path)

    assert (locked, work.runs) == (True, [None])


def test_a_kick_of_an_open_transaction_outlives_a_run_that_cannot_see_its_facts(work: Work) -> None:
    queue.kick(work.path)
    kicked, finish = threading.Event(), threading.Event()

    def slow_import() -> None:
        with transaction.atomic():
            queue.kick(work.path)
            kicked.set()
            finish.wait(10)

    importer = threading.Thread(target=in_another_process, args=[slow_import])
    importer.start()
    assert kicked.wait(10)
    queue.run(work.path)
    finish.set()
    importer.join()

    assert Kick.objects.count() == 1


def test_a_failure_is_written_down_and_raised(work: Work, caplog: pytest.LogCaptureFixture) -> None:
    def break_down() -> None:
        raise ZeroDivisionError("no customers")

    work.act = break_down

    with pytest.raises(ZeroDivisionError):
        queue.run(work.path)

    assert (work.row.starts, work.row.state) == (0, JobState.FAILED)
    assert work.row.last_error.endswith("ZeroDivisionError: no customers\n")
    assert "Job shop.tasks.sweep_floor failed: ZeroDivisionError: no customers" in caplog.messages


def test_a_failure_inside_a_transaction_is_written_down_too(work: Work) -> None:
    def break_a_statement() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

    work.act = break_a_statement

    with pytest.raises(Exception, match="division by zero"):
        queue.run(work.path)

    assert work.row.state is JobState.FAILED


def test_being_cut_off_is_no_end(work: Work) -> None:
    def take_too_long() -> None:
        raise TimeoutException("Task exceeded maximum timeout value (60 seconds)")

    work.act = take_too_long

    with pytest.raises(TimeoutException):
        queue.run(work.path)

    assert (work.row.starts, work.row.state) == (1, JobState.FAILED)


def test_a_job_that_never_ends_is_parked_after_five_starts(work: Work, caplog: pytest.LogCaptureFixture) -> None:
    Job.objects.create(name=work.path, cluster="default", starts=5, started_at=timezone.now())
    queue.kick(work.path)

    queue.run(work.path)
    queue.run(work.path)

    assert work.runs == []
    assert work.row.state is JobState.PARKED
    assert Kick.objects.count() == 1
    assert caplog.record_tuples == [
        (
            "crm_project.queue",
            logging.ERROR,
            "Job shop.tasks.sweep_floor was started 5 times without an end and is parked.",
        )
    ]


def test_runs_that_live_do_not_count_as_starts_without_an_end(jobs: Registry[queue.JobFunction]) -> None:
    work = made(jobs, concurrent=True)
    Job.objects.create(name=work.path, cluster="default", starts=5, started_at=timezone.now())

    with job_locks.hold(work.path, None, shared=True):
        queue.run(work.path)

    assert work.runs == [None]


def test_a_person_lets_a_parked_job_start_again(work: Work) -> None:
    parked = Job.objects.create(name=work.path, cluster="default", starts=5, parked_at=timezone.now())

    queue.restart_parked(parked)
    queue.run(work.path)

    assert work.runs == [None]
    assert work.row.state is JobState.DONE


def test_a_kick_whose_queue_row_was_lost_wakes_a_worker_again(work: Work) -> None:
    queue.kick(work.path)
    OrmQ.objects.all().delete()
    Kick.objects.update(woken_at=timezone.now() - timedelta(seconds=31))

    assert queue.wake_forgotten() == 1
    assert queue.wake_forgotten() == 0
    assert OrmQ.objects.count() == 1


def test_a_kick_for_a_parked_job_is_left_alone(work: Work) -> None:
    Job.objects.create(name=work.path, cluster="default", parked_at=timezone.now())
    Kick.objects.create(job=work.path, woken_at=timezone.now() - timedelta(hours=1))

    assert queue.wake_forgotten() == 0


def test_runs_of_a_parked_job_do_not_call_each_other(work: Work) -> None:
    Job.objects.create(name=work.path, cluster="default", parked_at=timezone.now())
    queue.kick(work.path)
    OrmQ.objects.all().delete()  # as a worker takes it

    queue.run(work.path)

    assert OrmQ.objects.count() == 0
    assert Kick.objects.count() == 1  # heard when a person lets the job start again


@pytest.mark.parametrize(("cluster", "seconds"), [("default", 45), ("bulk", 540)])
def test_a_drain_knows_when_to_stop(jobs: Registry[queue.JobFunction], cluster: str, seconds: int) -> None:
    work = made(jobs, cluster=cluster)
    left = []
    work.act = lambda: left.append((queue.deadline() - time.monotonic(), queue.out_of_time()))

    queue.run(work.path)

    assert left == [(pytest.approx(seconds, abs=1), False)]


def test_outside_the_queue_a_drain_never_has_to_stop() -> None:
    assert queue.deadline() == float("inf")
    assert not queue.out_of_time()


def test_a_long_job_shows_that_it_gets_on(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "PROGRESS_EVERY_SECONDS", 0)
    moments = []

    def work_on() -> None:
        moments.append(work.row.progressed_at)
        queue.progress()
        moments.append(work.row.progressed_at)

    work.act = work_on

    queue.run(work.path)

    assert moments[0] < moments[1]


def test_old_records_are_purged(work: Work) -> None:
    for days, success in [(0.5, True), (2, True), (6, False), (8, False)]:
        moment = timezone.now() - timedelta(days=days)
        Task.objects.create(
            id=f"{days}", name=f"{days}", func="f", success=success, started=moment, stopped=moment, attempt_count=1
        )
    long_ago = timezone.now() - timedelta(days=8)
    for name, argument, parked_at in [("old", 1, None), ("old", None, None), ("parked", 1, long_ago)]:
        Job.objects.create(name=name, argument=argument, parked_at=parked_at, started_at=long_ago, finished_at=long_ago)

    queue.purge_history(successes_after=timedelta(days=1), failures_after=timedelta(days=7))

    assert [row.pk for row in Success.objects.all()] == ["0.5"]
    assert [row.pk for row in Failure.objects.all()] == ["6"]
    assert [str(job) for job in Job.objects.order_by("name")] == ["old", "parked 1"]


def in_another_process(act: object) -> None:
    """Call `act` on a database connection of its own, as another worker would."""
    try:
        act()
    finally:
        connection.close()
