"""Writing many people's hits together without letting one of them spoil it for the others.

What goes well goes over connections of the event loop's own, without another thread: two threads of Python that take
turns cost more than all the writing. What does not, or has to call for the roll-up, is left to a thread with Django's
connection.
"""

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
from django.db import Error, connection

from campaigns.tracking.appending import Asked, Recorded, statement_for
from campaigns.tracking.line import Line
from campaigns.tracking.record import record_all

# A hit waits for nobody: not for a lock, not for a server that hangs.
LOCK_MILLISECONDS, STATEMENT_MILLISECONDS = 1_000, 5_000
# Nor for a machine that is gone without a word, for which a connection would wait for hours. One whose disk stands
# still is waited for: a new connection would only wait for the same, beside the old one.
UNLESS_GONE = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}
# Otherwise a first few small groups have each later one planned anew, which takes as long as writing it.
PLANNED_ONCE = "-c plan_cache_mode=force_generic_plan"
# So long the hits of a group that failed are tried one by one; who is left then may come again.
SECONDS_ALONE = 5
Outcome = Recorded | None | Exception


class HitWriter:
    """Appends groups of hits, each in one transaction where that can be."""

    def __init__(self) -> None:
        """Begin with no connection; there will be one for each group that is written at the same time."""
        self._idle: list[Line] = []
        self._thread = ThreadPoolExecutor(1, "writer")

    async def write(self, asked: Sequence[Asked]) -> Sequence[Outcome]:
        """Record the hits, all of them opens or none; return what came of each.

        Raises:
            Error: the database cannot be reached.
        """
        try:
            outcomes = await self._append(asked)
        except psycopg.Error:
            outcomes = None
        return await self._in_thread(write, asked) if outcomes is None else outcomes

    async def close(self) -> None:
        """Close what is open."""
        for line in self._idle:
            await line.close()
        await self._in_thread(_leave)
        self._thread.shutdown()

    async def _append(self, asked: Sequence[Asked]) -> Sequence[Outcome] | None:
        """Append them over a connection of the loop's; return None, with nothing written, where none wait yet."""
        statement = statement_for(asked)
        line = self._idle.pop() if self._idle else await self._connected()
        try:
            rows = await line.rows(statement.sql, ["f", *statement.values(asked)])
        except BaseException:
            await line.close()
            raise
        self._idle.append(line)
        return None if rows and not rows[0][0] else statement.outcomes(asked, rows)

    async def _connected(self) -> Line:
        where = await self._in_thread(_where)
        return Line(await psycopg.AsyncConnection.connect(**where, autocommit=True))

    async def _in_thread(self, function: Any, *given: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._thread, function, *given)


def limit_waiting() -> None:
    """Have the connections of this process, all of them yet to be made, wait for short times and plan once only.

    What the settings say of sockets themselves stays.
    """
    options = f"-c lock_timeout={LOCK_MILLISECONDS} -c statement_timeout={STATEMENT_MILLISECONDS} {PLANNED_ONCE}"
    given = connection.settings_dict["OPTIONS"]
    waiting = {"options": f"{given.get('options', '')} {options}".strip()}
    connection.settings_dict["OPTIONS"] = UNLESS_GONE | given | waiting


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


def _where() -> dict[str, Any]:
    """Return where Django's connection, which may have had to start its server, has been made to."""
    connection.close_if_unusable_or_obsolete()
    connection.ensure_connection()
    told = connection.connection.info
    return told.get_parameters() | {"password": told.password}


def _leave() -> None:
    """Close this thread's connection."""
    connection.close()
