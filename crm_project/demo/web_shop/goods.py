"""What stands on the shelves: products of The Complete Journey that many bought, with names of our own."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crm_project.demo.complete_journey import SOURCE
from customers.models import Product


@dataclass(frozen=True, slots=True)
class Ware:
    """A product as the shop shows it."""

    sku: str
    name: str | Promise
    picture: str
    price: int


@dataclass(frozen=True, slots=True)
class Line:
    """So many of a product in a cart."""

    ware: Ware
    count: int

    @property
    def amount(self) -> int:
        """Return the won it comes to."""
        return self.ware.price * self.count


# SKU: name, drawing in static/demo-shop/wares.svg
SHELVES = {
    "1082185": (_("Bananas"), "bananas"),
    "1127831": (_("Strawberries"), "strawberries"),
    "866211": (_("White grapes"), "grapes"),
    "1029743": (_("Milk"), "milk"),
    "981760": (_("Eggs, a dozen"), "eggs"),
    "951590": (_("White bread"), "bread"),
    "961554": (_("Baby carrots"), "carrots"),
    "995785": (_("Green peppers"), "peppers"),
    "904360": (_("Lettuce"), "lettuce"),
    "1004906": (_("Potatoes"), "potatoes"),
    "908531": (_("Chocolate milk"), "chocolate"),
    "1044078": (_("Lean beef"), "beef"),
}


def wares(words: str = "") -> list[Ware]:
    """Return what is for sale, in the order of the shelves; only what is called like the words where some are given."""
    prices = dict(Product.objects.filter(source=SOURCE, sku__in=SHELVES).values_list("sku", "price"))
    found = [Ware(sku, name, picture, prices[sku] or 0) for sku, (name, picture) in SHELVES.items() if sku in prices]
    return [ware for ware in found if words.casefold() in str(ware.name).casefold()]


def ware(sku: str) -> Ware | None:
    """Return one of the wares."""
    return next((each for each in wares() if each.sku == sku), None)
