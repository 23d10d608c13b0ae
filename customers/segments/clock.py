"""The clock a rule is read by. Days begin at midnight in the shop's time zone (`TIME_ZONE`, Asia/Seoul)."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property

from django.db.models.expressions import RawSQL
from django.utils import timezone


def start_of_day(day: date) -> datetime:
    """Return the first moment of a day in the shop's time zone."""
    return datetime.combine(day, time.min, tzinfo=timezone.get_default_timezone())


@dataclass(frozen=True)
class Moment:
    """When a rule is evaluated, and whether only some customers are asked about.

    `is_past`: facts after `now` are left out, where they can be told apart (orders and events; not consents,
    attributes and scores, of which only the present state is read).
    `among`: the ids of the customers that matter, so that a condition need not look at everybody's orders.
    """

    now: datetime
    is_past: bool = False
    among: tuple[int, ...] | None = None

    @classmethod
    def at_end_of(cls, day: date) -> "Moment":
        """Return the last moment of a day, as past when it is over."""
        end = start_of_day(day + timedelta(days=1)) - timedelta(microseconds=1)
        return cls(now=end, is_past=end < timezone.now())

    def ids_among(self) -> RawSQL:
        """Return the customers that matter as a subquery: a list of thousands in every condition is slow to read."""
        return RawSQL("SELECT unnest(%s::bigint[])", [list(self.among or ())])

    @cached_property
    def today(self) -> date:
        """Return the day in the shop's time zone."""
        return timezone.localdate(self.now, timezone.get_default_timezone())

    def start_of_days_ago(self, days: int) -> datetime:
        """Return the first moment of the day `days` days before today; 0 is today's midnight."""
        return start_of_day(self.today - timedelta(days=days))

    def days_since(self, moment: datetime) -> int:
        """Return how many midnights lie between a moment and now."""
        return (self.today - timezone.localdate(moment, timezone.get_default_timezone())).days
