"""How long a step waits: its settings, in words, and as a moment. Days and hours are those of the shop's time zone.

A wait never goes back: a moment that is over by the time the wait begins is the next such moment, a date that is over
ends it at once.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from customers.segments.errors import UnfitValueError
from customers.segments.values import Days, OneOf, Value, WholeNumber, read_date, shown

Settings = Mapping[str, Any]

MONDAY_TO_SUNDAY = [
    (1, gettext_lazy("Monday")),
    (2, gettext_lazy("Tuesday")),
    (3, gettext_lazy("Wednesday")),
    (4, gettext_lazy("Thursday")),
    (5, gettext_lazy("Friday")),
    (6, gettext_lazy("Saturday")),
    (7, gettext_lazy("Sunday")),
]
MOST_DAYS = 1_000
LENGTHS: dict[str, Value] = {
    "days": Days(lowest=1, highest=MOST_DAYS),
    "hours": WholeNumber(lowest=1, highest=24 * MOST_DAYS),
    "until_weekday": OneOf(MONDAY_TO_SUNDAY),
    "after_anchor_days": Days(lowest=0, highest=MOST_DAYS),
}
# What a wait is by; each wait has exactly one of them. With `at`: at that time of the day.
FORMS = ("days", "hours", "until_weekday", "until_hour", "until_date", "after_anchor_days")
WITHOUT_HOUR = ("hours", "until_hour")


def check(settings: object) -> None:
    """Refuse settings by which nobody can wait.

    Raises:
        UnfitValueError: says what is wrong and what would be right.
    """
    if not isinstance(settings, dict) or len([key for key in settings if key in FORMS]) != 1:
        raise UnfitValueError(_("Say how long to wait: days, hours, until a weekday, an hour or a date."))
    form = _form(settings)
    if set(settings) - {form, "at"} or ("at" in settings and form in WITHOUT_HOUR):
        raise UnfitValueError(_("This wait takes no other settings than its length and, for days, the time of day."))
    if form in LENGTHS:
        LENGTHS[form].check(settings[form])
    elif form == "until_date":
        read_date(settings[form])
    for key in {"until_hour", "at"} & set(settings):
        read_hour(settings[key])


def until(settings: Settings, due_at: datetime, *, anchor_at: datetime | None = None) -> datetime:
    """Return when a wait ends that begins at `due_at`, of a journey that began by what happened at `anchor_at`."""
    form = _form(settings)
    at = read_hour(settings["at"]) if settings.get("at") else None
    begins = timezone.localtime(due_at, timezone.get_default_timezone())
    anchor = timezone.localtime(anchor_at or due_at, timezone.get_default_timezone())
    ends = UNTIL[form](settings[form], begins, anchor, at)
    return max(ends.astimezone(due_at.tzinfo), due_at)


def sentence(settings: Settings) -> str:
    """Say the wait in the current language."""
    form = _form(settings)
    words = SENTENCES[form](settings[form])
    if not settings.get("at"):
        return words
    return _("%(wait)s, at %(hour)s") % {"wait": words, "hour": settings["at"]}


def read_hour(value: object) -> time:
    """Return the time of day of a text such as 10:00.

    Raises:
        UnfitValueError: it is none.
    """
    try:
        hour = time.fromisoformat(value) if isinstance(value, str) and len(value) == len("10:00") else None
    except ValueError:
        hour = None
    if hour is None:
        raise UnfitValueError(_("%(value)s is no time of day like 10:00.") % {"value": shown(value)})
    return hour


def _form(settings: Settings) -> str:
    return next(form for form in FORMS if form in settings)


def _on(day: date, at: time | None, moment: datetime) -> datetime:
    """Return the day at that time, else at the time of `moment`."""
    return datetime.combine(day, at or moment.timetz().replace(tzinfo=None), tzinfo=moment.tzinfo)


def _days(days: int, begins: datetime, _anchor: datetime, at: time | None) -> datetime:
    return _on(begins.date() + timedelta(days=days), at, begins)


def _hours(hours: int, begins: datetime, _anchor: datetime, _at: time | None) -> datetime:
    return begins + timedelta(hours=hours)


def _weekday(weekday: int, begins: datetime, _anchor: datetime, at: time | None) -> datetime:
    day = begins.date() + timedelta(days=(weekday - begins.isoweekday()) % 7)
    found = _on(day, at, begins)
    return found if found >= begins else found + timedelta(days=7)


def _hour(hour: str, begins: datetime, _anchor: datetime, _at: time | None) -> datetime:
    found = _on(begins.date(), read_hour(hour), begins)
    return found if found >= begins else found + timedelta(days=1)


def _date(day: str, begins: datetime, _anchor: datetime, at: time | None) -> datetime:
    return _on(read_date(day), at or time(), begins)


def _after_anchor(days: int, _begins: datetime, anchor: datetime, at: time | None) -> datetime:
    return _on(anchor.date() + timedelta(days=days), at, anchor)


UNTIL: Mapping[str, Callable[[Any, datetime, datetime, time | None], datetime]] = {
    "days": _days,
    "hours": _hours,
    "until_weekday": _weekday,
    "until_hour": _hour,
    "until_date": _date,
    "after_anchor_days": _after_anchor,
}
SENTENCES: Mapping[str, Callable[[Any], str]] = {
    "days": lambda days: ngettext("wait %(count)s day", "wait %(count)s days", days) % {"count": days},
    "hours": lambda hours: ngettext("wait %(count)s hour", "wait %(count)s hours", hours) % {"count": hours},
    "until_weekday": lambda weekday: _("wait until %(weekday)s") % {"weekday": dict(MONDAY_TO_SUNDAY)[weekday]},
    "until_hour": lambda hour: _("wait until %(hour)s") % {"hour": hour},
    "until_date": lambda day: _("wait until %(date)s") % {"date": date_format(read_date(day))},
    "after_anchor_days": lambda days: (
        ngettext("wait until %(count)s day after it began", "wait until %(count)s days after it began", days)
        % {"count": days}
    ),
}
