"""The figures beside each campaign of the list, in one statement each for all of a page.

What a campaign earned is known above: analytics registers it in its `campaign_earnings.py`.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache

from django.db.models import Count, Q
from django.utils.module_loading import autodiscover_modules

from campaigns.channels.base import CHANNELS
from campaigns.models import Campaign, Enrollment, Message
from crm_project.registry import Registry

# Of some campaigns by id, what each earned in won.
Earnings = Callable[[Collection[int]], Mapping[int, int]]
EARNINGS: Registry[Earnings] = Registry("earnings of campaigns")


@dataclass(frozen=True, slots=True)
class Figures:
    """What became of a campaign so far. Those skipped were not targeted; revenue is won, None where nobody counts.

    Opened are those of the `openable`: sent over channels that say who opened (K-11).
    """

    targeted: int = 0
    sent: int = 0
    openable: int = 0
    opened: int = 0
    clicked: int = 0
    revenue: int | None = None


def figures_of(campaigns: Collection[Campaign]) -> dict[int, Figures]:
    """Return the figures of each campaign by id."""
    own = _messages([campaign.pk for campaign in campaigns if not campaign.is_history])
    past = _targeted([campaign.pk for campaign in campaigns if campaign.is_history])
    earned = _earned([campaign.pk for campaign in campaigns if campaign.started_at and not campaign.is_history])
    return {
        campaign.pk: Figures(
            **own.get(campaign.pk, {"targeted": past.get(campaign.pk, 0)}), revenue=earned.get(campaign.pk)
        )
        for campaign in campaigns
    }


def _messages(campaign_ids: Collection[int]) -> dict[int, dict[str, int]]:
    tells = Q(account__channel__in=[channel.key for channel in CHANNELS if channel.reports_opens])
    counted = (
        Message.objects.filter(campaign__in=campaign_ids)
        .order_by()
        .values("campaign")
        .annotate(
            targeted=Count("pk", filter=~Q(status=Message.Status.SKIPPED)),
            sent=Count("pk", filter=Q(status=Message.Status.SENT)),
            openable=Count("pk", filter=Q(status=Message.Status.SENT) & tells),
            opened=Count("opened_at", filter=tells),
            clicked=Count("clicked_at"),
        )
    )
    return {row.pop("campaign"): row for row in counted}


def _targeted(campaign_ids: Collection[int]) -> dict[int, int]:
    entered = Enrollment.objects.filter(campaign__in=campaign_ids, is_control=False).order_by()
    return dict(entered.values_list("campaign").annotate(n=Count("pk")))


def _earned(campaign_ids: Collection[int]) -> dict[int, int]:
    totals: dict[int, int] = {}
    for earnings in _registered():
        for campaign_id, revenue in earnings(campaign_ids).items():
            totals[campaign_id] = totals.get(campaign_id, 0) + revenue
    return totals


@cache
def _registered() -> Registry[Earnings]:
    autodiscover_modules("campaign_earnings")
    return EARNINGS
