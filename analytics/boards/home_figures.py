"""The numbers of the home page: what needs somebody today, what earned money, who is slipping away. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db import connection
from django.db.models import Count, Q, Sum

from analytics.periods import Period
from campaigns.models import Campaign, ChannelAccount, Message
from customers.consent import duties
from customers.consent.duties import Pressing
from customers.models import CustomerStats
from customers.models.stats import RfmGroup

# A purchase is a new customer's on the day of their first one. Guests' purchases count as new: nobody knows them.
REVENUE_BY_DAY = """
SELECT (placed_at AT TIME ZONE %(zone)s)::date AS day, coalesce(sum(revenue) FILTER (WHERE came_back), 0)::bigint,
       coalesce(sum(revenue) FILTER (WHERE NOT came_back), 0)::bigint
  FROM (SELECT placed_at, revenue, coalesce((known.first_order_at AT TIME ZONE %(zone)s)::date
               < (bought.placed_at AT TIME ZONE %(zone)s)::date, false) AS came_back
          FROM customers_order AS bought LEFT JOIN customers_customerstats AS known USING (customer_id)
         WHERE is_purchase AND placed_at >= %(start)s AND placed_at < %(end)s) AS purchase
 GROUP BY 1
"""
SALES = """
SELECT coalesce(sum(revenue), 0)::bigint, count(*), count(DISTINCT bought.customer_id),
       count(DISTINCT bought.customer_id) FILTER (WHERE known.first_order_at < %(start)s)
  FROM customers_order AS bought LEFT JOIN customers_customerstats AS known USING (customer_id)
 WHERE is_purchase AND placed_at >= %(start)s AND placed_at < %(end)s
"""
MESSAGES = """
SELECT count(*), count(opened_at), count(clicked_at), count(unsubscribed_at) FROM campaigns_message
 WHERE sent_at >= %(start)s AND sent_at < %(end)s
"""
ATTRIBUTED = """
SELECT coalesce(sum(revenue), 0)::bigint, count(*) FROM analytics_attributedorder
 WHERE placed_at >= %(start)s AND placed_at < %(end)s AND model = 'last_click'
"""


@dataclass(frozen=True, slots=True)
class Today:
    """What waits for somebody."""

    to_approve: int
    running: list[Campaign]
    scheduled: list[Campaign]
    paused_accounts: list[ChannelAccount]
    unknown_messages: int
    legally_due: Pressing


@dataclass(frozen=True, slots=True)
class Sales:
    """What a period brought: won, orders, known customers who bought and those of them who had bought before."""

    revenue: int
    orders: int
    buyers: int
    returning: int
    attributed: int
    attributed_orders: int
    sent: int
    opened: int
    clicked: int
    unsubscribed: int

    @property
    def returning_share(self) -> float | None:
        """Return the share of the buyers who had bought before the period."""
        return self.returning / self.buyers if self.buyers else None


@dataclass(frozen=True, slots=True)
class DayRevenue:
    """Won of one day (KST) from customers who came back, and from new ones and guests."""

    day: date
    returning: int
    new: int


@dataclass(frozen=True, slots=True)
class Slipping:
    """Customers of an RFM group that is leaving, and what they have spent so far in won."""

    group: RfmGroup
    people: int
    spent: int


def today(day: date) -> Today:
    """Return what needs somebody on that day."""
    live = Campaign.objects.filter(source="").select_related("segment")
    return Today(
        to_approve=live.filter(status=Campaign.Status.IN_REVIEW).count(),
        running=list(live.filter(status__in=[Campaign.Status.ACTIVE, Campaign.Status.PAUSED])[:5]),
        scheduled=list(live.filter(status=Campaign.Status.SCHEDULED).order_by("scheduled_at")[:5]),
        paused_accounts=list(ChannelAccount.objects.exclude(paused_at=None)[:5]),
        unknown_messages=Message.objects.filter(status=Message.Status.UNKNOWN).count(),
        legally_due=duties.pressing(day),
    )


def sales_in(period: Period) -> Sales:
    """Return what the period brought."""
    window = _window(period)
    attributed, sent = _one(ATTRIBUTED, window), _one(MESSAGES, window)
    return Sales(*_one(SALES, window), *attributed, *sent)


def revenue_by_day(period: Period) -> list[DayRevenue]:
    """Return each day's revenue, days without any too."""
    with connection.cursor() as cursor:
        cursor.execute(REVENUE_BY_DAY, _window(period) | {"zone": settings.TIME_ZONE})
        found = {day: DayRevenue(day, returning, new) for day, returning, new in cursor.fetchall()}
    return [found.get(day, DayRevenue(day, 0, 0)) for day in period.each_day()]


def campaigns_started(period: Period) -> Sequence[Campaign]:
    """Return the campaigns that began in the period, for the marks on its chart."""
    started = Campaign.objects.filter(started_at__gte=period.start, started_at__lt=period.end)
    return started.order_by("started_at")[:12]


def slipping_away() -> list[Slipping]:
    """Return the customers who used to buy and are leaving, by group."""
    groups = [RfmGroup.AT_RISK, RfmGroup.NEEDS_ATTENTION]
    counted = CustomerStats.objects.filter(rfm_group__in=groups).values("rfm_group")
    found = {row["rfm_group"]: row for row in counted.annotate(people=Count("pk"), spent=Sum("paid_total"))}
    return [Slipping(group, found[group]["people"], found[group]["spent"]) for group in groups if group in found]


def progress_of(campaigns: Sequence[Campaign]) -> dict[int, tuple[int, int]]:
    """Return (done, whole) of the messages of each campaign that are to be sent."""
    rows = (
        Message.objects.filter(campaign__in=campaigns)
        .exclude(status=Message.Status.SKIPPED)
        .values("campaign_id")
        .annotate(whole=Count("pk"), open=Count("pk", filter=Q(status__in=["planned", "claimed", "sending"])))
    )
    return {row["campaign_id"]: (row["whole"] - row["open"], row["whole"]) for row in rows}


def _window(period: Period) -> dict[str, object]:
    return {"start": period.start, "end": period.end}


def _one(sql: str, parameters: dict[str, object]) -> tuple:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchone()
