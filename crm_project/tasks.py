"""The queue's own upkeep."""

from datetime import timedelta

from crm_project import idempotency, queue, rate_limits


@queue.job()
def wake_forgotten_kicks() -> None:
    """Call a worker again for kicks whose queue row was lost."""
    queue.wake_forgotten()


@queue.job(cluster="bulk")
def purge_queue_history() -> None:
    """Delete records of runs: successes after a day, failures and idle jobs of one argument after a week."""
    queue.purge_history(successes_after=timedelta(days=1), failures_after=timedelta(days=7))


@queue.job()
def purge_calls_of_the_api() -> None:
    """Delete answers that were kept for repeated requests, and counts of calls, once they are a day old."""
    idempotency.purge()
    rate_limits.forget_old()
