"""What each product field offers a reader, and what stands in where there is none of it.

A suggestion may be replaced by another suggestion, so that a message is not empty without need. What states a fact is
replaced only by what is true as well: nobody is told that they left something in the cart which they did not.

    bought_together  goes with what the journey, else the last order, was about → new to them → recommended
    repeat_due       due within a week → bought before, not lately
    cross_sell       categories never bought from → new to them → recommended
    up_sell          15 to 80 % dearer in a favourite category → new to them → recommended
    left_in_cart     in the cart within 30 days, not bought
    viewed           looked at within 30 days, not bought → left in the cart
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from customers import affinity
from customers.affinity import Which
from customers.models import Product
from customers.recommendations import occasions
from customers.recommendations.occasions import Lists

# So many products are looked up for a reader; content shows as many of them as it likes.
LENGTH = 6


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom products are for, at which moment, and what the message is about."""

    customer_ids: Collection[int]
    now: datetime
    # Products that the journey of a customer began with.
    about: Mapping[int, Collection[int]]

    def only(self, customer_ids: Collection[int]) -> Asked:
        """Return the same for some of them."""
        return Asked(customer_ids, self.now, self.about)


Source = Callable[[Asked], Lists]


def _together(asked: Asked) -> Lists:
    without = [customer_id for customer_id in asked.customer_ids if not asked.about.get(customer_id)]
    last = occasions.in_last_order(without, now=asked.now) if without else {}
    known = {
        customer_id: asked.about.get(customer_id) or last.get(customer_id, []) for customer_id in asked.customer_ids
    }
    return occasions.going_with(known, limit=LENGTH, now=asked.now)


def _plain(read: Callable[..., Lists]) -> Source:
    return lambda asked: read(asked.customer_ids, limit=LENGTH, now=asked.now)


def _recommended(which: Which) -> Source:
    def read(asked: Asked) -> Lists:
        return affinity.product_ids(asked.customer_ids, limit=LENGTH, now=asked.now, which=which)

    return read


NEW_TO_THEM, ANYTHING = _recommended(Which.NEVER_BOUGHT), _recommended(Which.EVERYTHING)
CART = _plain(occasions.in_cart)
SOURCES: dict[str, Sequence[Source]] = {
    "recommended": (ANYTHING,),
    "bought_together": (_together, NEW_TO_THEM, ANYTHING),
    "repeat_due": (_plain(occasions.due_now), _plain(occasions.bought_before)),
    "cross_sell": (_plain(occasions.in_other_categories), NEW_TO_THEM, ANYTHING),
    "up_sell": (_plain(occasions.dearer_in_favourites), NEW_TO_THEM, ANYTHING),
    "left_in_cart": (CART,),
    "viewed": (_plain(occasions.viewed), CART),
}


def products_for(name: str, asked: Asked) -> dict[int, list[Product]]:
    """Return the products of a field by customer, best first; who has none, not even to stand in, is left out."""
    found: Lists = {}
    for source in SOURCES[name]:
        missing = [customer_id for customer_id in asked.customer_ids if customer_id not in found]
        if not missing:
            break
        found |= source(asked.only(missing))
    products = Product.objects.in_bulk({product_id for listed in found.values() for product_id in listed})
    return {customer_id: [products[each] for each in listed] for customer_id, listed in found.items()}
