"""What the page of the ladder tells: how many customers stand where, and who moved lately. Counted in sets."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection
from django.db.models import Count, Q
from django.utils import timezone

from customers.models import Customer
from customers.segments.clock import start_of_day
from loyalty.models import Coupon, Tier, TierRuleVersion, TierStanding
from loyalty.tiers.entry_coupons import can_be_given
from loyalty.tiers.ladder import Ladder
from loyalty.tiers.preview import Movement, Rung, movement

DAYS_SHOWN = 30
AT_RISK_DAYS = 30

# Where each customer who moved stood before the first move since the day, and where they stand now.
MOVED = """
SELECT first.previous_tier_id, standing.tier_id, count(*)
FROM (
    SELECT DISTINCT ON (customer_id) customer_id, previous_tier_id FROM loyalty_tierperiod
    WHERE started_at >= %(since)s ORDER BY customer_id, started_at, id
) AS first
JOIN loyalty_tierstanding AS standing USING (customer_id)
JOIN customers_customer AS customer ON customer.id = customer_id
WHERE customer.merged_into_id IS NULL AND customer.erased_at IS NULL AND first.previous_tier_id IS NOT NULL
GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Rank:
    """A step of the ladder as the page shows it."""

    tier: Tier
    threshold: int
    customers: int
    share: float
    at_risk: int
    perks: list[str]
    coupons: list[tuple[Coupon, bool]]

    @property
    def percent(self) -> float:
        """Return its share of all customers in per cent, for the width of a bar."""
        return round(self.share * 100, 2)


def ranks(version: TierRuleVersion) -> list[Rank]:
    """Return the steps of a ladder, the highest first, with who stands on each."""
    thresholds = version.thresholds.select_related("tier").prefetch_related("tier__entry_coupons").order_by("-rank")
    rows = list(thresholds)
    sizes, everyone = _sizes(rows[-1].tier_id), Customer.objects.living().count()
    at_risk = _at_risk()
    return [
        Rank(
            tier=row.tier,
            threshold=row.threshold,
            customers=sizes.get(row.tier_id, 0),
            share=sizes.get(row.tier_id, 0) / everyone if everyone else 0,
            at_risk=at_risk.get(row.tier_id, 0),
            perks=[line for line in row.tier.perks.splitlines() if line.strip()],
            coupons=[(coupon, can_be_given(coupon)) for coupon in row.tier.entry_coupons.all()],
        )
        for row in rows
    ]


def moves(rules: Ladder, steps: list[Rank], since: date) -> Movement:
    """Return who moved since a day (KST), and who stayed, as flows from then to now."""
    with connection.cursor() as cursor:
        cursor.execute(MOVED, {"since": start_of_day(since)})
        counted = {(then, now): customers for then, now, customers in cursor.fetchall() if now in rules.tier_ids}
    rungs = [Rung(each.tier.pk, each.tier.name, each.tier.colour, each.threshold) for each in reversed(steps)]
    for each in steps:
        came = sum(customers for (_then, now), customers in counted.items() if now == each.tier.pk)
        stayed = (each.tier.pk, each.tier.pk)
        counted[stayed] = each.customers - came + counted.get(stayed, 0)
    return movement(rungs, rungs, counted)


def first_day() -> date:
    """Return the day from which the page tells movement."""
    return timezone.localdate() - timedelta(days=DAYS_SHOWN)


def _sizes(base_id: int) -> Mapping[int, int]:
    """Return how many customers each tier has; whoever has no standing is at the foot."""
    living = Q(customer__merged_into=None, customer__erased_at=None)
    counted = TierStanding.objects.filter(living).order_by().values_list("tier").annotate(Count("pk"))
    sizes = dict(counted)
    sizes[base_id] = sizes.get(base_id, 0) + Customer.objects.living().count() - sum(sizes.values())
    return sizes


def _at_risk() -> dict[int, int]:
    last = timezone.localdate() + timedelta(days=AT_RISK_DAYS)
    rows = TierStanding.objects.filter(
        keep_missing__gt=0, judged_on__lte=last, customer__merged_into=None, customer__erased_at=None
    )
    return dict(rows.order_by().values_list("tier").annotate(Count("pk")))
