"""Tiers: how far customers have come, by what they bought or earned within a window, and what that gives them.

credits (what counts, by business date) → judging (credits, rules and a day in, tiers out: one pure query) → evaluation
(periods, standings and the book of evaluations) → entry_coupons; `ladder` holds the rules and their frozen versions,
`grants` the tiers given by hand, `standings` says it in words, `preview` counts what a changed ladder would do.

The spendable balance plays no part: points that were spent still count. May import `customers` and `loyalty.coupons`.
"""

from loyalty.tiers.credits import credit, credit_many, credit_orders
from loyalty.tiers.standings import POINTS_PERCENT, Standing, points_percent, standing_of, standings

__all__ = [
    "POINTS_PERCENT",
    "Standing",
    "credit",
    "credit_many",
    "credit_orders",
    "points_percent",
    "standing_of",
    "standings",
]
