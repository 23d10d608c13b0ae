"""Opens and clicks that no person made, and what the rates would be if they counted."""

from dataclasses import dataclass

from analytics.campaign_report.funnel import Funnel
from analytics.campaign_report.statements import tuples
from campaigns.models import Campaign
from campaigns.tracking import verdicts

SIGNS = """
SELECT reason, coalesce(sum(hits) FILTER (WHERE kind = 'open'), 0), coalesce(sum(hits) FILTER (WHERE kind = 'click'), 0)
  FROM analytics_machineday WHERE campaign_id = %s
 GROUP BY reason HAVING sum(hits) <> 0 ORDER BY sum(hits) DESC, reason
"""
TOUCHED_BY_MACHINES_ALONE = """
SELECT count(DISTINCT message.id) FILTER (WHERE hit.kind = 'open' AND message.opened_at IS NULL),
       count(DISTINCT message.id) FILTER (WHERE hit.kind = 'click' AND message.clicked_at IS NULL)
  FROM campaigns_message AS message JOIN campaigns_hit AS hit ON hit.message_id = message.id
 WHERE message.campaign_id = %s AND hit.is_machine AND hit.kind IN ('open', 'click')
"""


@dataclass(frozen=True, slots=True)
class Sign:
    """Hits by machines that one sign gave away, kept apart from people's."""

    label: str
    opens: int
    clicks: int


@dataclass(frozen=True, slots=True)
class Machines:
    """The signs, and how many messages machines alone opened or clicked."""

    signs: list[Sign]
    opened: int = 0
    clicked: int = 0

    def open_rate(self, funnel: Funnel) -> float | None:
        """Return the share of messages that somebody or something opened."""
        return (funnel.opened + self.opened) / funnel.openable if funnel.openable else None

    def click_rate(self, funnel: Funnel) -> float | None:
        """Return the share of messages in which somebody or something followed a link."""
        return (funnel.clicked + self.clicked) / funnel.sent if funnel.sent else None


def machines_of(campaign: Campaign) -> Machines:
    """Return the hits that were no person's; the second statement is for campaigns that had any."""
    signs = [Sign(verdicts.label_of(code), *hits) for code, *hits in tuples(SIGNS, [campaign.pk])]
    alone = tuples(TOUCHED_BY_MACHINES_ALONE, [campaign.pk])[0] if signs else (0, 0)
    return Machines(signs, *alone)
