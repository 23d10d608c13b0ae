"""Marks beside a customer's name: on the page, in the drawer, and as a column of the list.

Upper apps add theirs from their `customer_panels.py`. A mark is drawn for a page of customers at once.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.safestring import SafeString

from crm_project.registry import Registry

Draw = Callable[[Collection[int]], dict[int, SafeString]]


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark. `draw(customer_ids)` returns what stands beside each, in a number of queries that does not grow."""

    name: str
    label: object
    permission: str
    draw: Draw


MARKS: Registry[Mark] = Registry("customer mark")


def mark(name: str, *, label: object, permission: str) -> Callable[[Draw], Draw]:
    """Register the decorated function as a mark for whoever has the permission."""

    def register(draw: Draw) -> Draw:
        MARKS.register(name, Mark(name, label, permission, draw))
        return draw

    return register


def marks_for(request: HttpRequest) -> Iterator[Mark]:
    """Yield the marks that the reader may see."""
    return (each for each in MARKS if request.user.has_perm(each.permission))


def drawn_marks(customer_ids: Collection[int], request: HttpRequest) -> dict[str, dict[int, SafeString]]:
    """Return what each mark that the reader may see says of each customer."""
    return {each.name: each.draw(customer_ids) for each in marks_for(request)}
