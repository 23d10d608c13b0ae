"""The reason that lies in the way through an automation: who left it meanwhile gets nothing more of it (EXITED).

Asked of messages, not of customers: one customer may be inside twice, once for each order, and leave with one of them.
Campaigns without an automation never ask.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import connection

from campaigns.automation import exits
from campaigns.models import AutomationVersion, Campaign

# A path that went to its end is left by no way but the exits; a test's enrolment is no journey's.
EXITED = """
    SELECT asked.id FROM (
        SELECT message.id, journey.status IN ('exited', 'gave_way') AS has_left, {met} AS reason
        FROM campaigns_message AS message
        JOIN campaigns_enrollment AS entered ON entered.id = message.enrollment_id
        JOIN campaigns_journey AS journey ON journey.id = CASE WHEN entered.entry_key LIKE 'journey/%%'
             THEN substring(entered.entry_key FROM 9)::bigint END
        WHERE message.id = ANY(%(ids)s)
    ) AS asked WHERE asked.has_left OR asked.reason <> ''
"""


class Exits:
    """What ends the journeys of a campaign early: read once, asked of each slice of its messages."""

    def __init__(self, campaign: Campaign) -> None:
        version = AutomationVersion.objects.filter(steps__campaign=campaign).first()
        self._statement = EXITED.format(met=exits.met(version, at="%(now)s")) if version else ""

    def met_by(self, message_ids: Collection[int], now: datetime) -> set[int]:
        """Return those of the messages whose journey has ended, or has met an exit by now."""
        if not self._statement or not message_ids:
            return set()
        with connection.cursor() as cursor:
            cursor.execute(self._statement, {"ids": list(message_ids), "now": now})
            return {row[0] for row in cursor.fetchall()}
