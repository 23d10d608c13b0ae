"""Where a figure of the report leads: to the messages, or the orders, behind it."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.urls import reverse

from analytics.models import AttributedOrder
from campaigns.models import Campaign

SEES_MESSAGES = "campaigns.view_message"
# Of a campaign and what its messages are narrowed to.
Lead = Callable[..., str]


def recipients_url(campaign: Campaign, **asked: object) -> str:
    """Return the address of the campaign's messages, narrowed such as `status="sent"` or `answer="clicked"`."""
    return f"{reverse('admin:campaigns_campaign_recipients', args=[campaign.pk])}?{urlencode(asked)}"


def lead_for(user: User) -> Lead:
    """Return what leads this reader to messages: `recipients_url`, or nowhere for whoever may not see them."""
    return recipients_url if user.has_perm(SEES_MESSAGES) else _nowhere


def credits_url(campaign: Campaign, model: str = AttributedOrder.Model.LAST_CLICK) -> str:
    """Return the address of the orders credited to the campaign under a model."""
    asked = urlencode({"campaign__id__exact": campaign.pk, "model__exact": model})
    return f"{reverse('admin:analytics_attributedorder_changelist')}?{asked}"


def _nowhere(_campaign: Campaign, **_asked: object) -> str:
    return ""
