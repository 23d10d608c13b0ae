"""Writing many people's hits together without letting one of them spoil it for the others."""

import time
from collections.abc import Sequence

from django.db import Error, connection

from campaigns.tracking.record import Asked, Recorded, record_all

# A hit waits for nobody: not for a lock, not for a server that hangs.
LOCK_MILLISECONDS, STATEMENT_MILLISECONDS = 1_000, 5_000
# So long the hits of a group that failed are tried one by one; who is left then may come again.
SECONDS_ALONE = 5
Outcome = Recorded | None | Exception


def limit_waiting() -> None:
    """Have the connections of this process, all of them yet to be made, wait for short times only."""
    options = f"-c lock_timeout={LOCK_MILLISECONDS} -c statement_timeout={STATEMENT_MILLISECONDS}"
    given = connection.settings_dict["OPTIONS"]
    connection.settings_dict["OPTIONS"] = given | {"options": f"{given.get('options', '')} {options}".strip()}


def write(asked: Sequence[Asked]) -> Sequence[Outcome]:
    """Record the hits in one transaction; where that fails, each in its own. Return what came of each.

    A connection that was lost is made anew, and the hits written again: one counted twice harms less than one lost.

    Raises:
        Error: the database cannot be reached.
    """
    try:
        return record_all(asked)
    except Error as error:
        connection.close_if_unusable_or_obsolete()
        connection.ensure_connection()
        until = time.monotonic() + SECONDS_ALONE
        return [_alone(each) if time.monotonic() < until else error for each in asked]


def _alone(asked: Asked) -> Outcome:
    try:
        return record_all([asked])[0]
    except Error as error:
        return error
