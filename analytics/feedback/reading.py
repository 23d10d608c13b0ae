"""Scores counted by month and by what they are about. Months and days are KST; a response counts in the month it came.

What is about a product or a category is told by the message; else it is what the order it is about holds, and a
response about three categories counts in each of the three.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from analytics.periods import Period
from analytics.statements import tuples
from customers.feedback.scores import Figure, figure

MOST_GROUPS = 20
MONTHS = """
    SELECT date_trunc('month', answered_at AT TIME ZONE 'Asia/Seoul')::date, score, count(*)
    FROM customers_surveyresponse
    WHERE kind = %(kind)s AND score IS NOT NULL AND answered_at >= %(starts)s AND answered_at < %(ends)s
    GROUP BY 1, 2
"""
GROUPS = """
    SELECT about.key, about.label, response.score, count(*)
    FROM customers_surveyresponse AS response {about}
    WHERE response.kind = %(kind)s AND response.score IS NOT NULL
      AND response.answered_at >= %(starts)s AND response.answered_at < %(ends)s
    GROUP BY 1, 2, 3
"""
OF_ORDER = """
    JOIN LATERAL (
        SELECT DISTINCT {columns} FROM (
            SELECT response.product_id AS id
            UNION ALL
            SELECT line.product_id FROM customers_orderline AS line
            WHERE response.product_id IS NULL AND line.order_id = response.order_id
        ) AS told JOIN customers_product AS product ON product.id = told.id
    ) AS about ON about.key <> ''
"""
ABOUT: Mapping[str, str] = {
    "store": """
        JOIN LATERAL (
            SELECT store.id::text AS key, store.name AS label FROM customers_store AS store
            WHERE store.id = response.store_id
        ) AS about ON true
    """,
    "category": OF_ORDER.format(columns="product.category AS key, product.category AS label"),
    "product": OF_ORDER.format(columns="product.id::text AS key, product.name AS label"),
    "campaign": """
        JOIN LATERAL (
            SELECT campaign.id::text AS key, campaign.name AS label
            FROM campaigns_message AS message JOIN campaigns_campaign AS campaign ON campaign.id = message.campaign_id
            WHERE message.id = response.message_id
        ) AS about ON true
    """,
}


@dataclass(frozen=True, slots=True)
class Group:
    """One store, category, product or campaign, and what was answered about it."""

    key: str
    label: str
    figure: Figure


def by_month(kind: str, period: Period) -> dict[date, Figure]:
    """Return the figure of each month (by its first day) in which anybody answered."""
    counts: dict[date, dict[int, int]] = {}
    for month, score, count in tuples(MONTHS, _parameters(kind, period)):
        counts.setdefault(month, {})[score] = count
    found = {month: figure(kind, scores) for month, scores in sorted(counts.items())}
    return {month: each for month, each in found.items() if each}


def overall(kind: str, period: Period) -> Figure | None:
    """Return the figure of the whole period; None where nobody answered."""
    counts: dict[int, int] = {}
    for _month, score, count in tuples(MONTHS, _parameters(kind, period)):
        counts[score] = counts.get(score, 0) + count
    return figure(kind, counts)


def groups(kind: str, about: str, period: Period) -> list[Group]:
    """Return the groups with most answers, most first; `about` is a key of `ABOUT`."""
    counts: dict[tuple[str, str], dict[int, int]] = {}
    for key, label, score, count in tuples(GROUPS.format(about=ABOUT[about]), _parameters(kind, period)):
        counts.setdefault((key, label), {})[score] = count
    most = sorted(counts.items(), key=lambda each: (-sum(each[1].values()), each[0]))[:MOST_GROUPS]
    return [Group(key, label, found) for (key, label), scores in most if (found := figure(kind, scores))]


def _parameters(kind: str, period: Period) -> dict[str, object]:
    return {"kind": kind, "starts": period.start, "ends": period.end}
