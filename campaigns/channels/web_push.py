"""Web push: to the customer's browser, open or not (L-03, L-23, N-05)."""

from django.utils.translation import gettext_lazy

from campaigns import links
from campaigns.channels.base import register
from campaigns.channels.notification import NotificationChannel
from customers.models import Device
from customers.models.consent import Channel


@register
class WebPushChannel(NotificationChannel):
    """Notifications of the shop's site. A click passes by us, as in a mail."""

    key = "web_push"
    label = gettext_lazy("web push")
    icon = "globe"
    consent = Channel.WEB_PUSH
    kinds = ("web_push",)
    platforms = (Device.Platform.WEB,)
    preview_template = "campaigns/frames/web_push.html"

    def target(self, url: str, message_id: int | None) -> str:
        """Return the address that counts the click and leads on."""
        return links.click_url(message_id, 1) if url and message_id else url
