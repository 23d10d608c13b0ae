"""The app of points, tiers and coupons."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LoyaltyConfig(AppConfig):
    """Names the app."""

    name = "loyalty"
    verbose_name = _("Loyalty")
