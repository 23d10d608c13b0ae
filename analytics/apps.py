"""The app of numbers."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AnalyticsConfig(AppConfig):
    """Names the app, and makes known the questions whose figures the job keeps."""

    name = "analytics"
    verbose_name = _("Results")

    def ready(self) -> None:
        """Import what registers questions: the job has to know them all."""
        import_module("analytics.boards.people")
        import_module("analytics.kpis.kept_readings")
        import_module("analytics.experiments.kept_groups")
        import_module("analytics.experiments.shop_holdout")
        import_module("analytics.campaign_report.machines")
