"""What came of an import: counts, and what was refused and why."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.db.backends.utils import CursorWrapper
from django.utils.translation import gettext as _

MOST_REFUSALS_KEPT = 1_000
LONGEST_VALUE_SHOWN = 80
MOST_NOTICES_KEPT = 100

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Refusal:
    """One record that was not stored: where it stands, which field, what it said, and what is wrong with that."""

    line: int
    field: str
    value: str
    message: str
    code: str = "bad_value"

    def __str__(self) -> str:
        return _("line %(line)d, %(field)s “%(value)s”: %(message)s") % vars(self)


@dataclass
class IngestResult:
    """The counts of one import.

    `read` and `refused` count records (lines of the file). `new`, `changed` and `unchanged` count what they
    describe: for orders several lines are one order, for all else one record is one thing.
    """

    read: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    # What became of each stored record, by its line: "new", "changed" or "unchanged". None: nobody asked, which is
    # faster.
    outcomes: dict[int, str] | None = None
    on_refusal: Callable[[Refusal], None] | None = field(default=None, repr=False, compare=False)

    def refuse(self, *, line: int, field: str, value: object, message: str, code: str = "bad_value") -> None:
        """Count a refused record, keep it among the first, and hand it to whoever writes them all down."""
        refusal = Refusal(line, shown(field), shown(value), message, code)
        self.refused += 1
        if len(self.refusals) < MOST_REFUSALS_KEPT:
            self.refusals.append(refusal)
        if self.on_refusal:
            self.on_refusal(refusal)

    def note_outcomes(self, cursor: CursorWrapper, query: str, params: Sequence[str] = ()) -> None:
        """Note what became of the records, where somebody asked: the query yields lines and outcomes."""
        if self.outcomes is not None:
            cursor.execute(query, params)
            self.outcomes.update(cursor.fetchall())

    def notice(self, message: str) -> None:
        """Say something once that is no refusal."""
        if message not in self.notices and len(self.notices) < MOST_NOTICES_KEPT:
            self.notices.append(message)


def shown(value: object) -> str:
    """Return the beginning of a value in a form that can be written anywhere, whatever was in it."""
    return "" if value is None else str(value)[:LONGEST_VALUE_SHOWN].encode(errors="replace").decode()
