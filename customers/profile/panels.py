"""The panels of the customer page. Upper apps add theirs from their `customer_panels.py`."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.safestring import SafeString

from crm_project.registry import Registry
from customers.models import Customer

Draw = Callable[[Customer, HttpRequest], SafeString | None]


@dataclass(frozen=True, slots=True)
class Panel:
    """A card of the page. `draw` returns its content, or None where there is nothing to say or to see."""

    name: str
    title: object
    icon: str
    order: int
    is_aside: bool
    draw: Draw


PANELS: Registry[Panel] = Registry("customer panel")


def panel(name: str, *, title: object, icon: str, order: int, is_aside: bool = True) -> Callable[[Draw], Draw]:
    """Register the decorated function as a card of the customer page; smaller `order` stands higher."""

    def register(draw: Draw) -> Draw:
        PANELS.register(name, Panel(name, title, icon, order, is_aside, draw))
        return draw

    return register


def drawn_panels(customer: Customer, request: HttpRequest, *, is_aside: bool) -> list[tuple[Panel, SafeString]]:
    """Return the cards of one column that have something to say, in their order."""
    column = sorted((each for each in PANELS if each.is_aside == is_aside), key=lambda each: each.order)
    drawn = [(each, each.draw(customer, request)) for each in column]
    return [(each, content) for each, content in drawn if content]
