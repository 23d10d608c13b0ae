"""Rows that belong to customers and happened at a time, and the questions that can be put to them in SQL."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Aggregate, Exists, Model, OuterRef, Q, QuerySet

from customers.segments.clock import Moment

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
            facts = facts.filter(**{f"{self.owner}__in": moment.ids_among()})
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
