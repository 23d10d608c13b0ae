"""What campaigns earned, for the list of campaigns."""

from collections.abc import Collection

from django.db.models import F, Sum

from analytics.campaign_report.funnel import MODEL
from analytics.models import EarningDay
from campaigns.list_figures import EARNINGS


def earnings(campaign_ids: Collection[int]) -> dict[int, int]:
    """Return the revenue credited to each campaign less refunds, in won: what its report says, in one statement."""
    days = EarningDay.objects.filter(campaign__in=campaign_ids, model=MODEL).order_by().values_list("campaign")
    net = dict(days.annotate(net=Sum(F("revenue") - F("refunded"))))
    return {campaign_id: net.get(campaign_id, 0) for campaign_id in campaign_ids}


EARNINGS.register("attributed", earnings)
