"""The shapes that most conditions have: a date, a number, a choice, a count of facts in a window.

Days: with N days, "within" means on or after the midnight that began the day N days ago, so 0 is today, and 1 is
today and yesterday; "more than N days ago" is everything before that midnight. Both turn over at midnight KST, and
no customer is in both. Someone for whom it never happened is in neither; that is `never`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from django.db.models import Aggregate, Count, Max, Min, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.models import Customer
from customers.segments import windows
from customers.segments.clock import Moment
from customers.segments.conditions import (
    Condition,
    Operator,
    Part,
    at_least,
    at_most,
    between,
    exactly,
    more_than_days_ago,
    never,
    not_one_of,
    one_of,
    within_days,
)
from customers.segments.facts import COMPARISONS, Facts, zero_fits
from customers.segments.values import DateRange, Days, Times, Value, WholeNumber


class DateCondition(Condition):
    """When something happened last or first, read from a to-one column of the customer."""

    column: ClassVar[str]
    # Where the column comes from, to read it as it stood at a past moment. None: the column never changes.
    facts: ClassVar[Facts | None] = None
    reading: ClassVar[type[Aggregate]] = Max
    operators = (within_days(Days()), more_than_days_ago(Days()), between(DateRange()), never())

    def q(self, part: Part, moment: Moment) -> Q:
        if moment.is_past and self.facts:
            return self._q_from_facts(self.facts, part, moment)
        if part["op"] == "never":
            return Q(**{f"{self.column}__isnull": True})
        return Q(**{f"{self.column}__{lookup}": at for lookup, at in date_lookups(part, moment).items()})

    def _q_from_facts(self, facts: Facts, part: Part, moment: Moment) -> Q:
        known = facts.of(moment, until=moment.now)
        if part["op"] == "never":
            return ~facts.owners(known)
        reading = known.order_by().values(facts.owner).annotate(read=self.reading(facts.at))
        lookups = {f"read__{lookup}": at for lookup, at in date_lookups(part, moment).items()}
        return Q(pk__in=reading.filter(**lookups).values(facts.owner))

    def actual(self, customer: Customer, part: Part, moment: Moment) -> str:
        return date_words(Customer.objects.values_list(self.column, flat=True).get(pk=customer.pk), moment)


def date_lookups(part: Part, moment: Moment) -> dict[str, datetime]:
    """Return the bounds of a date operator as lookups: `gte` and `lt`, of which one may be missing."""
    if part["op"] == "within_days":
        return {"gte": moment.start_of_days_ago(part["value"])}
    if part["op"] == "more_than_days_ago":
        return {"lt": moment.start_of_days_ago(part["value"])}
    since, until = windows.bounds({"from": part["value"][0], "to": part["value"][1]}, moment)
    return {lookup: at for lookup, at in (("gte", since), ("lt", until)) if at is not None}


def date_words(at: datetime | None, moment: Moment) -> str:
    """Say a date and how long ago it was."""
    if at is None:
        return _("never")
    day = timezone.localdate(at, timezone.get_default_timezone()).isoformat()
    days = moment.days_since(at)
    if days == 0:
        return _("%(day)s (today)") % {"day": day}
    ago = ngettext("%(day)s (%(count)s day ago)", "%(day)s (%(count)s days ago)", days)
    return ago % {"day": day, "count": f"{days:,}"}


class NumberCondition(Condition):
    """A sum on the customer's statistics, zero where there are none."""

    column: ClassVar[str]
    number: ClassVar[Value] = WholeNumber()
    facts: ClassVar[Facts]
    measure: ClassVar[Aggregate]

    def q(self, part: Part, moment: Moment) -> Q:
        op, value = part["op"], part["value"]
        if moment.is_past:
            return self.facts.owners_reaching(self.facts.of(moment, until=moment.now), self.measure, op, value)
        fits = Q(**{f"{self.column}__{COMPARISONS[op]}": value})
        return fits | Q(**{f"{self.column}__isnull": True}) if zero_fits(op, value) else fits

    def actual(self, customer: Customer, part: Part, moment: Moment) -> str:
        return self.number.words(Customer.objects.values_list(self.column, flat=True).get(pk=customer.pk) or 0)


class FactsCondition(Condition):
    """A condition on facts, which the rule may narrow down: of these products, in these stores."""

    facts: ClassVar[Facts]
    # The keys of the rule that narrow it down to some values, and the column of the facts that holds them.
    filters: ClassVar[Mapping[str, str]] = {}

    def facts_for(self, part: Part) -> Facts:
        """Return which rows the part is about: other ones where a filter asks what only other rows know."""
        return self.facts

    def narrowed(self, facts: QuerySet, part: Part) -> QuerySet:
        """Return the facts that the filters of the part leave."""
        return facts.filter(**{f"{column}__in": part[key] for key, column in self.filters.items() if key in part})


class CountInWindow(FactsCondition):
    """How many facts, or how much of something, a customer has in a stretch of days."""

    measure: ClassVar[Aggregate] = Count("pk")
    number: ClassVar[Value] = Times()
    # Whether who has no fact counts as zero; otherwise (an average) no comparison fits.
    nothing_is_zero: ClassVar[bool] = True
    operators: ClassVar[tuple[Operator, ...]] = (at_least(Times()), at_most(Times()), exactly(Times()))
    optional = {"window": windows.Window()}

    def measure_for(self, part: Part) -> Aggregate:
        """Return what is measured over those rows."""
        return self.measure

    def facts_in_window(self, part: Part, moment: Moment) -> QuerySet:
        """Return the facts that the condition is about."""
        facts = self.facts_for(part)
        return self.narrowed(windows.inside(part.get("window"), facts, moment), part)

    def q(self, part: Part, moment: Moment) -> Q:
        facts, rows, measure = self.facts_for(part), self.facts_in_window(part, moment), self.measure_for(part)
        if self.nothing_is_zero:
            return facts.owners_reaching(rows, measure, part["op"], part["value"])
        return facts.owners_where(rows, measure, COMPARISONS[part["op"]], part["value"])

    def actual(self, customer: Customer, part: Part, moment: Moment) -> str:
        facts = self.facts_in_window(part, moment).filter(**{self.facts_for(part).owner: customer.pk})
        measured = facts.aggregate(measured=self.measure_for(part))["measured"]
        if measured is None and not self.nothing_is_zero:
            return _("nothing to measure")
        return self.number.words(round(measured or 0))


class LatestFact(FactsCondition):
    """When something last happened that no column tells, read from the facts."""

    operators = (within_days(Days()), more_than_days_ago(Days()), never())
    reading: ClassVar[type[Aggregate]] = Max

    def facts_asked(self, part: Part, moment: Moment, *, since: datetime | None = None) -> QuerySet:
        """Return the facts that the condition is about, as far as they had happened at the moment."""
        facts = self.facts_for(part)
        return self.narrowed(facts.of(moment, since=since, until=moment.now if moment.is_past else None), part)

    def q(self, part: Part, moment: Moment) -> Q:
        facts = self.facts_for(part)
        ever = facts.owners(self.facts_asked(part, moment))
        if part["op"] == "never":
            return ~ever
        since = moment.start_of_days_ago(part["value"])
        lately = facts.owners(self.facts_asked(part, moment, since=since))
        return lately if part["op"] == "within_days" else ever & ~lately

    def actual(self, customer: Customer, part: Part, moment: Moment) -> str:
        facts = self.facts_for(part)
        found = self.facts_asked(part, moment).filter(**{facts.owner: customer.pk})
        return date_words(found.aggregate(at=self.reading(facts.at))["at"], moment)


class EarliestFact(LatestFact):
    """When something first happened that no column tells."""

    reading = Min

    def q(self, part: Part, moment: Moment) -> Q:
        facts = self.facts_for(part)
        asked = self.facts_asked(part, moment)
        if part["op"] == "never":
            return ~facts.owners(asked)
        before = facts.owners(asked.filter(**{f"{facts.at}__lt": moment.start_of_days_ago(part["value"])}))
        return facts.owners(asked) & ~before if part["op"] == "within_days" else before


class ChoiceCondition(Condition):
    """A column whose value is one of several. Of whom it is not known, it is none of them."""

    column: ClassVar[str]
    choices: ClassVar[Value]

    def q(self, part: Part, moment: Moment) -> Q:
        fits = Q(**{f"{self.column}__in": part["value"]})
        return fits if part["op"] == "in" else ~fits

    def actual(self, customer: Customer, part: Part, moment: Moment) -> str:
        value = Customer.objects.values_list(self.column, flat=True).get(pk=customer.pk)
        return self.choices.words([value]) if value else _("not known")


def number_operators(value: Value) -> tuple[Operator, ...]:
    """Return the three comparisons of a number."""
    return (at_least(value), at_most(value), exactly(value))


def choice_operators(value: Value) -> tuple[Operator, ...]:
    """Return the two ways to ask for a choice."""
    return (one_of(value), not_one_of(value))
