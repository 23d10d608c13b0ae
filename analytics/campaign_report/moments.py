"""When it happened: what a campaign did and earned by the day and by the hour of the day (KST)."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from analytics.campaign_report.funnel import MODEL, Funnel, telling_channels
from analytics.periods import Period
from analytics.statements import rows
from campaigns.models import Campaign

MESSAGES = """
SELECT day, hour, sum(sent) AS sent, sum(delivered) AS delivered,
       coalesce(sum(opened) FILTER (WHERE account.channel = ANY(%(telling)s)), 0) AS opened,
       sum(clicked) AS clicked, sum(unsubscribed) AS unsubscribed, sum(happened.cost) AS cost
  FROM analytics_campaignday AS happened JOIN campaigns_channelaccount AS account ON account.id = happened.account_id
 WHERE campaign_id = %(campaign)s GROUP BY 1, 2
"""
ORDERS = """
SELECT day, hour, sum(orders) AS orders, sum(revenue)::bigint AS revenue, sum(refunded)::bigint AS refunded
  FROM analytics_earningday WHERE campaign_id = %(campaign)s AND model = %(model)s GROUP BY 1, 2
"""
HOURS = range(24)
# A day and an hour of it.
Moment = tuple[date, int]


def moments_of(campaign: Campaign) -> dict[Moment, Funnel]:
    """Return what happened in each hour in which something did: messages when they left, orders when placed."""
    found: dict[Moment, Funnel] = defaultdict(Funnel)
    for sql in (MESSAGES, ORDERS):
        for row in rows(sql, {"campaign": campaign.pk, "model": MODEL.value, "telling": telling_channels()}):
            moment = row.pop("day"), row.pop("hour")
            found[moment] += Funnel(**row)
    return {moment: funnel for moment, funnel in found.items() if funnel != Funnel()}


def by_day(moments: Mapping[Moment, Funnel]) -> dict[date, Funnel]:
    """Return every day from the first to the last on which anything happened."""
    days = [day for day, _hour in moments]
    if not days:
        return {}
    found = dict.fromkeys(Period(min(days), max(days)).each_day(), Funnel())
    for (day, _hour), funnel in moments.items():
        found[day] += funnel
    return found


def by_hour(moments: Mapping[Moment, Funnel]) -> dict[int, Funnel]:
    """Return all days together by the hour of the day."""
    found = dict.fromkeys(HOURS, Funnel())
    for (_day, hour), funnel in moments.items():
        found[hour] += funnel
    return found
