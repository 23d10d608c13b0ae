"""App push: to the customer's telephone, where the app is (L-03, L-23, N-01)."""

from django.utils.translation import gettext_lazy

from campaigns.channels.base import register
from campaigns.channels.notification import NotificationChannel
from customers.models import Device
from customers.models.consent import Channel


@register
class PushChannel(NotificationChannel):
    """Notifications of the shop's app. A tap opens the link in the app itself, which reports it."""

    key = "push"
    label = gettext_lazy("app push")
    icon = "smartphone"
    consent = Channel.PUSH
    kinds = ("push",)
    platforms = Device.APPS
    preview_template = "campaigns/frames/push.html"
