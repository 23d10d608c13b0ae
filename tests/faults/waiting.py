"""Waiting for something real to happen."""

import time
from collections.abc import Callable


def until(happened: Callable[[], object], *, seconds: float, every: float = 0.02) -> None:
    """Wait until it happens.

    Raises:
        AssertionError: it did not within so many seconds.
    """
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"It did not happen within {seconds} s."
        time.sleep(every)
