"""The app of campaigns and messages."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CampaignsConfig(AppConfig):
    """Makes the channels, the fields of notices and the shop's identity known once the tables are there."""

    name = "campaigns"
    verbose_name = _("Campaigns")

    def ready(self) -> None:
        import_module("campaigns.automation.named_segments")
        import_module("campaigns.channels.every")
        import_module("campaigns.notices.words")
        import_module("campaigns.offers.offer_fields")
        import_module("campaigns.survey_links")
        import_module("campaigns.product_fields.fields")
        import_module("campaigns.product_fields.trigger")
        import_module("campaigns.senders.shop_identity")
