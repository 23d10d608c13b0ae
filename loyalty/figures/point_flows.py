"""What was given, used and expired, by month and over a year: sums of the ledger's daily totals."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from loyalty.models import DailyTotal, Program

DAYS_OF_YEAR = 365
MONTHS_SHOWN = 12
DAYS_BETWEEN_POINTS = 7


@dataclass(frozen=True, slots=True)
class Flow:
    """Points that came and went in a time. `taken_back` after returns, `adjusted` by staff (less than 0: taken)."""

    earned: int = 0
    used: int = 0
    expired: int = 0
    taken_back: int = 0
    adjusted: int = 0

    @property
    def given(self) -> int:
        """Return the points that were given for good: earned and adjusted, less those taken back after returns."""
        return self.earned + self.adjusted - self.taken_back

    @property
    def left(self) -> int:
        """Return the points that left the accounts by being used or by dying."""
        return self.used + self.expired

    @property
    def redemption_rate(self) -> float | None:
        """Return the share of the points given that was used; None where none was given."""
        return self.used / self.given if self.given > 0 else None

    @property
    def breakage(self) -> float | None:
        """Return the share of the points that left unused, by dying; None where none left."""
        return self.expired / self.left if self.left > 0 else None


@dataclass(frozen=True, slots=True)
class Course:
    """Two years of daily totals, up to the last day that is over."""

    days: list[DailyTotal]

    @property
    def last(self) -> DailyTotal:
        """Return the newest day."""
        return self.days[-1]

    def year(self) -> Flow:
        """Return what moved in the 365 days that end with the newest one."""
        return flow_of(self._between(0))

    def year_before(self) -> Flow:
        """Return what moved in the 365 days before those."""
        return flow_of(self._between(DAYS_OF_YEAR))

    def outstanding_before(self, days: int) -> int | None:
        """Return the points outstanding so many days before the newest day; None where that was before the first."""
        wanted = self.last.day - timedelta(days=days)
        return next((total.outstanding for total in self.days if total.day == wanted), None)

    def months(self) -> list[tuple[date, Flow]]:
        """Return the last twelve months by their first day, the newest last; months before the first day are empty."""
        newest = self.last.day
        numbers = range(newest.year * 12 + newest.month - MONTHS_SHOWN, newest.year * 12 + newest.month)
        firsts = [date(number // 12, number % 12 + 1, 1) for number in numbers]
        return [(first, flow_of(total for total in self.days if total.day.replace(day=1) == first)) for first in firsts]

    def outstanding(self) -> list[tuple[date, int]]:
        """Return the points outstanding at the end of every seventh day of the last year, the newest last."""
        since = self.last.day - timedelta(days=DAYS_OF_YEAR)
        shown = [total for total in self.days if total.day >= since]
        return [(total.day, total.outstanding) for total in reversed(shown[::-DAYS_BETWEEN_POINTS])]

    def _between(self, days_ago: int) -> list[DailyTotal]:
        until = self.last.day - timedelta(days=days_ago)
        since = until - timedelta(days=DAYS_OF_YEAR)
        return [total for total in self.days if since < total.day <= until]


def course_of(program: Program) -> Course | None:
    """Return the last two years of a program's daily totals; None before its first day is over."""
    newest = DailyTotal.objects.filter(program=program).order_by("-day")[: 2 * DAYS_OF_YEAR]
    days = sorted(newest, key=lambda total: total.day)
    return Course(days) if days else None


def flow_of(days: Iterable[DailyTotal]) -> Flow:
    """Return the sums of some days."""
    booked = [(day.issued, day.redeemed, day.expired, day.reversed, day.adjusted) for day in days]
    return Flow(*(sum(column) for column in zip(*booked, strict=True))) if booked else Flow()
