"""Many small writes in few transactions: what came in within a millisecond is committed together.

Whoever asked for a write is answered after its commit, so that nothing answered is lost, whatever ends the process.
All of it happens in the event loop's thread, so nothing here needs a lock.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Generic, TypeVar

Wish = TypeVar("Wish")
Written = TypeVar("Written")

# While one waits for its commit the other one can write.
WRITERS = 2
# So long the first wish of a group waits for others. Writers that are busy gather more by themselves.
GATHER_SECONDS = 0.001
MOST_AT_ONCE = 500
# More than this are not answered within a second, so it is better to say so at once.
MOST_WAITING = 5_000


class OverloadedError(Exception):
    """So many wishes wait that another one would not be answered in time."""


class NotWrittenError(Exception):
    """The wish could not be written; what stands in the way is the cause."""


class GroupCommit(Generic[Wish, Written]):
    """Hands wishes to a coroutine that writes them in one transaction, `WRITERS` groups of them at a time.

    `write` returns for each wish what came of it, or the error that is its alone.
    """

    def __init__(self, write: Callable[[Sequence[Wish]], Awaitable[Sequence[Written | Exception]]]) -> None:
        """Start with nothing to write. Call it where an event loop runs."""
        self._hand_over = write
        self._loop = asyncio.get_running_loop()
        self._writing: set[asyncio.Task[None]] = set()
        self._waiting: list[tuple[Wish, Callable[[Written | Exception], object]]] = []

    def write(self, wish: Wish, then: Callable[[Written | Exception], object]) -> None:
        """Call `then` with what came of the wish, after its commit; it may be a `NotWrittenError`.

        Raises:
            OverloadedError: too many wait already.
        """
        if len(self._waiting) >= MOST_WAITING:
            raise OverloadedError
        self._waiting.append((wish, then))
        if len(self._waiting) == 1:
            self._loop.call_later(GATHER_SECONDS, self._write_next)

    def written(self, wish: Wish) -> asyncio.Future[Written]:
        """Return what will come of the wish, as of `write`."""
        answer: asyncio.Future[Written] = self._loop.create_future()
        self.write(wish, partial(_settle, answer))
        return answer

    async def drain(self) -> None:
        """Return once everything is written; take no more before."""
        while self._waiting or self._writing:
            await asyncio.sleep(GATHER_SECONDS)

    def _write_next(self) -> None:
        while self._waiting and len(self._writing) < WRITERS:
            group, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
            task = self._loop.create_task(self._write_together(group))
            self._writing.add(task)
            task.add_done_callback(self._written)

    def _written(self, task: asyncio.Task[None]) -> None:
        self._writing.discard(task)
        self._write_next()

    async def _write_together(self, group: Sequence[tuple[Wish, Callable[[Written | Exception], object]]]) -> None:
        try:
            outcomes = await self._hand_over([wish for wish, _then in group])
        except Exception as error:
            outcomes = [error] * len(group)
        for (_wish, then), outcome in zip(group, outcomes, strict=True):
            if isinstance(outcome, Exception):
                refused = NotWrittenError()
                refused.__cause__ = outcome
                then(refused)
            else:
                then(outcome)


def _settle(answer: asyncio.Future[Written], outcome: Written | Exception) -> None:
    if answer.done():
        return  # who asked has gone
    if isinstance(outcome, Exception):
        answer.set_exception(outcome)
    else:
        answer.set_result(outcome)
