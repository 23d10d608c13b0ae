"""What coupons cost, booked use by use in won, for the ROI of the campaigns that gave them out."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db.models import Count, F, Sum

from loyalty.models import CouponIssue, CouponRedemption

LIVE = (CouponRedemption.Status.USED, CouponRedemption.Status.RETURNED)


@dataclass(frozen=True, slots=True)
class Cost:
    """How many coupons were used, and what they cost the shop (won), after what came back."""

    uses: int
    discount: int


def of_issues(origin: str, references: Collection[str]) -> Mapping[str, Cost]:
    """Return the uses and their cost of the coupons that each of these issues gave out, by reference.

    For campaigns: `of_issues("campaign", ["12", "15"])`. An issue of which nothing was used is left out.
    """
    rows = (
        CouponRedemption.objects.filter(
            issued__issue__origin=origin, issued__issue__reference__in=references, status__in=LIVE
        )
        .order_by()
        .values_list("issued__issue__reference")
        .annotate(uses=Count("pk"), spent=Sum(F("discount") - F("returned_discount")))
    )
    return {reference: Cost(uses, spent) for reference, uses, spent in rows}


def of_campaigns(campaign_ids: Collection[int]) -> Mapping[int, Cost]:
    """Return the uses and their cost of the coupons that each of these campaigns issued."""
    costs = of_issues(CouponIssue.Origin.CAMPAIGN, [str(campaign_id) for campaign_id in campaign_ids])
    return {int(reference): cost for reference, cost in costs.items()}
