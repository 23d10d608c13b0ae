"""What the queue runs for campaigns."""

from campaigns.pipeline import outcome
from crm_project import queue


@queue.job()
def roll_up_hits() -> None:
    """Judge new hits and add them up on their messages; kicked by the first hit that waits, and every minute."""
    outcome.roll_up_waiting()
    if queue.out_of_time():
        queue.kick("campaigns.tasks.roll_up_hits")
