"""What each channel contributed: messages, people's answers, orders and won credited, what it cost. From roll-ups.

What happened counts on its own day: an open of today belongs to today, whenever the message left; a refund takes away
on the day it was given.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from analytics.campaign_report.funnel import telling_channels
from analytics.models import AttributedOrder
from analytics.periods import Period
from analytics.statements import tuples

BY_CHANNEL = """
SELECT account.channel, date_trunc('month', happened.day)::date AS month,
       sum(sent)::bigint, sum(delivered)::bigint,
       coalesce(sum(opened) FILTER (WHERE account.channel = ANY(%(telling)s)), 0)::bigint, sum(clicked)::bigint,
       sum(unsubscribed)::bigint, sum(cost)
  FROM analytics_campaignday AS happened JOIN campaigns_channelaccount AS account ON account.id = happened.account_id
 WHERE happened.day BETWEEN %(first)s AND %(last)s GROUP BY 1, 2
"""
EARNED = """
SELECT account.channel, date_trunc('month', earned.day)::date AS month,
       sum(orders)::bigint, sum(revenue)::bigint, sum(refunded)::bigint
  FROM analytics_earningday AS earned JOIN campaigns_channelaccount AS account ON account.id = earned.account_id
 WHERE earned.day BETWEEN %(first)s AND %(last)s AND earned.model = %(model)s GROUP BY 1, 2
"""


@dataclass(slots=True)
class Contribution:
    """What a channel did and brought in a stretch of days; money in won, of the cost with its fractions."""

    sent: int = 0
    delivered: int = 0
    opened: int = 0
    clicked: int = 0
    unsubscribed: int = 0
    cost: Decimal = Decimal(0)
    orders: int = 0
    revenue: int = 0
    refunded: int = 0

    @property
    def net(self) -> int:
        """Return the credited revenue after refunds."""
        return self.revenue - self.refunded

    @property
    def roi(self) -> float | None:
        """Return what was earned beyond each won of sending; None where it cost nothing."""
        return float((self.net - self.cost) / self.cost) if self.cost else None

    def per_thousand(self) -> float | None:
        """Return the won earned by a thousand messages; None where none was sent."""
        return self.net * 1000 / self.sent if self.sent else None

    def add(self, other: "Contribution") -> None:
        """Add another stretch."""
        for field in self.__slots__:
            setattr(self, field, getattr(self, field) + getattr(other, field))


def contributions(period: Period, model: str = AttributedOrder.Model.LAST_CLICK) -> dict[str, dict[date, Contribution]]:
    """Return what each channel did in each month of the period, as far as something happened."""
    asked = {"first": period.first, "last": period.last, "model": model, "telling": telling_channels()}
    found: dict[str, dict[date, Contribution]] = {}
    for channel, month, *figures in tuples(BY_CHANNEL, asked):
        found.setdefault(channel, {})[month] = Contribution(*figures)
    for channel, month, orders, revenue, refunded in tuples(EARNED, asked):
        of_month = found.setdefault(channel, {}).setdefault(month, Contribution())
        of_month.orders, of_month.revenue, of_month.refunded = orders, revenue, refunded
    return found


def in_all(months: dict[date, Contribution]) -> Contribution:
    """Return the sum of a channel's months."""
    whole = Contribution()
    for each in months.values():
        whole.add(each)
    return whole
