"""Stretches of days in Korean time, the days at both ends included."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.errors import PeriodRefused

# Days beyond which there is nothing to count, and calendars and databases run out.
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2999, 12, 31)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """From the first moment of `first` to the last of `last`, KST days."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise PeriodRefused(
                _("The period ends on %(last)s, before it begins on %(first)s. Exchange the two days.")
                % {"first": self.first, "last": self.last}
            )

    @property
    def start(self) -> datetime:
        """Return the first moment."""
        return _midnight(self.first)

    @property
    def end(self) -> datetime:
        """Return the first moment after the period."""
        return _midnight(self.last + timedelta(days=1))

    @property
    def days(self) -> int:
        """Return how many days it has."""
        return (self.last - self.first).days + 1

    def each_day(self) -> list[date]:
        """Return its days in order."""
        return [self.first + timedelta(days=number) for number in range(self.days)]

    def before(self) -> "Period":
        """Return the stretch of the same length directly before."""
        last = self.first - timedelta(days=1)
        return Period(last - timedelta(days=self.days - 1), last)

    def __str__(self) -> str:
        return f"{self.first} – {self.last}"


def today() -> date:
    """Return the day it is in Korea."""
    return timezone.localdate()


def day_of(moment: datetime) -> date:
    """Return the day of a moment in Korea."""
    return timezone.localdate(moment)


def last_days(count: int, until: date | None = None) -> Period:
    """Return the last `count` days, the last of them `until` (today)."""
    last = until or today()
    return Period(last - timedelta(days=count - 1), last)


def month_of(day: date) -> Period:
    """Return the calendar month that contains the day."""
    first = day.replace(day=1)
    return Period(first, _first_of_next_month(first) - timedelta(days=1))


def month_before(day: date) -> Period:
    """Return the calendar month before the one that contains the day."""
    return month_of(day.replace(day=1) - timedelta(days=1))


def month_so_far(day: date) -> Period:
    """Return the month that contains the day, up to it."""
    return Period(day.replace(day=1), day)


def same_days_of_month_before(period: Period) -> Period:
    """Return the days of the month before with the same numbers, as far as it has them; for a month so far."""
    month = month_before(period.first)
    return Period(month.first, min(month.last, month.first + timedelta(days=period.days - 1)))


def last_months(count: int, until: date) -> list[Period]:
    """Return the last `count` complete calendar months before the one that contains `until`, oldest first."""
    months, month = [], month_before(until)
    for _number in range(count):
        months.append(month)
        month = month_before(month.first)
    return months[::-1]


def months_later(month: date, count: int) -> date:
    """Return the first day of the month so many calendar months after the one that contains the day."""
    number = month.year * 12 + month.month - 1 + count
    return date(number // 12, number % 12 + 1, 1)


PRESETS: dict[str, tuple[str | Promise, Callable[[date], Period]]] = {
    "30": (gettext_lazy("Last 30 days"), lambda day: last_days(30, day)),
    "90": (gettext_lazy("Last 90 days"), lambda day: last_days(90, day)),
    "365": (gettext_lazy("Last 365 days"), lambda day: last_days(365, day)),
    "month": (gettext_lazy("This month"), month_so_far),
    "last_month": (gettext_lazy("Last month"), month_before),
}


def period_between(first: str | None, last: str | None, *, default_days: int = 365) -> Period:
    """Return the period between two days as people type them; without a first day, `default_days` up to the last.

    Raises:
        PeriodRefused: not a day, or the wrong way round.
    """
    end = _day(last) if last else today()
    return Period(_day(first), end) if first else last_days(default_days, end)


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise PeriodRefused(_("“%(text)s” is not a day. Write it like 2026-11-21.") % {"text": text}) from error
    if not FIRST_DAY <= day <= LAST_DAY:
        raise PeriodRefused(
            _("%(text)s is out of reach: a period lies between %(first)s and %(last)s.")
            % {"text": text, "first": FIRST_DAY, "last": LAST_DAY}
        )
    return day


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=timezone.get_default_timezone())


def _first_of_next_month(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)
