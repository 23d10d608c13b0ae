"""What a campaign added to what its holdout bought anyway."""

from analytics.campaign_report.statements import tuples
from analytics.campaign_report.window import window_end
from analytics.experiments.lift import Arm, Lift, lift_between
from campaigns.models import Campaign

# Both arms would have received the message by every other reason of the gate: see `campaigns/pipeline/plan.py`.
ARMS = """
SELECT message.skip_reason = 'HOLDOUT' AS is_control, count(*), count(*) FILTER (WHERE bought.orders > 0),
       coalesce(sum(bought.revenue), 0)::bigint, coalesce(sum(bought.revenue * bought.revenue), 0)::numeric
  FROM campaigns_message AS message
 CROSS JOIN LATERAL (SELECT count(*) AS orders, coalesce(sum(revenue), 0) AS revenue FROM customers_order
        WHERE customer_id = message.customer_id AND is_purchase AND placed_at >= %(start)s AND placed_at < %(end)s
       ) AS bought
 WHERE message.campaign_id = %(campaign)s
   AND (message.skip_reason = 'HOLDOUT' OR message.status IN ('sent', 'unknown'))
 GROUP BY 1
"""


def lift_of(campaign: Campaign) -> Lift | None:
    """Compare with the holdout over the attribution window; None where nobody was held out."""
    if not campaign.holdout_percent or campaign.started_at is None:
        return None
    window = {"start": campaign.started_at, "end": window_end(campaign), "campaign": campaign.pk}
    arms = {is_control: Arm(*map(int, sums)) for is_control, *sums in tuples(ARMS, window)}
    return lift_between(arms.get(False, Arm()), arms.get(True, Arm()))
