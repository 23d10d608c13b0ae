"""Why customers of the audience got no message."""

from analytics.campaign_report.statements import tuples
from campaigns.models import Campaign, SkipReason

SKIPPED = """
SELECT skip_reason, count(*) FROM campaigns_message
 WHERE campaign_id = %s AND status = 'skipped' AND skip_reason <> 'HOLDOUT' GROUP BY skip_reason ORDER BY 2 DESC
"""


def skip_reasons(campaign: Campaign) -> list[tuple[str, int]]:
    """Return why how many got no message, the commonest first; the holdout is no such reason."""
    words = dict(SkipReason.choices)
    return [(str(words.get(code, code)), count) for code, count in tuples(SKIPPED, [campaign.pk])]
