"""The app of numbers."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AnalyticsConfig(AppConfig):
    """Names the app."""

    name = "analytics"
    verbose_name = _("Results")
