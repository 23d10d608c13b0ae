"""Who got no message, and why: left out before sending, failed while sending, or come back."""

from dataclasses import dataclass

from analytics.statements import tuples
from campaigns.gateways.failures import Remedy, remedy_of
from campaigns.models import Campaign, SkipReason

SKIPPED = """
SELECT skip_reason, sum(messages) FROM analytics_campaignstate
 WHERE campaign_id = %s AND status = 'skipped' AND skip_reason <> 'HOLDOUT'
 GROUP BY skip_reason HAVING sum(messages) <> 0 ORDER BY 2 DESC, 1
"""
FAILED = """
SELECT failure, count(*) FILTER (WHERE status = 'failed'), count(*) FILTER (WHERE delivery = 'failed')
  FROM campaigns_message WHERE campaign_id = %s AND (status = 'failed' OR delivery = 'failed')
 GROUP BY failure ORDER BY count(*) DESC, failure
"""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A reason of the gate and how many it kept from a message."""

    code: str
    label: str
    messages: int


@dataclass(frozen=True, slots=True)
class Failed:
    """A class of failures: how many never left, and how many came back after they had."""

    code: str
    remedy: Remedy
    failed: int
    returned: int


def left_out_of(campaign: Campaign) -> list[LeftOut]:
    """Return why how many got no message, the commonest first; the holdout is no such reason."""
    words = dict(SkipReason.choices)
    return [LeftOut(code, str(words.get(code, code)), count) for code, count in tuples(SKIPPED, [campaign.pk])]


def failures_of(campaign: Campaign) -> list[Failed]:
    """Return what went wrong by class, the commonest first, each with its remedy."""
    return [Failed(code, remedy_of(code), *counts) for code, *counts in tuples(FAILED, [campaign.pk])]
