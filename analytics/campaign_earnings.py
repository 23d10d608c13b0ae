"""What campaigns earned, for the list of campaigns."""

from collections.abc import Collection

from analytics.campaign_report.funnel import funnels_of
from campaigns.list_figures import EARNINGS


def earnings(campaign_ids: Collection[int]) -> dict[int, int]:
    """Return the revenue credited to each campaign, in won."""
    return {campaign_id: funnel.revenue for campaign_id, funnel in funnels_of(campaign_ids).items()}


EARNINGS.register("attributed", earnings)
