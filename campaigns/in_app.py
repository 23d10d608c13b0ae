"""What the shop's app may show a customer now, of all that waits for them (L-26)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Exists, F, OuterRef

from campaigns.models import Campaign, InAppMessage
from customers.models import ConsentState
from customers.models.consent import Purpose

MOST_SHOWN = 20
# What it stands at follows from the hits alone, whenever they came in.
COUNT_AGAIN = """
    UPDATE campaigns_inappmessage AS waiting
    SET views = seen.views, last_viewed_at = seen.last_viewed_at, closed_at = seen.closed_at
    FROM (SELECT message_id, count(*) FILTER (WHERE kind = 'open') AS views,
                 max(occurred_at) FILTER (WHERE kind = 'open') AS last_viewed_at,
                 min(occurred_at) FILTER (WHERE kind IN ('click', 'close')) AS closed_at
          FROM campaigns_hit WHERE message_id = ANY(%s) GROUP BY message_id) AS seen
    WHERE waiting.message_id = seen.message_id
"""


def to_show(customer_id: int, *, at: datetime) -> list[InAppMessage]:
    """Return what a customer may be shown at this moment, the most urgent first.

    Not what ended, was clicked or closed, or was shown often enough or a short while ago; not of campaigns that were
    paused or stopped; no advertising for those who opted out of marketing since.
    """
    opted_out = ConsentState.objects.filter(
        customer=OuterRef("customer"), purpose=Purpose.MARKETING_USE, is_granted=False
    )
    waiting = (
        InAppMessage.objects.filter(customer=customer_id, closed_at=None, starts_at__lte=at, ends_at__gt=at)
        .filter(views__lt=F("most_views"))
        .exclude(message__campaign__status__in=[Campaign.Status.PAUSED, Campaign.Status.CANCELLED])
        .exclude(Exists(opted_out), message__campaign__purpose=Campaign.MessagePurpose.ADVERTISING)
        .order_by("-priority", "-starts_at", "-pk")
    )
    return [each for each in waiting if _has_rested(each, at)][:MOST_SHOWN]


def count_again(message_ids: Sequence[int]) -> None:
    """Write how often these messages were shown and whether they were closed, by their hits."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT_AGAIN, [list(message_ids)])


def destroy(before: datetime) -> int:
    """Delete what ended before a moment; what came of it stays with the message (P-18)."""
    return InAppMessage.objects.filter(ends_at__lt=before).delete()[0]


def _has_rested(waiting: InAppMessage, at: datetime) -> bool:
    last = waiting.last_viewed_at
    return last is None or last + timedelta(hours=waiting.hours_between) <= at
