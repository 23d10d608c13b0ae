"""Moves the data's year, 2017, so that it ends yesterday, without moving any purchase to another day of the week."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

# The data's days are those of its shops; they were closed on Christmas Day.
FIRST_DAY = date(2017, 1, 1)
LAST_DAY = date(2017, 12, 31)
CLOSED = date(2017, 12, 25)
SEOUL = ZoneInfo("Asia/Seoul")


@dataclass(frozen=True)
class Calendar:
    """The data as if its last purchase had been on `last_day` (KST).

    Everything moves by the same number of whole weeks, except the purchases of the data's last few days that would
    then lie after `last_day`: they go 52 weeks further back, to before the first week. So no purchase is lost, a
    Saturday stays a Saturday, and yesterday's till is not empty.
    """

    last_day: date

    @cached_property
    def weeks(self) -> int:
        """Return by how many weeks the data moves."""
        weeks = -((LAST_DAY - self.last_day) // timedelta(weeks=1))
        return weeks + 1 if self.last_day - timedelta(weeks=weeks) == CLOSED else weeks

    @property
    def first_day(self) -> date:
        """Return the first day of the moved year, leaving out the few days that went before it."""
        return FIRST_DAY + timedelta(weeks=self.weeks)

    def purchase(self, clock: datetime) -> datetime:
        """Return when a purchase happened whose till showed `clock` (naive, in the data's year)."""
        moved = clock + timedelta(weeks=self.weeks)
        if moved.date() > self.last_day:
            moved -= timedelta(weeks=52)
        return moved.replace(tzinfo=SEOUL)

    def clock(self, moment: datetime) -> datetime:
        """Return what the till showed at a moment of the calendar (naive, in the data's year)."""
        return moment.astimezone(SEOUL).replace(tzinfo=None) - timedelta(weeks=self.weeks)

    def day(self, day: date) -> date:
        """Return the moved `day` of something other than a purchase, at the latest the last day."""
        return min(day + timedelta(weeks=self.weeks), self.last_day)

    def validity(self, day: date) -> date:
        """Return the moved `day` wherever it falls: what is valid may be so beyond the last day."""
        return day + timedelta(weeks=self.weeks)

    def moment(self, day: date, hour: int = 0) -> datetime:
        """Return `hour` o'clock of the moved `day`."""
        return datetime.combine(self.day(day), datetime.min.time(), SEOUL) + timedelta(hours=hour)
