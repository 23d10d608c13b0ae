"""Which line of a file has the names of its columns: exports begin with notices, titles and empty lines (I-03)."""

from collections.abc import Container, Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from customers.errors import FileRefused
from customers.platforms.folding import fold

MOST_LINES_LOOKED_AT = 5
LONGEST_NAME = 200


@dataclass(frozen=True)
class Header:
    """The line with the columns' names; `delimiter` is empty where cells need none."""

    line: int
    names: tuple[str, ...]
    delimiter: str = ""


def cleaned(cells: Iterable[str]) -> tuple[str, ...]:
    """Return cells as names of columns, without what no name holds and no database stores."""
    return tuple(cell.replace("\0", "").strip()[:LONGEST_NAME] for cell in cells)


def choose(possible: Iterable[Header], *, known: Container[str]) -> Header:
    """Return the line that holds the most known names; without any the first with more than one cell.

    Args:
        known: folded names that columns have.

    Raises:
        FileRefused: there is no line that could be it.
    """
    candidates = list(possible)
    if not candidates:
        raise FileRefused(
            _("None of the first %(count)d lines can be read as names of columns. Save the file as CSV (UTF-8).")
            % {"count": MOST_LINES_LOOKED_AT}
        )
    best = max(candidates, key=lambda header: sum(fold(name) in known for name in header.names))
    if any(fold(name) in known for name in best.names):
        return best
    return next((each for each in candidates if sum(map(bool, each.names)) > 1), candidates[0])
