"""A gateway that takes one message a request: several requests on their way, and what to do when it says no to all.

Threads are made in the worker that sends, after it was forked, and touch no database.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
from django.utils.translation import gettext as _

from campaigns.gateways.base import Fate, GatewayError, Outcome, PreparedMessage
from campaigns.gateways.failures import Failure

# So many refusals in a row are no longer about single messages.
MOST_REFUSALS = 3
USUAL_WAIT_SECONDS = 60.0
# What says that not a byte was handed over.
NOT_BEGUN = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request came to. `wait`: the gateway asks for so many seconds of quiet. `is_gone`: nobody is there."""

    outcome: Outcome
    wait: float = 0.0
    is_gone: bool = False


def send_at_once(
    prepared: Iterable[PreparedMessage], request: Callable[[PreparedMessage], Answer], *, most: int
) -> Iterator[tuple[PreparedMessage, Answer]]:
    """Draw messages, at most so many ahead of their answers, and yield each with its answer, in whatever order.

    Raises:
        GatewayError: `request` raised it, or the gateway refuses one message after the other. Nothing more is drawn
            then, and what is on its way is waited for.
    """
    refusals = Refusals()
    pool = ThreadPoolExecutor(max_workers=most)
    flying: dict[Future[Answer], PreparedMessage] = {}
    try:
        for message in prepared:
            flying[pool.submit(request, message)] = message
            if len(flying) >= most:
                yield from _landed(flying, refusals)
                if refusals.error:
                    break
        while flying:
            yield from _landed(flying, refusals)
    finally:
        pool.shutdown()
    if refusals.error:
        raise refusals.error


def _landed(
    flying: dict[Future[Answer], PreparedMessage], refusals: "Refusals"
) -> Iterator[tuple[PreparedMessage, Answer]]:
    """Wait for the next answers and yield them."""
    for future in wait(flying, return_when=FIRST_COMPLETED).done:
        message = flying.pop(future)
        try:
            answer = future.result()
        except GatewayError as error:
            refusals.error = refusals.error or error
            continue
        refusals.count(answer)
        yield message, answer


class Refusals:
    """Refusals in a row, and the error they add up to."""

    def __init__(self) -> None:
        self.error: GatewayError | None = None
        self._waits: list[float] = []
        self._of_sender = 0

    def count(self, answer: Answer) -> None:
        """Take note of an answer."""
        self._waits = [*self._waits, answer.wait] if answer.wait else []
        self._of_sender = self._of_sender + 1 if answer.outcome.failure == Failure.SENDER else 0
        if self._of_sender >= MOST_REFUSALS:
            self.error = self.error or GatewayError(
                _("The gateway says that the devices belong to another sender: %s. Check the account's key.")
                % answer.outcome.detail,
                permanent=True,
                account_level=True,
            )
        if len(self._waits) >= MOST_REFUSALS:
            message = _("The gateway asks to send more slowly: %s") % answer.outcome.detail
            self.error = self.error or GatewayError(message, wait=max(self._waits))


def lost(message: PreparedMessage, error: httpx.HTTPError) -> Answer:
    """Return the answer of a request that got none: begun, it may have arrived."""
    if isinstance(error, NOT_BEGUN):
        return Answer(Outcome(message.message_id, Fate.RETRY, Failure.CONNECTION, _words(error)))
    return Answer(Outcome(message.message_id, Fate.UNKNOWN, Failure.NO_ANSWER, _words(error)))


def wait_asked_for(response: httpx.Response) -> float:
    """Return the seconds of its Retry-After, a number or a date; a minute where it has none."""
    given = response.headers.get("Retry-After", "")
    if given.isascii() and given.isdecimal():
        return max(float(given[:9]), 1.0)
    try:
        return max((parsedate_to_datetime(given) - datetime.now(UTC)).total_seconds(), 1.0)
    except (ValueError, TypeError):  # TypeError: a date without its zone
        return USUAL_WAIT_SECONDS


def _words(error: httpx.HTTPError) -> str:
    return f"{type(error).__name__}: {error}"
