"""Triggers of orders."""

from typing import ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.triggers.base import Entries, Settings, Topic, Trigger, Window, trigger

FIRST = """
    SELECT stats.customer_id, stats.first_order_at AS anchor_at, 'first' AS entry_key, '{}'::jsonb AS context
    FROM customers_customerstats AS stats
    WHERE stats.first_order_at > %(since)s AND stats.first_order_at <= %(until)s
"""


@trigger
class FirstOrder(Trigger):
    """The first purchase of a customer."""

    key: ClassVar[str] = "first_order"
    label = gettext_lazy("first order")
    topic = Topic.PURCHASES

    def entries(self, settings: Settings, window: Window) -> Entries:
        return Entries(FIRST, {"since": window.since, "until": window.until})

    def sentence(self, settings: Settings) -> str:
        return _("when somebody buys for the first time")
