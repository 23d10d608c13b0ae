"""The numbers of the home page: what needs somebody today, what earned money, who is slipping away. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from analytics.boards import people
from analytics.boards.people import Buyers
from analytics.models import AttributedOrder
from analytics.periods import Period
from analytics.rollups import sales
from analytics.rollups.campaigns import standing_of
from analytics.statements import tuples
from campaigns.models import Campaign, ChannelAccount, Message
from customers.consent import duties
from customers.consent.duties import Pressing
from customers.models import WebhookEndpoint
from loyalty.models import DailyTotal

# A shop calls us many times a day; after so long without a word something is broken on the way.
SILENT_AFTER = timedelta(days=2)

MESSAGES = """
SELECT coalesce(sum(sent), 0)::bigint, coalesce(sum(clicked), 0)::bigint, coalesce(sum(unsubscribed), 0)::bigint
  FROM analytics_campaignday WHERE day BETWEEN %(first)s AND %(last)s
"""
ATTRIBUTED = """
SELECT coalesce(sum(revenue) - sum(refunded), 0)::bigint, coalesce(sum(orders), 0)::bigint
  FROM analytics_earningday WHERE day BETWEEN %(first)s AND %(last)s AND model = %(model)s
"""


@dataclass(frozen=True, slots=True)
class Today:
    """What waits for somebody."""

    to_approve: int
    running_count: int
    running: list[Campaign]
    scheduled: list[Campaign]
    paused_accounts: list[ChannelAccount]
    silent_webhooks: list[WebhookEndpoint]
    unknown_messages: int
    legally_due: Pressing

    @property
    def problems(self) -> int:
        """Return how many things are broken."""
        return len(self.paused_accounts) + len(self.silent_webhooks) + self.unknown_messages


@dataclass(frozen=True, slots=True)
class Month:
    """What a period brought: won, orders, messages and what they led to, points out at its end."""

    revenue: int
    people: Buyers
    attributed: int
    attributed_orders: int
    sent: int
    clicked: int
    unsubscribed: int
    points: int | None

    @property
    def returning_share(self) -> float | None:
        """Return the share of the buyers who had bought before the period."""
        return self.people.returning / self.people.buyers if self.people.buyers else None

    @property
    def repeat_rate(self) -> float | None:
        """Return the share of the buyers who bought more than once in the period."""
        return self.people.repeaters / self.people.buyers if self.people.buyers else None


def today(day: date) -> Today:
    """Return what needs somebody on that day."""
    live = Campaign.objects.own().by_themselves().select_related("segment")
    running = live.filter(status__in=[Campaign.Status.ACTIVE, Campaign.Status.PAUSED]).order_by("-started_at")
    return Today(
        to_approve=live.filter(status=Campaign.Status.IN_REVIEW).count(),
        running_count=running.count(),
        running=list(running[:5]),
        scheduled=list(live.filter(status=Campaign.Status.SCHEDULED).order_by("scheduled_at")[:5]),
        paused_accounts=list(ChannelAccount.objects.exclude(paused_at=None)[:5]),
        silent_webhooks=silent_webhooks(),
        unknown_messages=Message.objects.filter(status=Message.Status.UNKNOWN).count(),
        legally_due=duties.pressing(day),
    )


def silent_webhooks() -> list[WebhookEndpoint]:
    """Return the active addresses that used to be called and have not been for two days."""
    since = timezone.now() - SILENT_AFTER
    return list(WebhookEndpoint.objects.filter(is_active=True, last_delivery_at__lt=since)[:5])


def month_in(period: Period) -> Month:
    """Return what the period brought, from roll-ups."""
    (sold,), (bought, _counted_at) = sales.totals([period]), people.buyers_in([period])
    window = {"first": period.first, "last": period.last}
    return Month(
        sold.revenue,
        bought[0],
        *_one(ATTRIBUTED, window | {"model": AttributedOrder.Model.LAST_CLICK}),
        *_one(MESSAGES, window),
        points=_points_at_end(period),
    )


def campaigns_started(period: Period) -> Sequence[Campaign]:
    """Return the campaigns that began in the period, for the marks on its chart."""
    started = Campaign.objects.by_themselves().filter(started_at__gte=period.start, started_at__lt=period.end)
    return started.order_by("started_at")[:12]


def progress_of(campaigns: Sequence[Campaign]) -> dict[int, tuple[int, int]]:
    """Return (done, whole) of the messages of each campaign that are to be sent."""
    found = standing_of([campaign.pk for campaign in campaigns])
    return {key: (each.handed_over, each.handed_over + each.waiting) for key, each in found.items()}


def _points_at_end(period: Period) -> int | None:
    """Return the points that all programs had out on the last day known of the period; None where none is."""
    newest = DailyTotal.objects.filter(day__range=(period.first, period.last)).order_by("-day")
    day = newest.values_list("day", flat=True).first()
    return sum(newest.filter(day=day).values_list("outstanding", flat=True)) if day else None


def _one(sql: str, parameters: dict[str, Any]) -> tuple:
    [row] = tuples(sql, parameters)
    return row
