"""What to offer whom, and what goes with what: the face of `customers.recommendations`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from itertools import groupby

from django.utils import timezone

from customers.models import Product, ProductAffinity
from customers.recommendations import ranking
from customers.recommendations.reasons import Kind, read_facts, reason_of


class Which(Enum):
    """Which products a list is drawn from."""

    EVERYTHING = ranking.EVERYTHING
    AGAIN = ranking.ONLY_AGAIN
    NEVER_BOUGHT = ranking.ONLY_FRESH


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A product for a customer. `score` is the estimated chance, 0 to 1, that they buy it within four weeks."""

    product: Product
    kind: Kind
    reason: str
    score: float


def recommend(
    customer_id: int, *, limit: int = 10, now: datetime | None = None, which: Which = Which.EVERYTHING
) -> list[Recommendation]:
    """Return what to offer a customer, best first, each with its reason in the language in force.

    Never what is off sale or sold out, nor what they bought and do not need again yet. Somebody who never
    bought is offered what is popular. Empty before the first rebuild.
    """
    return recommend_many([customer_id], limit=limit, now=now, which=which).get(customer_id, [])


def recommend_many(
    customer_ids: Iterable[int], *, limit: int = 10, now: datetime | None = None, which: Which = Which.EVERYTHING
) -> dict[int, list[Recommendation]]:
    """Return the lists of many customers, some hundreds a statement; customers without a list are left out."""
    found: dict[int, list[Recommendation]] = {}
    for rows in ranking.top(customer_ids, limit=limit, now=now or timezone.now(), statement=which.value):
        facts = read_facts(rows)
        for customer_id, listed in groupby(rows, lambda row: row.customer_id):
            found[customer_id] = [
                Recommendation(facts.products[row.product_id], *reason_of(row, facts), row.chance) for row in listed
            ]
    return found


def product_ids(
    customer_ids: Iterable[int], *, limit: int, now: datetime, which: Which = Which.EVERYTHING
) -> dict[int, list[int]]:
    """Return the same lists as numbers of products without reasons, which cost queries of their own."""
    found: dict[int, list[int]] = {}
    for rows in ranking.top(customer_ids, limit=limit, now=now, statement=which.value):
        for row in rows:
            found.setdefault(row.customer_id, []).append(row.product_id)
    return found


def companions(product_id: int) -> list[ProductAffinity]:
    """Return what is bought together with a product, the closest first, with support, share and lift."""
    rows = ProductAffinity.objects.filter(product=product_id).select_related("companion")
    return list(rows.order_by("place"))
