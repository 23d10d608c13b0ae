"""For how long a campaign is credited with what its recipients buy."""

from datetime import datetime, timedelta

from campaigns.models import Campaign


def window_end(campaign: Campaign) -> datetime | None:
    """Return when the window of a message sent at the campaign's start closes."""
    return campaign.started_at and campaign.started_at + timedelta(days=campaign.attribution_days)
