"""What a KPI is: its words, how it is measured over periods and slices, and who stands behind its two numbers.

`docs/kpis.md` says the same in prose. A KPI costs one function: the board, the API and the command find it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Protocol

from django.db.models import Min
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from analytics.errors import UnknownKpi
from analytics.kpis.slices import EVERYBODY, Slice
from analytics.periods import Period, period_between
from crm_project.registry import Registry
from customers.models import CustomerStats

Words = str | Promise
Rule = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Input:
    """A number that went into a KPI. `unit`: won, people, orders, times (may be broken), count or days."""

    label: Words
    value: Decimal | int | None
    unit: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A KPI's value for a period, in the KPI's unit; None where there is nothing to divide by."""

    value: Decimal | None
    numerator: int
    denominator: int
    inputs: tuple[Input, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The customers behind a number.

    `persons` is the SQL that the number itself is counted from, one row a customer of a period, `where` which of them
    are meant, `figure` the column that says how much each has to do with it, in `unit`. `rule` gives the segment rule
    that holds for the same customers, or None where the conditions cannot say it.
    """

    label: Words
    persons: str
    figure: str
    figure_label: Words
    unit: str = "won"
    where: str = "true"
    rule: Callable[[Period, Slice], Rule | None] | None = None


class Measure(Protocol):
    """Reads several periods at once, in one statement."""

    def __call__(self, periods: Sequence[Period], within: Slice = EVERYBODY, /) -> list[Reading]:
        """Return a reading for each period."""
        ...


@dataclass(frozen=True, slots=True)
class Kpi:
    """What a KPI is: its name, its words, how it is measured, and who is behind its numerator and denominator."""

    name: str
    label: Words
    question: Words
    formula: Words
    example: str
    what_counts: Words
    topic: Words
    unit: str  # "won", "share" or "days"
    measure: Measure
    numerator: Group | None = None
    denominator: Group | None = None
    less_is_better: bool = False
    usual_days: int | None = None  # asked for without a period: so many days, or everything since the first order

    def usual_period(self, *, first: str | None = None, last: str | None = None) -> Period:
        """Return the period between two days as people type them, or the usual one where they say nothing.

        Raises:
            PeriodRefused: not a day, or the wrong way round.
        """
        if first:
            return period_between(first, last)
        return period_between(None, last, default_days=self.usual_days) if self.usual_days else everything_until(last)

    def read(self, period: Period, within: Slice = EVERYBODY) -> Reading:
        """Return the value for one period, of everybody or of a slice."""
        return self.measure([period], within)[0]


KPIS: Registry[Kpi] = Registry("KPI")

# What a KPI is about, and in this order on the board.
WORTH, COMING_BACK, LEAVING = _("What customers are worth"), _("Who comes back"), _("Who stays away")
TOPICS = (WORTH, COMING_BACK, LEAVING)


def kpi(name: str, **told: Any) -> Callable[[Measure], Measure]:
    """Register the decorated measure as the KPI of that name; `told` are the fields of `Kpi`."""

    def register(measure: Measure) -> Measure:
        KPIS.register(name, Kpi(name=name, measure=measure, **told))
        return measure

    return register


def find(name: str) -> Kpi:
    """Return the KPI of that name, upper or lower case.

    Raises:
        UnknownKpi: there is none.
    """
    found = KPIS.get(name.lower())
    if found is None:
        raise UnknownKpi(
            _("There is no KPI “%(name)s”. There are: %(names)s.") % {"name": name, "names": ", ".join(KPIS.names())}
        )
    return found


def everything_until(last: str | None) -> Period:
    """Return the period from the day of the first purchase to the day `last` (today)."""
    end = period_between(None, last, default_days=1)
    bought_first = CustomerStats.objects.aggregate(Min("first_order_at"))["first_order_at__min"]
    return Period(min(timezone.localdate(bought_first), end.last), end.last) if bought_first else end


def as_json(found: Kpi, period: Period, within: Slice = EVERYBODY) -> dict[str, object]:
    """Return the reading as the command and the API give it: won and days whole, shares as fractions of one."""
    reading = found.read(period, within)
    return {
        "name": found.name,
        "value": _plain(reading.value, found.unit),
        "numerator": reading.numerator,
        "denominator": reading.denominator,
        "from": period.first.isoformat(),
        "to": period.last.isoformat(),
    }


def whole(value: Decimal) -> int:
    """Return the nearest whole number, halves up."""
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _plain(value: Decimal | None, unit: str) -> float | int | None:
    if value is None:
        return None
    return float(value) if unit == "share" else whole(value)
