"""The trigger of dates of a customer.

Birthdays by the lunar calendar are not kept apart: a birthday counts as a date of the solar one.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.triggers.base import Entries, Settings, Topic, Window, trigger
from campaigns.triggers.days import DailyTrigger, days_in, look
from customers.segments.attribute_condition import find_attributes
from customers.segments.errors import UnfitValueError
from customers.segments.values import Days, OneOf, Suggested

BIRTHDAY, JOINED, FIRST_ORDER, ATTRIBUTE = "birthday", "joined", "first_order", "attribute"
BEFORE, AFTER = "before", "after"
ONCE, EVERY_YEAR = "once", "every_year"
# Nobody has been a customer for longer.
MOST_YEARS = 60

# What an attribute says is a date if it begins like 2026-01-31; a day that no calendar has finds nobody.
SAID = "jsonb_extract_path_text(customer.attributes, %(attribute)s)"
SAID_DAY = f"substring({SAID} from '^[0-9]{{4}}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])')"
DATED = """
    SELECT {customer} AS customer_id, look.at AS anchor_at, {key} AS entry_key,
           jsonb_build_object('date', look.kept_on, 'years', {years}) AS context
    FROM unnest(%(looks)s::timestamptz[], %(kept)s::date[], %(dates)s::date[], %(ends)s::date[])
         AS look (at, kept_on, date, date_end)
    JOIN {table} ON {fits}
"""
MOMENT = """
    {column} >= look.date::timestamp AT TIME ZONE 'Asia/Seoul'
    AND {column} < look.date_end::timestamp AT TIME ZONE 'Asia/Seoul'
"""
OF_BIRTHDAY = """
    EXTRACT(month FROM customer.birthday) = EXTRACT(month FROM look.date)
    AND EXTRACT(day FROM customer.birthday) = EXTRACT(day FROM look.date) AND customer.birthday < look.kept_on
"""
YEAR_KEPT = "EXTRACT(year FROM look.kept_on)"
CUSTOMERS = "customers_customer AS customer"
# Where a date stands: the table, its customer, the date of which the years are counted, and whether it is looked for.
TABLES = {
    BIRTHDAY: (CUSTOMERS, "customer.id", "customer.birthday", OF_BIRTHDAY),
    JOINED: (CUSTOMERS, "customer.id", "look.date", MOMENT.format(column="customer.joined_at")),
    FIRST_ORDER: (
        "customers_customerstats AS stats",
        "stats.customer_id",
        "look.date",
        MOMENT.format(column="stats.first_order_at"),
    ),
    ATTRIBUTE: (CUSTOMERS, "customer.id", "look.date", f"{SAID_DAY} = look.date::text"),
}


def same_days(kept_on: date) -> Iterator[date]:
    """Yield the days of a leap year that are kept on a day: 29 February also on the 28th of a common year."""
    yield date(2000, kept_on.month, kept_on.day)
    if (kept_on.month, kept_on.day) == (2, 28) and (kept_on + timedelta(days=1)).day == 1:
        yield date(2000, 2, 29)


def years_back(kept_on: date, *, from_year: int) -> Iterator[date]:
    """Yield the days of earlier years, from so many ago, whose anniversary is kept on a day."""
    for years in range(from_year, MOST_YEARS + 1):
        for day in same_days(kept_on):
            if day.day != 29 or day.month != 2 or _is_leap(kept_on.year - years):
                yield day.replace(year=kept_on.year - years)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


@trigger
class DateOfCustomer(DailyTrigger):
    """So many days before or after a date of the customer, once or every year.

    Who was born on 29 February has their birthday on the 28th in common years; so with other dates. The year is in
    the key: a birthday that is changed gives no second one. The dates are read as they stand.
    """

    key = "date_of_customer"
    label = gettext_lazy("date of the customer")
    topic = Topic.DATES
    required = {
        "date": OneOf(
            [
                (BIRTHDAY, gettext_lazy("birthday")),
                (JOINED, gettext_lazy("day of joining")),
                (FIRST_ORDER, gettext_lazy("day of the first order")),
                (ATTRIBUTE, gettext_lazy("date in an attribute")),
            ]
        ),
        "days": Days(highest=365, initial=7),
        "side": OneOf([(BEFORE, gettext_lazy("before")), (AFTER, gettext_lazy("after"))]),
        **DailyTrigger.required,
    }
    optional = {
        "attribute": Suggested(search=find_attributes),
        "often": OneOf([(ONCE, gettext_lazy("once")), (EVERY_YEAR, gettext_lazy("every year"))]),
    }
    labels = {
        **DailyTrigger.labels,
        "date": gettext_lazy("date"),
        "days": gettext_lazy("days"),
        "side": gettext_lazy("before or after"),
        "attribute": gettext_lazy("attribute"),
        "often": gettext_lazy("how often"),
    }
    repeats = True
    tells = ("date", "years")

    def check(self, settings: Settings) -> None:
        super().check(settings)
        if settings["date"] == ATTRIBUTE and "attribute" not in settings:
            raise UnfitValueError(_("Say which attribute holds the date."))

    def entries(self, settings: Settings, window: Window) -> Entries:
        rows = list(_rows(settings, window))
        names = ("looks", "kept", "dates", "ends")
        parameters = {name: [row[place] for row in rows] for place, name in enumerate(names)}
        if settings["date"] == ATTRIBUTE:
            parameters["attribute"] = settings["attribute"]
        return Entries(_statement(settings), parameters)

    def sentence(self, settings: Settings) -> str:
        what = settings["attribute"] if settings["date"] == ATTRIBUTE else self.fields["date"].words(settings["date"])
        days, at = self.fields["days"].words(settings["days"]), settings["at"]
        if settings["days"] == 0:
            said = _("on the date “%(what)s”, at %(at)s") % {"what": what, "at": at}
        elif settings["side"] == BEFORE:
            said = _("%(days)s before the date “%(what)s”, at %(at)s") % {"days": days, "what": what, "at": at}
        else:
            said = _("%(days)s after the date “%(what)s”, at %(at)s") % {"days": days, "what": what, "at": at}
        return _("%(said)s, every year") % {"said": said} if is_yearly(settings) else said


def is_yearly(settings: Settings) -> bool:
    """Tell whether the date comes again each year; nobody is written to on the day they were born."""
    return settings["date"] == BIRTHDAY or settings.get("often") == EVERY_YEAR


def _rows(settings: Settings, window: Window) -> Iterator[tuple[Any, ...]]:
    """Yield when it is looked, the day that is kept, and the dates (to the day after) that are kept on it."""
    ahead = timedelta(days=settings["days"]) * (1 if settings["side"] == BEFORE else -1)
    for day in days_in(window, settings["at"]):
        kept_on = day + ahead
        for dated in _dates(settings, kept_on):
            yield look(day, settings["at"]), kept_on, dated, dated + timedelta(days=1)


def _dates(settings: Settings, kept_on: date) -> Iterator[date]:
    if settings["date"] == BIRTHDAY:
        yield from same_days(kept_on)
    elif not is_yearly(settings):
        yield kept_on
    else:
        # A year after joining is the first anniversary; a date that the shop noted is kept on the day itself too.
        yield from years_back(kept_on, from_year=0 if settings["date"] == ATTRIBUTE else 1)


def _statement(settings: Settings) -> str:
    kind = settings["date"]
    named = "left(md5(%(attribute)s), 12)" if kind == ATTRIBUTE else f"'{kind}'"
    which = YEAR_KEPT if is_yearly(settings) else "look.date"
    table, customer, dated, fits = TABLES[kind]
    return DATED.format(
        table=table,
        customer=customer,
        key=f"{named} || '/' || {which}",
        years=f"{YEAR_KEPT} - EXTRACT(year FROM {dated})",
        fits=fits,
    )
