"""How the coupons of a campaign of another system were used."""

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.utils import timezone

from analytics.periods import Period
from analytics.statements import tuples
from campaigns.models import Campaign

REDEMPTIONS = """
SELECT (used.redeemed_at AT TIME ZONE %(zone)s)::date AS day, count(*) AS uses, array_agg(used.customer_id) AS people
  FROM loyalty_couponredemption AS used
  JOIN campaigns_campaign_coupons AS given ON given.coupon_id = used.coupon_id AND given.campaign_id = %(campaign)s
  JOIN campaigns_enrollment AS target ON target.campaign_id = %(campaign)s AND target.customer_id = used.customer_id
 WHERE used.redeemed_at >= %(start)s AND used.redeemed_at <= %(end)s
 GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Redemptions:
    """How the coupons of a past campaign were used, by day (KST)."""

    targeted: int
    redeemers: int
    uses: int
    by_day: list[tuple[date, int]]


def redemptions_of(campaign: Campaign) -> Redemptions:
    """Return how the coupons of a campaign of another system were used by those it was sent to, while it ran."""
    start = campaign.started_at or campaign.created_at
    window = {"start": start, "end": campaign.finished_at or timezone.now()}
    rows = tuples(REDEMPTIONS, {"campaign": campaign.pk, "zone": settings.TIME_ZONE, **window})
    people = {customer for _day, _uses, customers in rows for customer in customers}
    used = {day: uses for day, uses, _people in rows}
    days = Period(min(used), max(used)).each_day() if used else []
    by_day = [(day, used.get(day, 0)) for day in days]
    return Redemptions(campaign.enrollments.count(), len(people), sum(used.values()), by_day)
