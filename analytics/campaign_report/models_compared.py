"""What each way of crediting gives a campaign, side by side: one model alone always flatters or belittles."""

from dataclasses import dataclass

from analytics.campaign_report.recipient_links import credits_url
from analytics.models import AttributedOrder
from analytics.statements import tuples
from campaigns.models import Campaign

BY_MODEL = """
SELECT model, sum(orders), sum(revenue)::bigint, sum(refunded)::bigint
  FROM analytics_earningday WHERE campaign_id = %s GROUP BY model
"""


@dataclass(frozen=True, slots=True)
class Credited:
    """What one model credits to the campaign, won."""

    label: str
    orders: int
    revenue: int
    refunded: int
    url: str

    @property
    def net(self) -> int:
        """Return the revenue less refunds."""
        return self.revenue - self.refunded


def by_model(campaign: Campaign) -> list[Credited]:
    """Return what every model credits, those that credit nothing too."""
    found = {model: sums for model, *sums in tuples(BY_MODEL, [campaign.pk])}
    return [
        Credited(str(model.label), *found.get(model.value, (0, 0, 0)), credits_url(campaign, model.value))
        for model in AttributedOrder.Model
    ]
