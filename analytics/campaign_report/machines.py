"""Opens and clicks that no person made, and what the rates would be if they counted.

How many messages machines alone touched cannot be added up from days; of large campaigns a job keeps it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Sum
from django.utils import timezone

from analytics.campaign_report.funnel import Funnel
from analytics.models import CampaignState
from analytics.rollups import kept
from analytics.statements import tuples
from campaigns.models import Campaign
from campaigns.tracking import verdicts

QUESTION = "touched_by_machines_alone"
# From so many messages on it takes longer than a page may wait; after so many days hardly anything comes in.
LARGE = 50_000
KEPT_DAYS = 60

SIGNS = """
SELECT reason, coalesce(sum(hits) FILTER (WHERE kind = 'open'), 0), coalesce(sum(hits) FILTER (WHERE kind = 'click'), 0)
  FROM analytics_machineday WHERE campaign_id = %s
 GROUP BY reason HAVING sum(hits) <> 0 ORDER BY sum(hits) DESC, reason
"""
TOUCHED_BY_MACHINES_ALONE = """
SELECT message.campaign_id,
       count(DISTINCT message.id) FILTER (WHERE hit.kind = 'open' AND message.opened_at IS NULL),
       count(DISTINCT message.id) FILTER (WHERE hit.kind = 'click' AND message.clicked_at IS NULL)
  FROM campaigns_message AS message JOIN campaigns_hit AS hit ON hit.message_id = message.id
 WHERE message.campaign_id = ANY(%s) AND hit.is_machine AND hit.kind IN ('open', 'click')
 GROUP BY message.campaign_id
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
    """Return the hits that were no person's; what is kept is asked only of campaigns that had any."""
    signs = [Sign(verdicts.label_of(code), *hits) for code, *hits in tuples(SIGNS, [campaign.pk])]
    if not signs:
        return Machines(signs)
    [alone] = kept.read(QUESTION, [str(campaign.pk)])
    return Machines(signs, *alone.figures)


def _ask(abouts: Sequence[str]) -> list[list[int]]:
    rows = tuples(TOUCHED_BY_MACHINES_ALONE, [[int(about) for about in abouts]])
    found = {campaign_id: counts for campaign_id, *counts in rows}
    return [found.get(int(about), [0, 0]) for about in abouts]


def _abouts() -> Iterable[str]:
    """Return the large campaigns of the last weeks."""
    lately = Campaign.objects.own().filter(started_at__gt=timezone.now() - timedelta(days=KEPT_DAYS))
    sums = CampaignState.objects.filter(campaign__in=lately).order_by().values("campaign").annotate(all=Sum("messages"))
    return [str(pk) for pk in sums.filter(all__gte=LARGE).values_list("campaign", flat=True)]


kept.QUESTIONS.register(QUESTION, kept.Question(QUESTION, _ask, _abouts))
