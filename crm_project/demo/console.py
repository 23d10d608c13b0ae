"""Says in the terminal what is going on: one line a step, with a bar while it runs where somebody watches."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TextIO, TypeVar

Row = TypeVar("Row")
BAR = 24
REDRAW_SECONDS = 0.1


class Console:
    """The terminal, or a file that gets the plain lines."""

    def __init__(self, out: TextIO) -> None:
        """Write to `out`; bars only where it is a terminal."""
        self._out = out
        self._watched = out.isatty()

    def say(self, text: str = "") -> None:
        """Write a line."""
        self._out.write(f"{text}\n")
        self._out.flush()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Name a step, and say how long it took."""
        started = time.monotonic()
        self._draw(f"  {name} …")
        yield
        self._draw("")
        self.say(f"  ✓ {name}  ({time.monotonic() - started:.1f} s)")

    def counted(self, rows: Iterable[Row], name: str, total: int) -> Iterator[Row]:
        """Yield the rows and draw how far it is."""
        drawn = 0.0
        for done, row in enumerate(rows, start=1):
            if self._watched and done % 64 == 0 and (now := time.monotonic()) - drawn > REDRAW_SECONDS:
                drawn = now
                filled = BAR * done // max(total, done)
                self._draw(f"  {name}  {'█' * filled}{'░' * (BAR - filled)}  {done:,} / {total:,}")
            yield row

    def _draw(self, text: str) -> None:
        if self._watched:
            self._out.write(f"\r\x1b[K{text}")
            self._out.flush()
