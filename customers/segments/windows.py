"""Stretches of days that a condition counts in. The only writing of their bounds."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import DateTimeField, ExpressionWrapper, F, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.segments.clock import Moment, start_of_day
from customers.segments.errors import UnfitValueError
from customers.segments.facts import Facts
from customers.segments.values import DateRange, Days, OneOf, Value, read_date, shown

Bounds = tuple[datetime | None, datetime | None]

PERIODS: dict[tuple[str, str], str | Promise] = {
    ("this", "week"): gettext_lazy("this week"),
    ("this", "month"): gettext_lazy("this month"),
    ("this", "quarter"): gettext_lazy("this quarter"),
    ("this", "year"): gettext_lazy("this year"),
    ("last", "week"): gettext_lazy("last week"),
    ("last", "month"): gettext_lazy("last month"),
    ("last", "quarter"): gettext_lazy("last quarter"),
    ("last", "year"): gettext_lazy("last year"),
}


@dataclass(frozen=True)
class Anchor:
    """Something a customer did once, from which days are counted; `column` leads there from the customer."""

    words: str | Promise
    column: str


ANCHORS = {
    "joined": Anchor(gettext_lazy("joined"), "joined_at"),
    "first_order": Anchor(gettext_lazy("first ordered"), "stats__first_order_at"),
    "last_order": Anchor(gettext_lazy("last ordered"), "stats__last_order_at"),
    "last_visit": Anchor(gettext_lazy("last visited"), "stats__last_visit_at"),
}
CHOICES_OF_ANCHORS = [(name, anchor.words) for name, anchor in ANCHORS.items()]


class Window(Value):
    """A window, one of:

    `{"last_days": 30}` — today and the 30 days before it, the same days as `within_days` 30;
    `{"days_ago": [60, 31]}` — from the day 60 days ago to the day 31 days ago, both included;
    `{"this": "week"}`, `{"last": "month"}`, also `quarter` and `year` — weeks begin on Monday;
    `{"from": "2026-01-01", "to": "2026-01-31"}` — both days included;
    `{"since": "joined"}`, `{"since": "first_order", "days": 30}` — after something the customer did (`ANCHORS`), to
    now or for so many days of 24 hours;
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
        elif set(value) == {"days_ago"}:
            _check_days_ago(value["days_ago"])
        elif "since" in value and set(value) <= {"since", "days"}:
            OneOf(CHOICES_OF_ANCHORS).check(value["since"])
            Days(lowest=1).check(value.get("days", 1))
        elif value != {"ever": True} and (len(value) != 1 or _period(value) not in PERIODS):
            raise UnfitValueError(
                _(
                    "There is no window %(value)s. Use last_days, days_ago, this or last week, month, quarter or year,"
                    " from and to, since, or ever."
                )
                % {"value": shown(value)}
            )

    def words(self, value: dict[str, Any]) -> str:
        if "last_days" in value:
            return _("in the last %(days)s") % {"days": Days().words(value["last_days"])}
        if "days_ago" in value:
            return _("%(from)s to %(to)s days ago") % {"from": value["days_ago"][0], "to": value["days_ago"][1]}
        if "since" in value:
            return _since_words(value)
        if "from" in value:
            return _("from %(first)s to %(last)s") % {"first": value["from"], "last": value["to"]}
        return _("ever") if "ever" in value else str(PERIODS[_period(value)])

    def schema(self) -> dict[str, Any]:
        choices = [["last_days", _("in the last … days")], ["days_ago", _("from … to … days ago")]]
        choices += [[" ".join(period), str(words)] for period, words in PERIODS.items()]
        choices += [["between", _("between two dates")], ["since", _("since the customer …")], ["ever", _("ever")]]
        anchors = [[name, str(label)] for name, label in CHOICES_OF_ANCHORS]
        words = {"unit": str(Days().unit), "for_days": _("for … days, or empty: until now")}
        return super().schema() | {"choices": choices, "anchors": anchors, **words}


def _check_days_ago(value: Any) -> None:
    if not isinstance(value, list) or len(value) != 2:
        raise UnfitValueError(_("Expected two numbers of days, such as [60, 31]."))
    for days in value:
        Days().check(days)
    if value[0] < value[1]:
        raise UnfitValueError(_("The first number of days must be the larger one: the day that lies further back."))


def _since_words(value: dict[str, Any]) -> str:
    anchor = OneOf(CHOICES_OF_ANCHORS).words(value["since"])
    if "days" not in value:
        return _("since the customer %(anchor)s") % {"anchor": anchor}
    days = Days().words(value["days"])
    return _("within %(days)s after the customer %(anchor)s") % {"days": days, "anchor": anchor}


def inside(window: dict[str, Any] | None, facts: Facts, moment: Moment) -> QuerySet:
    """Return the facts that happened in the window."""
    if window and "since" in window:
        return _after_anchor(window, facts, moment)
    since, until = bounds(window, moment)
    return facts.of(moment, since=since, until=until)


def _after_anchor(window: dict[str, Any], facts: Facts, moment: Moment) -> QuerySet:
    # The last order and the last visit are read as they stand, also at a past moment: nothing keeps what they were.
    anchor = F(f"{facts.owner}__{ANCHORS[window['since']].column}")
    rows = facts.of(moment, until=moment.now if moment.is_past else None).filter(**{f"{facts.at}__gt": anchor})
    if "days" not in window:
        return rows
    end = ExpressionWrapper(anchor + timedelta(days=window["days"]), output_field=DateTimeField())
    return rows.filter(**{f"{facts.at}__lte": end})


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
    if "days_ago" in window:
        first, last = window["days_ago"]
        return today - timedelta(days=first), today - timedelta(days=last)
    if "last_days" in window:
        return today - timedelta(days=window["last_days"]), today
    if "from" in window:
        return read_date(window["from"]), read_date(window["to"])
    return _days_of_period(*_period(window), today)


def _period(window: dict[str, Any]) -> tuple[str, str]:
    ((which, unit),) = window.items()
    return which, unit if isinstance(unit, str) else ""


def _week_of(day: date) -> tuple[date, date]:
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def _month_of(day: date) -> tuple[date, date]:
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _quarter_of(day: date) -> tuple[date, date]:
    first = day.replace(month=day.month - (day.month - 1) % 3, day=1)
    return first, _month_of(first + timedelta(days=70))[1]


def _year_of(day: date) -> tuple[date, date]:
    return day.replace(month=1, day=1), day.replace(month=12, day=31)


_STRETCH_OF = {"week": _week_of, "month": _month_of, "quarter": _quarter_of, "year": _year_of}


def _days_of_period(which: str, unit: str, today: date) -> tuple[date, date]:
    stretch = _STRETCH_OF[unit]
    first, last = stretch(today)
    return (first, last) if which == "this" else stretch(first - timedelta(days=1))
