"""How far a campaign's sending is: counts, rate, time left, what failed and what nobody knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.db import connection
from django.utils import timezone

from campaigns.models import Campaign, Message

RATE_SECONDS = 60
SHOWN_UNKNOWN = 50

COUNTS = """
    SELECT count(*) FILTER (WHERE status <> 'skipped') AS targeted,
           count(*) FILTER (WHERE status = 'skipped') AS skipped,
           count(*) FILTER (WHERE status = 'sent') AS sent,
           count(*) FILTER (WHERE status = 'failed') AS failed,
           count(*) FILTER (WHERE status = 'unknown') AS unknown,
           count(*) FILTER (WHERE status = 'stopped') AS stopped,
           count(*) FILTER (WHERE status IN ('planned', 'claimed', 'sending')) AS waiting,
           count(*) FILTER (WHERE status = 'planned' AND failure <> '') AS retrying,
           count(*) FILTER (WHERE is_sandbox AND status = 'sent') AS sandboxed,
           count(opened_at) AS opened, count(clicked_at) AS clicked,
           count(*) FILTER (WHERE sent_at > %s) AS sent_lately
      FROM campaigns_message WHERE campaign_id = %s
"""
# The last words of the gateway stand for the class.
FAILURES = """
    SELECT failure, count(*) FILTER (WHERE status = 'failed'), count(*) FILTER (WHERE status = 'planned'),
           max(failure_detail)
      FROM campaigns_message WHERE campaign_id = %s AND failure <> '' AND status IN ('failed', 'planned')
     GROUP BY failure ORDER BY 2 DESC, 3 DESC
"""


@dataclass(frozen=True, slots=True)
class Progress:
    """Counts of a campaign's messages now. The targeted are those planned for and not skipped."""

    targeted: int
    skipped: int
    sent: int
    failed: int
    unknown: int
    stopped: int
    waiting: int
    retrying: int
    sandboxed: int
    opened: int
    clicked: int
    sent_lately: int
    # Messages a second over the last minute of sending.
    rate: float
    seconds_left: int | None


@dataclass(frozen=True, slots=True)
class Failed:
    """Messages that failed in one way for good, and those that will be tried again."""

    code: str
    failed: int
    retrying: int
    said: str


def progress_of(campaign: Campaign, *, now: datetime | None = None) -> Progress:
    """Return how far the campaign is, in one statement."""
    now = now or timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, [now - timedelta(seconds=RATE_SECONDS), campaign.pk])
        counts = dict(zip([column.name for column in cursor.description], cursor.fetchone(), strict=True))
    rate = _rate(campaign, counts["sent_lately"], now)
    is_sending = campaign.status == Campaign.Status.ACTIVE and rate > 0
    left = ceil(counts["waiting"] / rate) if is_sending and counts["waiting"] else None
    return Progress(**counts, rate=rate, seconds_left=left)


def failures_of(campaign: Campaign) -> Sequence[Failed]:
    """Return what went wrong by class, the commonest first."""
    with connection.cursor() as cursor:
        cursor.execute(FAILURES, [campaign.pk])
        return [Failed(*row) for row in cursor.fetchall()]


def unknown_of(campaign: Campaign) -> Sequence[Message]:
    """Return the first messages of which nobody knows whether they arrived."""
    unknown = Message.objects.filter(campaign=campaign).unknown().select_related("customer")
    return list(unknown.order_by("pk")[:SHOWN_UNKNOWN])


def _rate(campaign: Campaign, sent_lately: int, now: datetime) -> float:
    """Return messages a second; of a campaign that began within the minute, since it was planned."""
    began = campaign.planned_at or campaign.started_at
    elapsed = (now - began).total_seconds() if began else RATE_SECONDS
    return sent_lately / min(RATE_SECONDS, max(elapsed, 1))
