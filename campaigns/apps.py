"""The app of campaigns and messages."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CampaignsConfig(AppConfig):
    """Names the app."""

    name = "campaigns"
    verbose_name = _("Campaigns")
