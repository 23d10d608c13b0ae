"""Triggers that look once a day, at an hour the operator names: what they share."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.triggers.base import Settings, Trigger, Window
from customers.segments.values import OneOf

HOURS = OneOf([(f"{hour:02}:00", f"{hour:02}:00") for hour in range(24)])
# The days on which a daily trigger looks within a window, as a table of the statement: `look(at, day)`.
LOOKS = "unnest(%(looks)s::timestamptz[], %(days)s::date[]) AS look (at, day)"


class DailyTrigger(Trigger):
    """A trigger whose anchors all lie at one hour of the day (KST), the setting `at`."""

    required = {"at": HOURS}
    labels = {"at": _("at")}

    # How often it looks for what was stored late, between two hours of the operator's.
    looks_again: ClassVar[timedelta] = timedelta(hours=1)

    def next_ask(self, settings: Settings, read_until: datetime) -> datetime:
        return min(next_look(read_until, settings["at"]), read_until + self.looks_again)


def look(day: date, hour: str) -> datetime:
    """Return the moment of an hour such as 10:00 on a day (KST)."""
    return datetime.combine(day, time.fromisoformat(hour), tzinfo=timezone.get_default_timezone())


def next_look(after: datetime, hour: str) -> datetime:
    """Return the first such hour after a moment."""
    today = timezone.localdate(after, timezone.get_default_timezone())
    moments = (look(today + timedelta(days=ahead), hour) for ahead in (0, 1))
    return next(moment for moment in moments if moment > after)


def days_in(window: Window, hour: str) -> list[date]:
    """Return the days (KST) whose such hour lies in the window."""
    first = next_look(window.since, hour)
    day = timezone.localdate(first, timezone.get_default_timezone())
    return [day + timedelta(days=ahead) for ahead in range((window.until - first) // timedelta(days=1) + 1)]


def looks(days: Iterable[date], hour: str) -> dict[str, Any]:
    """Return the parameters of `LOOKS`."""
    found = list(days)
    return {"looks": [look(day, hour) for day in found], "days": found}
