"""A connection to the database that the event loop itself listens to, for one statement after the other.

psycopg waits for each by a lock, a generator and two changes of what the loop listens to, which together take it as
long as it takes to read twenty pixels.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from psycopg import pq
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result

GOOD = (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK)


class Line:
    """One connection, which commits each statement by itself and prepares it before its first call."""

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        """Take a connection over that nobody else uses. Call it where an event loop runs."""
        self._connection = connection
        self._wire = connection.pgconn
        self._socket = self._wire.socket
        self._loop = asyncio.get_running_loop()
        self._names: dict[str, bytes] = {}
        self._answer: asyncio.Future[pq.abc.PGresult] | None = None
        self._results: list[pq.abc.PGresult] = []
        self._wire.nonblocking = 1
        self._loop.add_reader(self._socket, self._read)

    async def rows(self, sql: str, values: Sequence[str]) -> list[tuple[Any, ...]]:
        """Return the rows of a statement, whose parameters are given as PostgreSQL writes them.

        Raises:
            psycopg.Error: it was refused, or the connection was lost. Close it then.
        """
        name = self._names.get(sql)
        if name is None:
            name = b"line_%d" % len(self._names)
            await self._answered(self._wire.send_prepare, name, sql.encode())
            self._names[sql] = name
        result = await self._answered(self._wire.send_query_prepared, name, [value.encode() for value in values])
        loaded = Transformer(self._connection)
        loaded.set_pgresult(result)
        return loaded.load_rows(0, result.ntuples, tuple)

    async def close(self) -> None:
        """Close it, whatever it is about."""
        self._listen_no_more()
        await self._connection.close()

    async def _answered(self, send: Callable[..., None], *given: Any) -> pq.abc.PGresult:
        self._answer = answer = self._loop.create_future()
        send(*given)
        self._flush()
        result = await answer
        if result.status not in GOOD:
            raise error_from_result(result, self._connection.info.encoding)
        return result

    def _flush(self) -> None:
        """Send what is left, as much as the other side takes."""
        try:
            is_left = self._wire.flush()
        except psycopg.Error as error:
            self._lose(error)
            return
        if is_left:
            self._loop.add_writer(self._socket, self._flush)
        else:
            self._loop.remove_writer(self._socket)

    def _read(self) -> None:
        """Take what came. After the result of a statement comes None."""
        try:
            self._wire.consume_input()
            while not self._wire.is_busy():
                result = self._wire.get_result()
                if result is None:
                    break
                self._results.append(result)
            else:
                return
        except psycopg.Error as error:
            self._lose(error)
            return
        if self._results and self._answer and not self._answer.done():
            self._answer.set_result(self._results.pop())
        self._results.clear()

    def _lose(self, error: psycopg.Error) -> None:
        self._listen_no_more()
        if self._answer and not self._answer.done():
            self._answer.set_exception(error)

    def _listen_no_more(self) -> None:
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
