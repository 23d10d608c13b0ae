"""What a customer is due to buy: products and categories, by their own cycle or everybody's."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.utils import timezone

from customers.cycles.pauses import (
    CATEGORY,
    ENOUGH_OF_ONES_OWN,
    PRODUCT,
    Subject,
    borrowed_or_own,
    confidence,
    own_cycles,
    pauses_of,
)

# How far ahead a due day is worth a word, in days.
AHEAD_DAYS = 14
# Whoever did not buy it for three cycles buys it elsewhere or needs it no more: that is no longer due.
GIVEN_UP_AFTER_CYCLES = 3


@dataclass(frozen=True, slots=True)
class Due:
    """Something a customer is expected to buy again: a product, or a category where `product_id` is None.

    `median` is the cycle in days, `days` how many days are left until it is due (negative: overdue). `is_own` says
    that the cycle is the customer's own and not everybody's; `gaps` is how many pauses it is the median of.
    """

    customer_id: int
    product_id: int | None
    name: str
    category: str
    last_on: date
    due_on: date
    days: int
    median: int
    gaps: int
    is_own: bool
    confidence: float

    @property
    def is_overdue(self) -> bool:
        """Tell whether the due day is past."""
        return self.days < 0


OWN = f"own.gaps >= {ENOUGH_OF_ONES_OWN}"
OWN_CONFIDENCE = confidence(
    lower="own.quartiles[1]", median="own.quartiles[2]", upper="own.quartiles[3]", gaps="own.gaps"
)
# Surest and nearest to its day first: what is bought by a cycle of one's own before what others buy so.
DUE = f"""
    SELECT customer_id, {{product_id}}, {{name}}, {{category}}, last_day, due_on, due_on - %(today)s::date,
           days, gaps, is_own, confidence
    FROM (
        SELECT known.*, last_day + days AS due_on, row_number() OVER (
            PARTITION BY customer_id
            ORDER BY is_own DESC, confidence / (1 + abs(last_day + days - %(today)s::date) / days::float8) DESC, subject
        ) AS place
        FROM (
            SELECT own.customer_id, own.subject, own.last_day, {{days}} AS days, {OWN} AS is_own,
                   CASE WHEN {OWN} THEN own.gaps ELSE cycle.gaps END AS gaps,
                   CASE WHEN {OWN} THEN {OWN_CONFIDENCE} ELSE cycle.confidence END AS confidence
            FROM ({{own}}) AS own LEFT JOIN {{table}} cycle ON cycle.{{column}} = own.subject
        ) AS known
        WHERE last_day + days <= %(today)s::date + %(ahead)s AND %(today)s::date - last_day <= days * %(given_up)s
    ) AS ranked {{join}}
    WHERE place <= %(limit)s
    ORDER BY customer_id, place
"""


def due(customer_id: int, *, now: datetime | None = None, limit: int = 20) -> list[Due]:
    """Return what a customer is due to buy, products before categories, surest and nearest first."""
    return due_many([customer_id], now=now, limit=limit).get(customer_id, [])


def due_many(customer_ids: Iterable[int], *, now: datetime | None = None, limit: int = 20) -> dict[int, list[Due]]:
    """Return what each of these customers is due to buy, at most `limit` products and as many categories each.

    Two statements for all of them. Orders from `now` on are not looked at; the cycles of categories and products are
    those of the last rebuild. Products that are no longer on sale are left out.
    """
    now = now or timezone.now()
    parameters = {
        "customers": list(customer_ids),
        "until": now,
        "today": timezone.localdate(now, timezone.get_default_timezone()),
        "ahead": AHEAD_DAYS,
        "given_up": GIVEN_UP_AFTER_CYCLES,
        "limit": limit,
    }
    found: dict[int, list[Due]] = {}
    with connection.cursor() as cursor:
        for statement in (PRODUCTS_DUE, CATEGORIES_DUE):
            cursor.execute(statement, parameters)
            for row in cursor.fetchall():
                each = Due(*row)
                found.setdefault(each.customer_id, []).append(each)
    return found


def _statement(subject: Subject, *, only: str = "true", **parts: str) -> str:
    pauses = pauses_of(subject, among="= ANY(%(customers)s)", only=only)
    return DUE.format(
        own=own_cycles(pauses),
        days=borrowed_or_own("own", "cycle"),
        table=subject.table,
        column=subject.column,
        **parts,
    )


PRODUCTS_DUE = _statement(
    PRODUCT,
    only="product.is_active",
    product_id="subject",
    name="product.name",
    category="product.category",
    join="JOIN customers_product product ON product.id = subject",
)
CATEGORIES_DUE = _statement(CATEGORY, product_id="NULL::bigint", name="subject", category="subject", join="")
