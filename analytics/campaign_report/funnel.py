"""From the audience of a campaign down to the won it earned."""

from collections.abc import Iterable
from dataclasses import dataclass

from analytics.campaign_report.statements import rows
from campaigns.models import Campaign

FUNNELS = """
SELECT campaign_id, count(*) FILTER (WHERE skip_reason <> 'HOLDOUT') AS targeted,
       count(*) FILTER (WHERE status = 'sent') AS sent, count(opened_at) AS opened, count(clicked_at) AS clicked,
       count(unsubscribed_at) AS unsubscribed, count(*) FILTER (WHERE status = 'failed') AS failed,
       count(*) FILTER (WHERE status = 'unknown') AS unknown,
       count(*) FILTER (WHERE status IN ('planned', 'claimed', 'sending')) AS waiting,
       count(*) FILTER (WHERE skip_reason = 'HOLDOUT') AS held_out,
       count(*) FILTER (WHERE is_sandbox AND status = 'sent') AS sandboxed
  FROM campaigns_message WHERE campaign_id = ANY(%s) GROUP BY campaign_id
"""
EARNINGS = """
SELECT credit.campaign_id, count(*) AS orders, count(DISTINCT message.customer_id) AS buyers,
       sum(credit.revenue)::bigint AS revenue
  FROM analytics_attributedorder AS credit JOIN campaigns_message AS message ON message.id = credit.message_id
 WHERE credit.campaign_id = ANY(%s) AND credit.model = 'last_click' GROUP BY credit.campaign_id
"""


@dataclass(frozen=True, slots=True)
class Funnel:
    """Counts of a campaign's messages and what they earned, won. Nobody in the holdout is targeted."""

    targeted: int = 0
    sent: int = 0
    opened: int = 0
    clicked: int = 0
    unsubscribed: int = 0
    failed: int = 0
    unknown: int = 0
    waiting: int = 0
    held_out: int = 0
    sandboxed: int = 0
    orders: int = 0
    buyers: int = 0
    revenue: int = 0


def funnels_of(campaign_ids: Iterable[int]) -> dict[int, Funnel]:
    """Return the funnel of each campaign, in two statements for all of them."""
    ids = list(campaign_ids)
    counted = {row.pop("campaign_id"): row for row in rows(FUNNELS, [ids])}
    earned = {row.pop("campaign_id"): row for row in rows(EARNINGS, [ids])}
    return {campaign_id: Funnel(**counted.get(campaign_id, {}), **earned.get(campaign_id, {})) for campaign_id in ids}


def campaign_before(campaign: Campaign) -> Campaign | None:
    """Return the last campaign that was sent before this one, to compare with."""
    if campaign.started_at is None:
        return None
    earlier = Campaign.objects.filter(source="", started_at__lt=campaign.started_at).exclude(status="cancelled")
    return earlier.order_by("-started_at").first()
