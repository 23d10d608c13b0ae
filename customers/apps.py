"""The app of customers and their facts."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    """Find what other apps contribute to segments, the customer page and the list of personal data."""

    name = "customers"
    verbose_name = _("Customers")

    def ready(self) -> None:
        autodiscover_modules("segment_conditions", "customer_panels", "personal_data", "personal_stores")
