"""Many small writes in few transactions: what came in within a millisecond is committed together.

Whoever asked for a write is answered after its commit, so that nothing answered is lost, whatever ends the process.
Everything but the writing itself happens in the event loop's thread, so nothing here needs a lock.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

Wish = TypeVar("Wish")
Written = TypeVar("Written")

# While one waits for its commit the other one can write.
WRITERS = 2
# So long the first wish of a group waits for others. A writer that is busy gathers more by itself.
GATHER_SECONDS = 0.001
MOST_AT_ONCE = 500
# More than this are not answered within a second, so it is better to say so at once.
MOST_WAITING = 5_000


class OverloadedError(Exception):
    """So many wishes wait that another one would not be answered in time."""


class NotWrittenError(Exception):
    """The wish could not be written; what stands in the way is the cause."""


class GroupCommit(Generic[Wish, Written]):
    """Hands wishes to a function that writes them in one transaction.

    `write` runs in a thread of its own, and returns for each wish what came of it, or the error that is its alone.
    """

    def __init__(self, write: Callable[[Sequence[Wish]], Sequence[Written | Exception]]) -> None:
        """Start with nothing to write. Call it where an event loop runs."""
        self._write = write
        self._loop = asyncio.get_running_loop()
        self._threads = ThreadPoolExecutor(WRITERS, "writer")
        self._free = WRITERS
        self._waiting: list[tuple[Wish, asyncio.Future[Written]]] = []

    def written(self, wish: Wish) -> asyncio.Future[Written]:
        """Return what will come of the wish, known after its commit; it may be a `NotWrittenError`.

        Raises:
            OverloadedError: too many wait already.
        """
        if len(self._waiting) >= MOST_WAITING:
            raise OverloadedError
        answer: asyncio.Future[Written] = self._loop.create_future()
        self._waiting.append((wish, answer))
        if len(self._waiting) == 1:
            self._loop.call_later(GATHER_SECONDS, self._write_next)
        return answer

    async def drain(self) -> None:
        """Return once everything is written, and take no more."""
        while self._waiting or self._free < WRITERS:
            await asyncio.sleep(GATHER_SECONDS)
        self._threads.shutdown()

    def _write_next(self) -> None:
        if not self._free or not self._waiting:
            return
        group, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
        self._free -= 1
        wishes, answers = zip(*group, strict=True)
        writing = self._threads.submit(self._write, wishes)
        writing.add_done_callback(lambda done: self._loop.call_soon_threadsafe(self._answer, answers, done))

    def _answer(self, answers: Sequence[asyncio.Future[Written]], done: Future) -> None:
        self._free += 1
        error = done.exception()
        outcomes = [error] * len(answers) if error else done.result()
        for answer, outcome in zip(answers, outcomes, strict=True):
            if answer.done():
                continue  # who asked has gone
            if isinstance(outcome, Exception):
                refused = NotWrittenError()
                refused.__cause__ = outcome
                answer.set_exception(refused)
            else:
                answer.set_result(outcome)
        self._write_next()
