"""What a campaign cost, and what came back for each won: sending, its coupons where they were used, its points.

The revenue of a credited order is after its coupons already. So the discounts in credited orders are added back before
the cost is taken off, or they would count twice; those in other orders, in a store without a click say, are cost alone.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum

from analytics.campaign_report.funnel import MODEL, Funnel
from analytics.statements import tuples
from campaigns.offers.giving import SOURCE
from loyalty import ledger
from loyalty.models import Transaction

COUPONS = """
SELECT issue.reference::bigint, count(*), sum(used.discount - used.returned_discount)::bigint,
       coalesce(sum(used.discount - used.returned_discount) FILTER (WHERE coupon.kind <> 'gift' AND EXISTS (
           SELECT FROM customers_order AS bought
             JOIN analytics_attributedorder AS credit ON credit.order_id = bought.id
            WHERE bought.customer_id = used.customer_id AND bought.external_id = used.receipt
              AND credit.campaign_id = issue.reference::bigint AND credit.model = %(model)s)), 0)::bigint
  FROM loyalty_couponissue AS issue
  JOIN loyalty_issuedcoupon AS piece ON piece.issue_id = issue.id
  JOIN loyalty_couponredemption AS used ON used.issued_id = piece.id AND used.status IN ('used', 'returned')
  JOIN loyalty_coupon AS coupon ON coupon.id = used.coupon_id
 WHERE issue.origin = 'campaign' AND issue.reference = ANY(%(references)s)
 GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Costs:
    """What a campaign cost, won. A point is a won, and costs it when it is given.

    `discount_in_revenue`: of the discount, what credited orders were lower by.
    """

    sending: Decimal = Decimal(0)
    coupon_uses: int = 0
    discount: int = 0
    discount_in_revenue: int = 0
    points: int = 0

    @property
    def total(self) -> Decimal:
        """Return everything together."""
        return self.sending + self.discount + self.points

    def gain(self, funnel: Funnel) -> Decimal:
        """Return what the credited orders brought beyond the cost, the coupons counted once."""
        return funnel.net + self.discount_in_revenue - self.total

    def roi(self, funnel: Funnel) -> Decimal | None:
        """Return the gain for each won spent; None where nothing was."""
        return self.gain(funnel) / self.total if self.total else None


def costs_of(funnels: Mapping[int, Funnel]) -> dict[int, Costs]:
    """Return the cost of each campaign, in two statements for all of them beside the funnels."""
    coupons, points = _coupons(funnels), _points(funnels)
    return {
        campaign_id: Costs(funnel.cost, *coupons.get(campaign_id, (0, 0, 0)), points.get(campaign_id, 0))
        for campaign_id, funnel in funnels.items()
    }


def _coupons(campaign_ids: Collection[int]) -> dict[int, tuple[int, int, int]]:
    given = {"references": [str(campaign_id) for campaign_id in campaign_ids], "model": MODEL.value}
    return {campaign_id: (uses, discount, within) for campaign_id, uses, discount, within in tuples(COUPONS, given)}


def _points(campaign_ids: Collection[int]) -> dict[int, int]:
    given = Transaction.objects.filter(
        program=ledger.current_program(),
        source_system=SOURCE,
        reference__in=[str(campaign_id) for campaign_id in campaign_ids],
        kind="earn",
    )
    summed = given.order_by().values_list("reference").annotate(sum=Sum("points"))
    return {int(reference): points for reference, points in summed}
