"""The campaign by segment: how those of each segment answered, by who was in it when the campaign was planned.

Whoever is in a segment since before the planning was in it then; so was whoever has left it since and had not come in
after it. A standing campaign has no one such moment: it goes by who is in the segment now.
"""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from analytics.campaign_report.funnel import MODEL, Funnel
from analytics.statements import rows
from campaigns.channels.base import CHANNELS
from campaigns.models import Campaign
from customers.models import Segment

BY_SEGMENT = """
WITH present AS MATERIALIZED (
    SELECT segment_id, customer_id FROM customers_segmentmembership WHERE entered_at <= %(at)s
    UNION
    SELECT segment_id, customer_id
      FROM (SELECT DISTINCT ON (segment_id, customer_id) segment_id, customer_id, direction
              FROM customers_segmentmove WHERE moved_at > %(at)s
             ORDER BY segment_id, customer_id, moved_at, id) AS next_move
     WHERE direction = 'out'
), earned AS MATERIALIZED (
    SELECT message_id, count(*) AS orders, sum(revenue) AS revenue, sum(refunded) AS refunded
      FROM analytics_attributedorder
     WHERE campaign_id = %(campaign)s AND model = %(model)s GROUP BY message_id
)
SELECT present.segment_id AS segment,
       count(*) FILTER (WHERE message.skip_reason <> 'HOLDOUT') AS targeted,
       count(*) FILTER (WHERE message.status = 'sent') AS sent,
       count(*) FILTER (WHERE message.status = 'sent' AND account.channel = ANY(%(telling)s)) AS openable,
       count(*) FILTER (WHERE message.opened_at IS NOT NULL AND account.channel = ANY(%(telling)s)) AS opened,
       count(message.clicked_at) AS clicked, count(message.unsubscribed_at) AS unsubscribed,
       coalesce(sum(earned.orders), 0)::bigint AS orders, coalesce(sum(earned.revenue), 0)::bigint AS revenue,
       coalesce(sum(earned.refunded), 0)::bigint AS refunded
  FROM campaigns_message AS message
  JOIN campaigns_channelaccount AS account ON account.id = message.account_id
  JOIN present ON present.customer_id = message.customer_id
  LEFT JOIN earned ON earned.message_id = message.id
 WHERE message.campaign_id = %(campaign)s
 GROUP BY present.segment_id
"""


@dataclass(frozen=True, slots=True)
class SegmentPart:
    """Those of the audience who were in a segment. They overlap: one customer is in several."""

    segment_id: int
    name: str
    funnel: Funnel


def planned_moment(campaign: Campaign) -> datetime | None:
    """Return when the audience was fixed; None for a campaign that people enter one by one, or that is not planned."""
    return None if campaign.entry == Campaign.Entry.STANDING else campaign.planned_at


def by_segment(campaign: Campaign) -> list[SegmentPart]:
    """Return the campaign by active segment, the one with most messages first; two statements.

    It joins the messages with the members of every segment, so it has a page of its own that is asked for.
    """
    given = {
        "campaign": campaign.pk,
        "at": planned_moment(campaign) or timezone.now(),
        "model": MODEL.value,
        "telling": [channel.key for channel in CHANNELS if channel.reports_opens],
    }
    found = {row.pop("segment"): Funnel(**row) for row in rows(BY_SEGMENT, given)}
    names = Segment.objects.filter(pk__in=found, is_active=True).values_list("pk", "name")
    parts = [SegmentPart(pk, name, found[pk]) for pk, name in names]
    return sorted(parts, key=lambda part: (-part.funnel.targeted, part.name))
