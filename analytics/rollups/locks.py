"""One refresh of the roll-ups at a time: a job and a command would else write the same rows over each other."""

from django.db.backends.utils import CursorWrapper

from crm_project import job_locks

LOCK = (job_locks.NAMESPACE, 7)


def only_one_at_a_time(cursor: CursorWrapper) -> None:
    """Wait until nobody else refreshes, and keep others waiting until this transaction ends."""
    cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", LOCK)
