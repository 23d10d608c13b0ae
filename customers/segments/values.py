"""The kinds of values that conditions take: how each is checked, said in words, and asked for by the builder."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from unicodedata import category

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from customers.segments.errors import UnfitValueError
from customers.segments.labels import Labels, labels_of

Words = str | Promise
Choices = Sequence[tuple[str | int, Words]]

LONGEST_TEXT = 200
LONGEST_LIST = 200
DAYS, TIMES, WON = gettext_lazy("days"), gettext_lazy("times"), gettext_lazy("won")
MOST_DAYS = 36_500
MOST_WON = 10**13
EARLIEST, LATEST = date(1900, 1, 1), date(2999, 12, 31)


class Value(ABC):
    """A kind of value. `kind` names the field that the builder draws for it."""

    kind: str
    initial: Any = None

    @abstractmethod
    def check(self, value: Any) -> None:
        """Refuse a value that does not fit.

        Raises:
            UnfitValueError: says what was expected instead.
        """

    def words(self, value: Any) -> str:
        """Say the value in the current language."""
        return str(value)

    def schema(self) -> dict[str, Any]:
        """Return what the builder needs to draw the field."""
        return {"kind": self.kind, "initial": self.initial}


@dataclass(frozen=True)
class WholeNumber(Value):
    """A whole number in a range, with the word that stands behind it."""

    lowest: int = 0
    highest: int = 1_000_000
    unit: Words = ""
    initial: int = 1
    kind: str = "number"

    def check(self, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            raise UnfitValueError(_("Expected a whole number, not %(value)s.") % {"value": shown(value)})
        if not self.lowest <= value <= self.highest:
            raise UnfitValueError(
                _("Expected a number from %(lowest)s to %(highest)s, not %(value)s.")
                % {"lowest": f"{self.lowest:,}", "highest": f"{self.highest:,}", "value": f"{value:,}"}
            )

    def words(self, value: int) -> str:
        return f"{value:,}"

    def schema(self) -> dict[str, Any]:
        more = {"lowest": self.lowest, "highest": self.highest, "unit": str(self.unit)}
        return super().schema() | more


@dataclass(frozen=True)
class Days(WholeNumber):
    """A number of days, counted from midnight to midnight. `before` is as that of `Times`."""

    highest: int = MOST_DAYS
    unit: Words = DAYS
    initial: int = 30
    before: Words = ""

    def words(self, value: int) -> str:
        return ngettext("%(count)s day", "%(count)s days", value) % {"count": f"{value:,}"}

    def schema(self) -> dict[str, Any]:
        return super().schema() | {"before": str(self.before)}


@dataclass(frozen=True)
class Times(WholeNumber):
    """How often something happened. `before` stands before the number where no operator does."""

    unit: Words = TIMES
    before: Words = ""

    def words(self, value: int) -> str:
        return ngettext("%(count)s time", "%(count)s times", value) % {"count": f"{value:,}"}

    def schema(self) -> dict[str, Any]:
        return super().schema() | {"before": str(self.before)}


@dataclass(frozen=True)
class Won(WholeNumber):
    """An amount of money in whole won."""

    lowest: int = -MOST_WON
    highest: int = MOST_WON
    unit: Words = WON
    initial: int = 100_000

    def words(self, value: int) -> str:
        return _("%(amount)s won") % {"amount": f"{value:,}"}


@dataclass(frozen=True)
class AnyNumber(Value):
    """A number, whole or not."""

    initial: int = 0
    kind: str = "decimal"

    def check(self, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise UnfitValueError(_("Expected a number, not %(value)s.") % {"value": shown(value)})
        if not -MOST_WON <= value <= MOST_WON:  # so is what JSON knows as NaN
            raise UnfitValueError(_("The number is too large."))

    def words(self, value: float) -> str:
        return f"{value:,}"


@dataclass(frozen=True)
class Text(Value):
    """A short text."""

    initial: str = ""
    kind: str = "text"

    def check(self, value: Any) -> None:
        if isinstance(value, str) and not value.strip():
            raise UnfitValueError(_("A text is missing. Fill it in."))
        if not isinstance(value, str):
            raise UnfitValueError(_("Expected a text, not %(value)s.") % {"value": shown(value)})
        if len(value) > LONGEST_TEXT:
            raise UnfitValueError(_("A text may have at most %(most)s letters.") % {"most": LONGEST_TEXT})
        if any(category(letter) in ("Cc", "Cs") for letter in value):
            raise UnfitValueError(_("The text holds characters that cannot be stored."))

    def words(self, value: str) -> str:
        return _("“%(text)s”") % {"text": value}


@dataclass(frozen=True)
class Suggested(Text):
    """A short text, with suggestions while it is typed."""

    search: Callable[[str], Iterable[tuple[str | int, str]]] | None = None
    kind: str = "suggested"


@dataclass(frozen=True)
class OneOf(Value):
    """One of a few fixed choices."""

    choices: Choices
    kind: str = "choice"

    @property
    def initial(self) -> str | int:
        return self.choices[0][0]

    def check(self, value: Any) -> None:
        known = [name for name, _label in self.choices]
        if isinstance(value, list | dict | bool) or value not in known:
            raise UnfitValueError(
                _("There is no choice %(value)s here. Choose one of: %(known)s.")
                % {"value": shown(value), "known": ", ".join(map(str, known))}
            )

    def words(self, value: Any) -> str:
        return str(dict(self.choices)[value])

    def schema(self) -> dict[str, Any]:
        return super().schema() | {"choices": [[name, str(label)] for name, label in self.choices]}


class Several(Value):
    """A list of values, of which any may hold."""

    def check(self, value: Any) -> None:
        if not isinstance(value, list):
            raise UnfitValueError(_("Expected a list, such as [“a”, “b”], not %(value)s.") % {"value": shown(value)})
        if not value:
            raise UnfitValueError(_("The list is empty. Choose at least one."))
        if len(value) > LONGEST_LIST:
            raise UnfitValueError(_("A list may have at most %(most)s entries.") % {"most": LONGEST_LIST})
        for each in value:
            self.check_one(each)

    @abstractmethod
    def check_one(self, value: Any) -> None:
        """Refuse one entry that does not fit."""

    def words(self, value: list[Any]) -> str:
        return ", ".join(self.words_of(value))

    @abstractmethod
    def words_of(self, values: list[Any]) -> list[str]:
        """Say each entry."""


@dataclass(frozen=True)
class SomeOf(Several):
    """Some of a few fixed choices."""

    choices: Choices
    kind: str = "choices"
    initial: tuple[str, ...] = ()

    def check_one(self, value: Any) -> None:
        OneOf(self.choices).check(value)

    def words_of(self, values: list[Any]) -> list[str]:
        return [str(dict(self.choices)[each]) for each in values]

    def schema(self) -> dict[str, Any]:
        return super().schema() | OneOf(self.choices).schema() | {"kind": self.kind, "initial": []}


@dataclass(frozen=True)
class Lookup(Several):
    """Some of many rows, which the builder searches for.

    `search` takes what was typed and gives values with labels; `labels` gives the labels of values.
    """

    search: Callable[[str], Iterable[tuple[str | int, str]]]
    labels: Labels | None = None
    by_number: bool = False
    kind: str = "lookup"
    initial: tuple[str, ...] = ()

    def check_one(self, value: Any) -> None:
        if self.by_number:
            WholeNumber(lowest=1, highest=2**62).check(value)
        else:
            Text().check(value)

    def words_of(self, values: list[Any]) -> list[str]:
        known = labels_of(self.labels, values) if self.labels else {}
        return [known.get(each, str(each)) for each in values]

    def schema(self) -> dict[str, Any]:
        return super().schema() | {"initial": [], "by_number": self.by_number}


@dataclass(frozen=True)
class DateRange(Value):
    """Two days, both included."""

    initial: tuple[str, ...] = ()
    kind: str = "dates"

    def check(self, value: Any) -> None:
        if not isinstance(value, list) or len(value) != 2:
            raise UnfitValueError(_("Expected two dates, such as [“2026-01-01”, “2026-01-31”]."))
        first, last = map(read_date, value)
        if last < first:
            raise UnfitValueError(_("The second date lies before the first."))

    def words(self, value: list[str]) -> str:
        return _("%(first)s to %(last)s") % {"first": value[0], "last": value[1]}


def read_date(value: Any) -> date:
    """Return the day of a text such as 2026-01-31.

    Raises:
        UnfitValueError: no such day, or before 1900 or after 2999.
    """
    try:
        day = date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise UnfitValueError(_("%(value)s is no date like 2026-01-31.") % {"value": shown(value)}) from error
    if not EARLIEST <= day <= LATEST:
        raise UnfitValueError(_("%(value)s is too far from today.") % {"value": day.isoformat()})
    return day


def shown(value: Any) -> str:
    """Return what was given, cut short, for an error's sentence."""
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= 40 else f"{text[:40]}…"
