"""The conditions on a customer's birthday and age. Who was born on 29 February has it on the 28th in other years."""

from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from django.db.models import Q
from django.utils.dates import MONTHS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Customer
from customers.segments.clock import Moment
from customers.segments.conditions import Condition, Operator, Part, Topic, at_least, at_most
from customers.segments.values import Days, SomeOf, WholeNumber

MONTH_CHOICES = SomeOf([(str(number), name) for number, name in MONTHS.items()])
YEARS = WholeNumber(lowest=0, highest=120, unit=gettext_lazy("years"), initial=20)


class Birthday(Condition):
    name, label, topic = "birthday", gettext_lazy("birthday"), Topic.PROFILE
    operators = (
        Operator("in_month", gettext_lazy("in the month"), gettext_lazy("%(what)s in %(value)s"), MONTH_CHOICES),
        Operator("this_month", gettext_lazy("this month"), gettext_lazy("%(what)s this month")),
        Operator(
            "within_next_days",
            gettext_lazy("within the next"),
            gettext_lazy("%(what)s within the next %(value)s"),
            Days(highest=365, initial=7),
        ),
        Operator("known", gettext_lazy("known"), gettext_lazy("%(what)s known")),
    )

    def q(self, part: Part, moment: Moment) -> Q:
        if part["op"] == "known":
            return Q(birthday__isnull=False)
        if part["op"] == "within_next_days":
            return _falls_on(days_from(moment.today, part["value"]))
        months = [moment.today.month] if part["op"] == "this_month" else list(map(int, part["value"]))
        return Q(birthday__isnull=False, birthday__month__in=months)

    def actual(self, customer: Customer, part: Part, moment: Moment) -> str:
        return f"{customer.birthday:%m-%d}" if customer.birthday else _("not known")


def days_from(first: date, days: int) -> list[date]:
    """Return a day and as many days after it."""
    return [first + timedelta(days=number) for number in range(days + 1)]


def _falls_on(days: list[date]) -> Q:
    """Return those whose birthday is kept on one of the days."""
    kept = {(day.month, day.day) for day in days}
    kept |= {(2, 29) for day in days if (day + timedelta(days=1)).month == 3 and day.month == 2}
    by_month: dict[int, list[int]] = {}
    for month, day in sorted(kept):
        by_month.setdefault(month, []).append(day)
    found = Q()
    for month, numbers in by_month.items():
        found |= Q(birthday__month=month, birthday__day__in=numbers)
    return Q(birthday__isnull=False) & found


class Age(Condition):
    """Full years on the day; of whom the birthday is not known, no comparison holds."""

    name, label, topic = "age", gettext_lazy("age"), Topic.PROFILE
    operators = (at_least(YEARS), at_most(YEARS))

    def q(self, part: Part, moment: Moment) -> Q:
        if part["op"] == "at_least":
            return Q(birthday__isnull=False, birthday__lte=moment.today - relativedelta(years=part["value"]))
        return Q(birthday__isnull=False, birthday__gt=moment.today - relativedelta(years=part["value"] + 1))

    def actual(self, customer: Customer, part: Part, moment: Moment) -> str:
        if not customer.birthday:
            return _("not known")
        years = moment.today.year - customer.birthday.year
        had_it = customer.birthday <= moment.today - relativedelta(years=years)
        return YEARS.words(years if had_it else years - 1)
