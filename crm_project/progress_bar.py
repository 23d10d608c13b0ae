"""Tells who waits at a terminal how far a command is."""

import time
from typing import TextIO

WIDTH = 30
REDRAW_SECONDS = 0.2


class ProgressBar:
    """One line that is drawn over; nothing at all where no terminal is watched."""

    def __init__(self, out: TextIO, *, whole: int, unit: str, when_full: str) -> None:
        """Draw to `out`; `whole` things are to come, called `unit`; when all came, `when_full` says what follows."""
        self._out = out
        self._is_watched = out.isatty()
        self._whole = max(whole, 1)
        self._unit = unit
        self._when_full = when_full
        self._drawn = 0.0

    def __call__(self, done: int) -> None:
        """Show that so many have come."""
        now = time.monotonic()
        if not self._is_watched or (now - self._drawn < REDRAW_SECONDS and done < self._whole):
            return
        self._drawn = now
        filled = min(WIDTH * done // self._whole, WIDTH)
        after = self._when_full if done >= self._whole else ""
        self._draw(f"{'█' * filled}{'░' * (WIDTH - filled)} {done:,} / {self._whole:,} {self._unit} {after}")

    def end(self) -> None:
        """Take the line away."""
        if self._is_watched:
            self._draw("")

    def _draw(self, text: str) -> None:
        self._out.write(f"\r\x1b[K{text}")
        self._out.flush()
