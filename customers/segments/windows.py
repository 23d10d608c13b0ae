"""Stretches of days that a condition counts in. The only writing of their bounds."""

from datetime import date, datetime, timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.segments.clock import Moment, start_of_day
from customers.segments.errors import UnfitValueError
from customers.segments.values import DateRange, Days, Value, read_date, shown

Bounds = tuple[datetime | None, datetime | None]

PERIODS: dict[tuple[str, str], str | Promise] = {
    ("this", "week"): gettext_lazy("this week"),
    ("this", "month"): gettext_lazy("this month"),
    ("last", "week"): gettext_lazy("last week"),
    ("last", "month"): gettext_lazy("last month"),
}


class Window(Value):
    """A window, one of:

    `{"last_days": 30}` — today and the 30 days before it, the same days as `within_days` 30;
    `{"this": "week"}`, `{"this": "month"}`, `{"last": "week"}`, `{"last": "month"}` — weeks begin on Monday;
    `{"from": "2026-01-01", "to": "2026-01-31"}` — both days included;
    `{"ever": true}` — all time, which is also meant where a condition has no window.
    """

    kind = "window"
    initial = {"last_days": 30}

    def check(self, value: Any) -> None:
        if not isinstance(value, dict):
            raise UnfitValueError(
                _("Expected a window such as {“last_days”: 30}, not %(value)s.") % {"value": shown(value)}
            )
        if set(value) == {"from", "to"}:
            DateRange().check([value["from"], value["to"]])
        elif set(value) == {"last_days"}:
            Days().check(value["last_days"])
        elif value != {"ever": True} and (len(value) != 1 or _period(value) not in PERIODS):
            raise UnfitValueError(
                _("There is no window %(value)s. Use last_days, this or last week or month, from and to, or ever.")
                % {"value": shown(value)}
            )

    def words(self, value: dict[str, Any]) -> str:
        if "last_days" in value:
            return _("in the last %(days)s") % {"days": Days().words(value["last_days"])}
        if "from" in value:
            return _("from %(first)s to %(last)s") % {"first": value["from"], "last": value["to"]}
        return _("ever") if "ever" in value else str(PERIODS[_period(value)])

    def schema(self) -> dict[str, Any]:
        choices = [["last_days", _("in the last … days")]]
        choices += [[" ".join(period), str(words)] for period, words in PERIODS.items()]
        choices += [["between", _("between two dates")], ["ever", _("ever")]]
        return super().schema() | {"choices": choices, "unit": str(Days().unit)}


def bounds(window: dict[str, Any] | None, moment: Moment) -> Bounds:
    """Return the first moment of a window and the first moment after it; None where it has no such end."""
    first, last = _days(window or {"ever": True}, moment.today)
    since = start_of_day(first) if first else None
    until = start_of_day(last + timedelta(days=1)) if last else None
    if moment.is_past:
        until = min(until or moment.now, moment.now)
    return since, until


def _days(window: dict[str, Any], today: date) -> tuple[date | None, date | None]:
    if "ever" in window:
        return None, None
    if "last_days" in window:
        return today - timedelta(days=window["last_days"]), today
    if "from" in window:
        return read_date(window["from"]), read_date(window["to"])
    return _PERIOD_DAYS[_period(window)](today)


def _period(window: dict[str, Any]) -> tuple[str, str]:
    ((which, unit),) = window.items()
    return which, unit if isinstance(unit, str) else ""


def _week_of(day: date) -> tuple[date, date]:
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def _month_of(day: date) -> tuple[date, date]:
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


_PERIOD_DAYS = {
    ("this", "week"): _week_of,
    ("this", "month"): _month_of,
    ("last", "week"): lambda today: _week_of(today - timedelta(days=7)),
    ("last", "month"): lambda today: _month_of(today.replace(day=1) - timedelta(days=1)),
}
