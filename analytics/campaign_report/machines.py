"""Hits that no person made."""

from dataclasses import dataclass

from analytics.campaign_report.statements import tuples
from campaigns.models import Campaign
from campaigns.tracking import verdicts

MACHINES = """
SELECT hit.machine_reason, count(*) FILTER (WHERE hit.kind = 'open'), count(*) FILTER (WHERE hit.kind = 'click')
  FROM campaigns_hit AS hit JOIN campaigns_message AS message ON message.id = hit.message_id
 WHERE message.campaign_id = %s AND hit.is_machine GROUP BY hit.machine_reason ORDER BY count(*) DESC
"""


@dataclass(frozen=True, slots=True)
class Machines:
    """Hits by machines, kept apart from people's."""

    label: str
    opens: int
    clicks: int


def machines(campaign: Campaign) -> list[Machines]:
    """Return the hits that were no person's, by the sign that told."""
    rows = tuples(MACHINES, [campaign.pk])
    return [Machines(verdicts.label_of(code), opens, clicks) for code, opens, clicks in rows]
