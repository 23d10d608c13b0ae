"""From the audience of a campaign down to the won it earned, read from the roll-ups: sums that can be added."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Any

from analytics.models import AttributedOrder
from analytics.statements import rows, tuples
from campaigns.channels.base import CHANNELS
from campaigns.models import Campaign

# What the report credits; the other models stand beside it.
MODEL = AttributedOrder.Model.LAST_CLICK

STATES = """
SELECT campaign_id, step_id, variant_id, account_id,
       coalesce(sum(messages) FILTER (WHERE skip_reason <> 'HOLDOUT'), 0) AS targeted,
       coalesce(sum(messages) FILTER (WHERE status = 'sent'), 0) AS sent,
       coalesce(sum(messages) FILTER (WHERE status = 'sent' AND account.channel = ANY(%(telling)s)), 0) AS openable,
       coalesce(sum(messages) FILTER (WHERE status = 'failed'), 0) AS failed,
       coalesce(sum(messages) FILTER (WHERE status = 'unknown'), 0) AS unknown,
       coalesce(sum(messages) FILTER (WHERE status = 'waiting'), 0) AS waiting,
       coalesce(sum(messages) FILTER (WHERE status = 'skipped' AND skip_reason <> 'HOLDOUT'), 0) AS skipped,
       coalesce(sum(messages) FILTER (WHERE skip_reason = 'HOLDOUT'), 0) AS held_out,
       coalesce(sum(messages) FILTER (WHERE is_sandbox AND status = 'sent'), 0) AS sandboxed
  FROM analytics_campaignstate AS state JOIN campaigns_channelaccount AS account ON account.id = state.account_id
 WHERE campaign_id = ANY(%(campaigns)s) GROUP BY 1, 2, 3, 4
"""
ANSWERS = """
SELECT campaign_id, step_id, variant_id, account_id, sum(delivered) AS delivered,
       coalesce(sum(opened) FILTER (WHERE account.channel = ANY(%(telling)s)), 0) AS opened,
       sum(clicked) AS clicked, sum(unsubscribed) AS unsubscribed, sum(cost) AS cost
  FROM analytics_campaignday AS day JOIN campaigns_channelaccount AS account ON account.id = day.account_id
 WHERE campaign_id = ANY(%(campaigns)s) GROUP BY 1, 2, 3, 4
"""
EARNINGS = """
SELECT campaign_id, step_id, variant_id, account_id, sum(orders) AS orders, sum(revenue)::bigint AS revenue,
       sum(refunded)::bigint AS refunded
  FROM analytics_earningday WHERE campaign_id = ANY(%(campaigns)s) AND model = %(model)s GROUP BY 1, 2, 3, 4
"""
BUYERS = """
SELECT credit.campaign_id, count(DISTINCT message.customer_id)
  FROM analytics_attributedorder AS credit JOIN campaigns_message AS message ON message.id = credit.message_id
 WHERE credit.campaign_id = ANY(%(campaigns)s) AND credit.model = %(model)s GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Funnel:
    """Counts of messages, what they earned and what sending them cost, won. Nobody in the holdout is targeted.

    `openable` are those sent over channels that say who opened (K-11). `revenue` is that of the orders as they were
    placed, `refunded` what was given back since. `buyers` are people, so they are known of whole campaigns only.
    """

    targeted: int = 0
    sent: int = 0
    delivered: int = 0
    openable: int = 0
    opened: int = 0
    clicked: int = 0
    unsubscribed: int = 0
    failed: int = 0
    unknown: int = 0
    waiting: int = 0
    skipped: int = 0
    held_out: int = 0
    sandboxed: int = 0
    orders: int = 0
    buyers: int = 0
    revenue: int = 0
    refunded: int = 0
    cost: Decimal = Decimal(0)

    def __add__(self, other: Funnel) -> Funnel:
        """Return both together."""
        return Funnel(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    @property
    def net(self) -> int:
        """Return what the credited orders brought, less what was given back, in won."""
        return self.revenue - self.refunded

    @property
    def open_rate(self) -> float | None:
        """Return the share of the messages that tell it which a person opened."""
        return self.opened / self.openable if self.openable else None

    @property
    def click_rate(self) -> float | None:
        """Return the share of the sent messages in which a person followed a link."""
        return self.clicked / self.sent if self.sent else None

    @property
    def opt_out_rate(self) -> float | None:
        """Return the share of the sent messages through which a person unsubscribed."""
        return self.unsubscribed / self.sent if self.sent else None

    @property
    def order_rate(self) -> float | None:
        """Return credited orders per message sent."""
        return self.orders / self.sent if self.sent else None

    @property
    def net_per_message(self) -> Decimal | None:
        """Return the won that each message sent earned."""
        return Decimal(self.net) / self.sent if self.sent else None


@dataclass(frozen=True, slots=True)
class Cell:
    """The finest part of a campaign that is kept: one content of one step over one account."""

    campaign_id: int
    step_id: int
    variant_id: int
    account_id: int
    funnel: Funnel


def cells_of(campaign_ids: Collection[int]) -> list[Cell]:
    """Return the parts of these campaigns, in three statements for all of them; each sums to its campaign."""
    given = {"campaigns": list(campaign_ids), "telling": telling_channels(), "model": MODEL.value}
    found: dict[tuple[int, ...], dict[str, Any]] = defaultdict(dict)
    for sql in (STATES, ANSWERS, EARNINGS):
        for row in rows(sql, given):
            place = tuple(row.pop(name) for name in ("campaign_id", "step_id", "variant_id", "account_id"))
            found[place] |= row
    return [Cell(*place, Funnel(**sums)) for place, sums in sorted(found.items())]


def sum_of(cells: Iterable[Cell]) -> Funnel:
    """Return the parts together; without buyers."""
    return sum((cell.funnel for cell in cells), Funnel())


def buyers_of(campaign_ids: Collection[int]) -> dict[int, int]:
    """Return how many customers had an order credited to each campaign."""
    return dict(tuples(BUYERS, {"campaigns": list(campaign_ids), "model": MODEL.value}))


def funnels_of(campaign_ids: Collection[int]) -> dict[int, Funnel]:
    """Return the funnel of each campaign, in four statements for all of them."""
    cells, buyers = cells_of(campaign_ids), buyers_of(campaign_ids)
    return {
        campaign_id: replace(
            sum_of(cell for cell in cells if cell.campaign_id == campaign_id), buyers=buyers.get(campaign_id, 0)
        )
        for campaign_id in campaign_ids
    }


def campaign_before(campaign: Campaign) -> Campaign | None:
    """Return the last campaign that was sent before this one, to compare with."""
    if campaign.started_at is None:
        return None
    earlier = Campaign.objects.own().filter(started_at__lt=campaign.started_at).exclude(status="cancelled")
    return earlier.order_by("-started_at").first()


def telling_channels() -> list[str]:
    """Return the channels that tell who opened; a click alone says so of the others, and is counted as a click."""
    return [channel.key for channel in CHANNELS if channel.reports_opens]
