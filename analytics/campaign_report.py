"""What became of a campaign, from its audience down to the won it earned. Reads only; a few statements a report."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from analytics.lift import Arm, Lift, lift_between
from analytics.periods import Period
from campaigns.models import Campaign, SkipReason
from campaigns.tracking import verdicts

MOST_PRODUCTS = 10

FUNNELS = """
SELECT campaign_id, count(*) FILTER (WHERE skip_reason <> 'HOLDOUT') AS targeted,
       count(*) FILTER (WHERE status = 'sent') AS sent, count(opened_at) AS opened, count(clicked_at) AS clicked,
       count(unsubscribed_at) AS unsubscribed, count(*) FILTER (WHERE status = 'failed') AS failed,
       count(*) FILTER (WHERE status = 'unknown') AS unknown,
       count(*) FILTER (WHERE status IN ('planned', 'claimed', 'sending')) AS waiting,
       count(*) FILTER (WHERE skip_reason = 'HOLDOUT') AS held_out,
       count(*) FILTER (WHERE is_sandbox AND status = 'sent') AS sandboxed
  FROM campaigns_message WHERE campaign_id = ANY(%s) GROUP BY campaign_id
"""
EARNINGS = """
SELECT credit.campaign_id, count(*) AS orders, count(DISTINCT message.customer_id) AS buyers,
       sum(credit.revenue)::bigint AS revenue
  FROM analytics_attributedorder AS credit JOIN campaigns_message AS message ON message.id = credit.message_id
 WHERE credit.campaign_id = ANY(%s) AND credit.model = 'last_click' GROUP BY credit.campaign_id
"""
COST = """
SELECT coalesce(sum(cost), 0) FROM (
    SELECT cost FROM campaigns_message WHERE campaign_id = %(campaign)s
    UNION ALL
    SELECT closed.cost FROM campaigns_closedleg AS closed
      JOIN campaigns_message AS message ON message.id = closed.message_id WHERE message.campaign_id = %(campaign)s
) AS costs
"""
SKIPPED = """
SELECT skip_reason, count(*) FROM campaigns_message
 WHERE campaign_id = %s AND status = 'skipped' AND skip_reason <> 'HOLDOUT' GROUP BY skip_reason ORDER BY 2 DESC
"""
DAYS = """
WITH things AS (
    SELECT opened_at AS at, 1 AS opened, 0 AS clicked, 0 AS orders, 0 AS revenue
      FROM campaigns_message WHERE campaign_id = %(campaign)s AND opened_at IS NOT NULL
    UNION ALL
    SELECT clicked_at, 0, 1, 0, 0 FROM campaigns_message WHERE campaign_id = %(campaign)s AND clicked_at IS NOT NULL
    UNION ALL
    SELECT placed_at, 0, 0, 1, revenue FROM analytics_attributedorder
     WHERE campaign_id = %(campaign)s AND model = 'last_click'
)
SELECT (at AT TIME ZONE %(zone)s)::date AS day, sum(opened) AS opened, sum(clicked) AS clicked,
       sum(orders) AS orders, sum(revenue)::bigint AS revenue
  FROM things GROUP BY 1 ORDER BY 1
"""
MACHINES = """
SELECT hit.machine_reason, count(*) FILTER (WHERE hit.kind = 'open'), count(*) FILTER (WHERE hit.kind = 'click')
  FROM campaigns_hit AS hit JOIN campaigns_message AS message ON message.id = hit.message_id
 WHERE message.campaign_id = %s AND hit.is_machine GROUP BY hit.machine_reason ORDER BY count(*) DESC
"""
PRODUCTS = """
SELECT product.name, sum(line.quantity)::bigint, sum(line.amount)::bigint
  FROM analytics_attributedorder AS credit
  JOIN customers_orderline AS line ON line.order_id = credit.order_id
  JOIN customers_product AS product ON product.id = line.product_id
 WHERE credit.campaign_id = %s AND credit.model = 'last_click'
 GROUP BY product.id, product.name ORDER BY 3 DESC, product.id LIMIT %s
"""
# Both arms would have received the message by every other reason of the gate: see `campaigns/pipeline/plan.py`.
ARMS = """
SELECT message.skip_reason = 'HOLDOUT' AS is_control, count(*), count(*) FILTER (WHERE bought.orders > 0),
       coalesce(sum(bought.revenue), 0)::bigint, coalesce(sum(bought.revenue * bought.revenue), 0)::numeric
  FROM campaigns_message AS message
 CROSS JOIN LATERAL (SELECT count(*) AS orders, coalesce(sum(revenue), 0) AS revenue FROM customers_order
        WHERE customer_id = message.customer_id AND is_purchase AND placed_at >= %(start)s AND placed_at < %(end)s
       ) AS bought
 WHERE message.campaign_id = %(campaign)s
   AND (message.skip_reason = 'HOLDOUT' OR message.status IN ('sent', 'unknown'))
 GROUP BY 1
"""
REDEMPTIONS = """
SELECT (used.redeemed_at AT TIME ZONE %(zone)s)::date AS day, count(*) AS uses, array_agg(used.customer_id) AS people
  FROM loyalty_couponredemption AS used
  JOIN campaigns_campaign_coupons AS given ON given.coupon_id = used.coupon_id AND given.campaign_id = %(campaign)s
  JOIN campaigns_enrollment AS target ON target.campaign_id = %(campaign)s AND target.customer_id = used.customer_id
 WHERE used.redeemed_at >= %(start)s AND used.redeemed_at <= %(end)s
 GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Funnel:
    """Counts of a campaign's messages and what they earned, won. Nobody in the holdout is targeted."""

    targeted: int = 0
    sent: int = 0
    opened: int = 0
    clicked: int = 0
    unsubscribed: int = 0
    failed: int = 0
    unknown: int = 0
    waiting: int = 0
    held_out: int = 0
    sandboxed: int = 0
    orders: int = 0
    buyers: int = 0
    revenue: int = 0


@dataclass(frozen=True, slots=True)
class Day:
    """What happened on one day (KST): first opens and clicks, credited orders and their revenue in won."""

    day: date
    opened: int = 0
    clicked: int = 0
    orders: int = 0
    revenue: int = 0


@dataclass(frozen=True, slots=True)
class Machines:
    """Hits by machines, kept apart from people's."""

    label: str
    opens: int
    clicks: int


@dataclass(frozen=True, slots=True)
class ProductSold:
    """A product of credited orders; `amount` is won."""

    name: str
    quantity: int
    amount: int


@dataclass(frozen=True, slots=True)
class Redemptions:
    """How the coupons of a past campaign were used, by day (KST)."""

    targeted: int
    redeemers: int
    uses: int
    by_day: list[tuple[date, int]]


def funnels_of(campaign_ids: Iterable[int]) -> dict[int, Funnel]:
    """Return the funnel of each campaign, in two statements for all of them."""
    ids = list(campaign_ids)
    counted = {row.pop("campaign_id"): row for row in _rows(FUNNELS, [ids])}
    earned = {row.pop("campaign_id"): row for row in _rows(EARNINGS, [ids])}
    return {campaign_id: Funnel(**counted.get(campaign_id, {}), **earned.get(campaign_id, {})) for campaign_id in ids}


def campaign_before(campaign: Campaign) -> Campaign | None:
    """Return the last campaign that was sent before this one, to compare with."""
    if campaign.started_at is None:
        return None
    earlier = Campaign.objects.filter(source="", started_at__lt=campaign.started_at).exclude(status="cancelled")
    return earlier.order_by("-started_at").first()


def skip_reasons(campaign: Campaign) -> list[tuple[str, int]]:
    """Return why how many got no message, the commonest first; the holdout is no such reason."""
    words = dict(SkipReason.choices)
    return [(str(words.get(code, code)), count) for code, count in _tuples(SKIPPED, [campaign.pk])]


def by_day(campaign: Campaign) -> list[Day]:
    """Return each day from the first to the last on which anything happened."""
    found = {row["day"]: Day(**row) for row in _rows(DAYS, {"campaign": campaign.pk, "zone": settings.TIME_ZONE})}
    if not found:
        return []
    return [found.get(day, Day(day)) for day in Period(min(found), max(found)).each_day()]


def machines(campaign: Campaign) -> list[Machines]:
    """Return the hits that were no person's, by the sign that told."""
    rows = _tuples(MACHINES, [campaign.pk])
    return [Machines(verdicts.label_of(code), opens, clicks) for code, opens, clicks in rows]


def products_sold(campaign: Campaign) -> list[ProductSold]:
    """Return what was in the credited orders, the greatest amount first."""
    return [ProductSold(*row) for row in _tuples(PRODUCTS, [campaign.pk, MOST_PRODUCTS])]


def cost_of(campaign: Campaign) -> Decimal:
    """Return what sending cost over all ways, in won, as it was recorded then; the sandbox costs nothing."""
    return Decimal(_tuples(COST, {"campaign": campaign.pk})[0][0])


def lift_of(campaign: Campaign) -> Lift | None:
    """Compare with the holdout over the attribution window; None where nobody was held out."""
    if not campaign.holdout_percent or campaign.started_at is None:
        return None
    window = {"start": campaign.started_at, "end": window_end(campaign), "campaign": campaign.pk}
    arms = {is_control: Arm(*map(int, sums)) for is_control, *sums in _tuples(ARMS, window)}
    return lift_between(arms.get(False, Arm()), arms.get(True, Arm()))


def window_end(campaign: Campaign) -> datetime | None:
    """Return when the window of a message sent at the campaign's start closes."""
    return campaign.started_at and campaign.started_at + timedelta(days=campaign.attribution_days)


def redemptions_of(campaign: Campaign) -> Redemptions:
    """Return how the coupons of a campaign of another system were used by those it was sent to, while it ran."""
    start = campaign.started_at or campaign.created_at
    window = {"start": start, "end": campaign.finished_at or timezone.now()}
    rows = _tuples(REDEMPTIONS, {"campaign": campaign.pk, "zone": settings.TIME_ZONE, **window})
    people = {customer for _day, _uses, customers in rows for customer in customers}
    used = {day: uses for day, uses, _people in rows}
    days = Period(min(used), max(used)).each_day() if used else []
    by_day = [(day, used.get(day, 0)) for day in days]
    return Redemptions(campaign.enrollments.count(), len(people), sum(used.values()), by_day)


def _tuples(sql: str, parameters: list[Any] | Mapping[str, Any]) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def _rows(sql: str, parameters: list[Any] | Mapping[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
