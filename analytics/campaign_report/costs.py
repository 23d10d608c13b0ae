"""What a campaign cost."""

from decimal import Decimal

from analytics.campaign_report.statements import tuples
from campaigns.models import Campaign

COST = """
SELECT coalesce(sum(cost), 0) FROM (
    SELECT cost FROM campaigns_message WHERE campaign_id = %(campaign)s
    UNION ALL
    SELECT closed.cost FROM campaigns_closedleg AS closed
      JOIN campaigns_message AS message ON message.id = closed.message_id WHERE message.campaign_id = %(campaign)s
) AS costs
"""


def cost_of(campaign: Campaign) -> Decimal:
    """Return what sending cost over all ways, in won, as it was recorded then; the sandbox costs nothing."""
    return Decimal(tuples(COST, {"campaign": campaign.pk})[0][0])
