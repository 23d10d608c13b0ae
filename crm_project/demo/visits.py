"""Made-up visits to the web shop over the last sixty days: who bought looked before, some looked and did not buy."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from crm_project.demo.complete_journey import Household

DAYS = 60
SEARCHES = ("우유", "계란", "사과", "두부", "라면", "커피", "삼겹살", "요거트", "세제", "기저귀", "와인", "샐러드")
PAGES = ("/", "/sale", "/new", "/best", "/store", "/my/orders")
# A quarter never visits the page; the others look before some of their purchases.
NEVER = 0.25
LOOKED_BEFORE = 0.45
LEFT_IN_THE_CART = 0.12


def visits(household: Household, purchases: list[datetime], *, until: datetime) -> Iterator[dict[str, object]]:
    """Yield a household's web events of the last sixty days before `until` (the end of the last day), as records.

    `purchases` are its moments of purchase in rising order.
    """
    random = Random(f"visits {household.number}")
    if random.random() < NEVER or not household.favourites:
        return
    for number, start in enumerate(_starts(random, purchases, until)):
        yield from _visit(random, household, f"{household.number}-{number}", start, wants=random.random() < 0.35)
    if random.random() < LEFT_IN_THE_CART:
        start = until - timedelta(minutes=random.randrange(20, 240))
        if purchases[-1] < start:
            yield from _visit(random, household, f"{household.number}-cart", start, wants=True)


def _starts(random: Random, purchases: list[datetime], until: datetime) -> Iterator[datetime]:
    """Yield when visits begin: hours before a purchase, and now and then for no reason."""
    since = until - timedelta(days=DAYS)
    for purchase in purchases:
        if purchase > since and random.random() < LOOKED_BEFORE:
            yield purchase - timedelta(minutes=random.randrange(40, 2000))
    for _ in range(random.choice((0, 0, 1, 1, 2, 3, 5))):
        yield since + timedelta(minutes=random.randrange(DAYS * 24 * 60 - 60))


def _visit(
    random: Random, household: Household, key: str, start: datetime, *, wants: bool
) -> Iterator[dict[str, object]]:
    """Yield the events of one visit: a page, what they looked for, the products, perhaps the cart."""
    number = 0
    at = start

    def event(kind: str, **more: object) -> dict[str, object]:
        nonlocal number, at
        number += 1
        at += timedelta(seconds=random.randrange(5, 90))
        return {
            "event_id": f"{key}-{number}",
            "kind": kind,
            "customer_id": str(household.number),
            "occurred_at": at,
            "sku": "",
            **more,
        }

    yield event("page_view", **{"prop.path": random.choice(PAGES)})
    if random.random() < 0.3:
        yield event("search", **{"prop.query": random.choice(SEARCHES)})
    for sku in random.sample(household.favourites, k=min(len(household.favourites), random.randint(1, 4))):
        yield event("product_view", sku=str(sku))
        if wants:
            yield event("cart_add", sku=str(sku), **{"prop.quantity": 1})
            wants = random.random() < 0.3
