"""What happened on each day of a campaign."""

from dataclasses import dataclass
from datetime import date

from django.conf import settings

from analytics.campaign_report.statements import rows
from analytics.periods import Period
from campaigns.models import Campaign

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


@dataclass(frozen=True, slots=True)
class Day:
    """What happened on one day (KST): first opens and clicks, credited orders and their revenue in won."""

    day: date
    opened: int = 0
    clicked: int = 0
    orders: int = 0
    revenue: int = 0


def by_day(campaign: Campaign) -> list[Day]:
    """Return each day from the first to the last on which anything happened."""
    found = {row["day"]: Day(**row) for row in rows(DAYS, {"campaign": campaign.pk, "zone": settings.TIME_ZONE})}
    if not found:
        return []
    return [found.get(day, Day(day)) for day in Period(min(found), max(found)).each_day()]
