"""For how long a campaign is credited with what its recipients buy."""

from datetime import datetime, timedelta

from campaigns.models import Campaign


def window_end(campaign: Campaign) -> datetime | None:
    """Return when the window of a message sent at the campaign's start closes."""
    return campaign.started_at and campaign.started_at + _span(campaign)


def is_moving(campaign: Campaign, at: datetime) -> bool:
    """Tell whether its figures still change: messages are leaving, or the window of the last ones is open."""
    if campaign.status == Campaign.Status.ACTIVE:
        return True
    last = campaign.finished_at or campaign.started_at
    return last is not None and at < last + _span(campaign)


def _span(campaign: Campaign) -> timedelta:
    return timedelta(days=campaign.attribution_days)
