"""A job's lock lives exactly as long as the process that runs it: PostgreSQL lets go of it when the process dies.

So it keeps a second run out, and it tells a run that is at work from one that was killed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from zlib import crc32

from django.db import connection

NAMESPACE = 0x646E676C  # "dngl": keeps our advisory locks apart from those of others in this database


@contextmanager
def hold(path: str, argument: int | None, *, shared: bool) -> Iterator[bool]:
    """Hold the lock of a job, shared for jobs that may run at the same time; yield whether it was free.

    On a connection of its own: enqueueing closes the ordinary one when it has reached CONN_MAX_AGE, and the lock of a
    session goes with it.
    """
    kind, lock = "_shared" if shared else "", [NAMESPACE, _key(path, argument)]
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            cursor.execute(f"SELECT pg_try_advisory_lock{kind}(%s, %s)", lock)
            is_ours = cursor.fetchone()[0]
            yield is_ours
            if is_ours:  # now, and not only when the server has noticed that the connection is closed
                cursor.execute(f"SELECT pg_advisory_unlock{kind}(%s, %s)", lock)
    finally:
        own.close()


def holders(path: str, argument: int | None) -> int:
    """Return how many living processes run the job."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND classid = %s AND objid = %s",
            [NAMESPACE, _key(path, argument) % 2**32],
        )
        return cursor.fetchone()[0]


def _key(path: str, argument: int | None) -> int:
    return crc32(f"{path} {argument}".encode()) - 2**31
