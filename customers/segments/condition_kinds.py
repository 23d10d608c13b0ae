"""The shapes that most conditions have: a date, a number, a choice, a count of facts in a window.

Days: with N days, "within" means on or after the midnight that began the day N days ago, so 0 is today, and 1 is
today and yesterday; "more than N days ago" is everything before that midnight. Both turn over at midnight KST, and
no customer is in both. Someone for whom it never happened is in neither; that is `never`.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import Aggregate, Count, Exists, Max, Model, OuterRef, Q, QuerySet
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
from customers.segments.values import DateRange, Days, Times, Value, WholeNumber

COMPARISONS = {"at_least": "gte", "at_most": "lte", "exactly": "exact"}
# How the same comparison is refused, for the customers who have no fact at all and so count as zero.
REFUSALS = {"at_least": "lt", "at_most": "gt"}


def zero_fits(op: str, value: int) -> bool:
    """Tell whether nothing at all satisfies the comparison."""
    return {"at_least": value <= 0, "at_most": value >= 0, "exactly": value == 0}[op]


@dataclass(frozen=True)
class Facts:
    """Rows that belong to customers and happened at a time."""

    # Whether a customer has one is asked by EXISTS; how many, by one grouped subquery for all customers, which is
    # hashed (`refresh` and `preview` give it the memory) and so read once, not once a customer.

    model: type[Model]
    at: str
    only: Q = field(default_factory=Q)
    owner: str = "customer"

    def of(self, moment: Moment, *, since: datetime | None = None, until: datetime | None = None) -> QuerySet:
        """Return the facts of a stretch of time, of the customers that matter, without those that nobody owns."""
        facts = self.model._default_manager.filter(self.only, **{f"{self.owner}__isnull": False})
        if moment.among is not None:
            facts = facts.filter(**{f"{self.owner}__in": moment.among})
        if since:
            facts = facts.filter(**{f"{self.at}__gte": since})
        return facts.filter(**{f"{self.at}__lt": until}) if until else facts

    def owners(self, facts: QuerySet) -> Q:
        """Return the customers who have one of these facts."""
        return Q(Exists(facts.filter(**{self.owner: OuterRef("pk")})))

    def owners_where(self, facts: QuerySet, measure: Aggregate, lookup: str, value: Any) -> Q:
        """Return the customers over whose facts the measure compares so."""
        grouped = facts.order_by().values(self.owner).annotate(measured=measure)
        return Q(pk__in=grouped.filter(**{f"measured__{lookup}": value}).values(self.owner))

    def owners_reaching(self, facts: QuerySet, measure: Aggregate, op: str, value: int) -> Q:
        """Return the customers whose measure satisfies the comparison, zero for those who have no facts."""
        if not zero_fits(op, value):
            return self.owners_where(facts, measure, COMPARISONS[op], value)
        if op == "exactly":
            return ~self.owners_where(facts, measure, "gt", value) & ~self.owners_where(facts, measure, "lt", value)
        return ~self.owners_where(facts, measure, REFUSALS[op], value)


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


class CountInWindow(Condition):
    """How many facts, or how much of something, a customer has in a stretch of days."""

    facts: ClassVar[Facts]
    measure: ClassVar[Aggregate] = Count("pk")
    number: ClassVar[Value] = Times()
    operators = (at_least(Times()), at_most(Times()), exactly(Times()))
    optional = {"window": windows.Window()}

    def facts_in_window(self, part: Part, moment: Moment) -> QuerySet:
        """Return the facts that the condition is about."""
        since, until = windows.bounds(part.get("window"), moment)
        return self.facts.of(moment, since=since, until=until)

    def q(self, part: Part, moment: Moment) -> Q:
        facts = self.facts_in_window(part, moment)
        return self.facts.owners_reaching(facts, self.measure, part["op"], part["value"])

    def actual(self, customer: Customer, part: Part, moment: Moment) -> str:
        facts = self.facts_in_window(part, moment).filter(**{self.facts.owner: customer.pk})
        return self.number.words(facts.aggregate(measured=self.measure)["measured"] or 0)


class LatestFact(Condition):
    """When something last happened that no column tells, read from the facts."""

    facts: ClassVar[Facts]
    operators = (within_days(Days()), more_than_days_ago(Days()), never())

    def facts_asked(self, part: Part, moment: Moment, *, since: datetime | None = None) -> QuerySet:
        """Return the facts that the condition is about, as far as they had happened at the moment."""
        return self.facts.of(moment, since=since, until=moment.now if moment.is_past else None)

    def q(self, part: Part, moment: Moment) -> Q:
        ever = self.facts.owners(self.facts_asked(part, moment))
        if part["op"] == "never":
            return ~ever
        since = moment.start_of_days_ago(part["value"])
        lately = self.facts.owners(self.facts_asked(part, moment, since=since))
        return lately if part["op"] == "within_days" else ever & ~lately

    def actual(self, customer: Customer, part: Part, moment: Moment) -> str:
        facts = self.facts_asked(part, moment).filter(**{self.facts.owner: customer.pk})
        return date_words(facts.aggregate(at=Max(self.facts.at))["at"], moment)


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
