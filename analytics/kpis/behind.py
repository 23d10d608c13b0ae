"""The customers behind a number: counted and listed by the same SQL as the number itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.kpis.counts import ask
from analytics.kpis.kpi import Group
from analytics.kpis.slices import Slice
from analytics.periods import Period
from customers.models import Customer

WHOSE = "FROM period CROSS JOIN LATERAL ({persons}) AS person WHERE customer_id IS NOT NULL AND ({where})"


@dataclass(frozen=True, slots=True)
class Behind:
    """A customer and what they have to do with the number, in the unit of the group."""

    customer: Customer
    figure: int | None


def count(group: Group, period: Period, within: Slice) -> int:
    """Return how many customers are behind the number."""
    [(found,)] = ask(f"SELECT count(*) {_whose(group)}", [period], within)
    return found


def customers(group: Group, period: Period, within: Slice, *, skip: int = 0, most: int) -> list[Behind]:
    """Return some of them, those with the largest figure first, with their statistics."""
    question = (
        f"SELECT customer_id, {group.figure} {_whose(group)} ORDER BY 2 DESC NULLS LAST, 1"
        " OFFSET %(skip)s LIMIT %(most)s"
    )
    rows = ask(question, [period], within, skip=skip, most=most)
    people = Customer.objects.select_related("stats").in_bulk([customer_id for customer_id, _figure in rows])
    return [Behind(people[customer_id], figure) for customer_id, figure in rows]


def numbers(group: Group, period: Period, within: Slice, *, most: int) -> Sequence[int]:
    """Return the ids of all of them, at most so many."""
    rows = ask(f"SELECT customer_id {_whose(group)} ORDER BY 1 LIMIT %(most)s", [period], within, most=most)
    return [customer_id for (customer_id,) in rows]


def _whose(group: Group) -> str:
    return WHOSE.format(persons=group.persons, where=group.where)
