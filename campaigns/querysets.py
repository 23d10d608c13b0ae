"""Questions about many campaigns and messages."""

from django.db import models


class CampaignQuerySet(models.QuerySet):
    """Campaigns, chained as one would say it."""
