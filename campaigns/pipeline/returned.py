"""What went wrong with a campaign: failures, bounces and complaints, counted since somebody last let it go on."""

from dataclasses import dataclass

from django.db import connection

from campaigns.models import Campaign, Resumption

# Cheap ones first: most campaigns have few of these, and a partial index names them.
COUNTS = """
    SELECT (SELECT count(*) FROM campaigns_message
             WHERE campaign_id = %(campaign)s AND delivery = 'failed') AS undelivered,
           (SELECT count(DISTINCT report.message_id) FROM campaigns_gatewayreport AS report
              JOIN campaigns_message AS message ON message.id = report.message_id
             WHERE message.campaign_id = %(campaign)s AND report.kind = 'complained') AS complained
"""
# That a process of ours died says nothing about the campaign: pausing it would only hold up what others carry on.
HANDED_OVER = """
    SELECT count(*) FILTER (WHERE status = 'sent'),
           count(*) FILTER (WHERE status <> 'sent' AND failure <> 'worker_lost')
      FROM campaigns_message WHERE campaign_id = %s AND status IN ('sent', 'failed', 'unknown')
"""


@dataclass(frozen=True, slots=True)
class Returned:
    """Messages of a campaign that were sent, failed or unknown, never arrived, and were called spam by their reader."""

    sent: int = 0
    failed: int = 0
    undelivered: int = 0
    complained: int = 0

    def __sub__(self, accepted: "Returned") -> "Returned":
        return Returned(
            max(self.sent - accepted.sent, 0),
            max(self.failed - accepted.failed, 0),
            max(self.undelivered - accepted.undelivered, 0),
            max(self.complained - accepted.complained, 0),
        )


def returned(campaign: Campaign) -> Returned:
    """Return what went wrong with a campaign so far."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, {"campaign": campaign.pk})
        undelivered, complained = cursor.fetchone()
        cursor.execute(HANDED_OVER, [campaign.pk])
        sent, failed = cursor.fetchone()
    return Returned(sent, failed, undelivered, complained)


def accepted(campaign: Campaign) -> Returned:
    """Return what had gone wrong when somebody last pressed "resume"."""
    last = Resumption.objects.filter(campaign=campaign).first()
    return Returned(last.sent, last.failed, last.undelivered, last.complained) if last else Returned()
