"""Where a figure of the report leads: to the messages, or the orders, behind it."""

from urllib.parse import urlencode

from django.urls import reverse

from analytics.models import AttributedOrder
from campaigns.models import Campaign


def recipients_url(campaign: Campaign, **asked: object) -> str:
    """Return the address of the campaign's messages, narrowed such as `status="sent"` or `answer="clicked"`."""
    return f"{reverse('admin:campaigns_campaign_recipients', args=[campaign.pk])}?{urlencode(asked)}"


def credits_url(campaign: Campaign, model: str = AttributedOrder.Model.LAST_CLICK) -> str:
    """Return the address of the orders credited to the campaign under a model."""
    asked = urlencode({"campaign__id__exact": campaign.pk, "model__exact": model})
    return f"{reverse('admin:analytics_attributedorder_changelist')}?{asked}"
