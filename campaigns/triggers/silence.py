"""The trigger of customers nobody wrote to for a while."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.triggers.base import Entries, Settings, Topic, Window, trigger
from campaigns.triggers.days import LOOKS, DailyTrigger, days_in, looks, next_look
from customers.segments.values import Days

# Whoever never got a message has waited since they joined.
SILENT = f"""
    WITH allowed AS MATERIALIZED (
        SELECT customer.id, customer.joined_at
        FROM customers_customer AS customer
        WHERE customer.joined_at <= %(latest)s AND EXISTS (
            SELECT FROM customers_consentstate AS used
            WHERE used.customer_id = customer.id AND used.purpose = 'marketing_use' AND used.is_granted
        ) AND EXISTS (
            SELECT FROM customers_consentstate AS sent
            WHERE sent.customer_id = customer.id AND sent.purpose = 'ad_receive' AND sent.is_granted)
    )
    SELECT allowed.id AS customer_id, look.at AS anchor_at, 'silent/' || silent.since AS entry_key,
           jsonb_build_object('since', silent.since) AS context
    FROM {LOOKS}
    CROSS JOIN allowed
    CROSS JOIN LATERAL (
        SELECT (coalesce(max(message.sent_at), allowed.joined_at) AT TIME ZONE 'Asia/Seoul')::date AS since
        FROM campaigns_message AS message
        WHERE message.customer_id = allowed.id AND message.status = 'sent' AND message.sent_at <= look.at
    ) AS silent
    WHERE silent.since = look.day - %(silent_days)s
"""


@trigger
class NoMessage(DailyTrigger):
    """The day on which it is so many days (KST) that a customer got no message of any campaign.

    Only of those who allow advertising over some channel, as it stands now; messages are as of the anchor.
    """

    key = "no_message"
    label = gettext_lazy("no message for a while")
    topic = Topic.DATES
    required = {"days": Days(lowest=7, highest=730, initial=60), **DailyTrigger.required}
    labels = {**DailyTrigger.labels, "days": gettext_lazy("no message for")}
    repeats = True
    tells = ("since",)

    def next_ask(self, settings: Settings, read_until: datetime) -> datetime:
        # Silence is not told late, and everybody is looked at: once a day is enough.
        return next_look(read_until, settings["at"])

    def entries(self, settings: Settings, window: Window) -> Entries:
        days = days_in(window, settings["at"])
        latest = window.until - timedelta(days=settings["days"] - 1)
        return Entries(SILENT, {"silent_days": settings["days"], "latest": latest, **looks(days, settings["at"])})

    def sentence(self, settings: Settings) -> str:
        days = self.fields["days"].words(settings["days"])
        return _("when somebody who allows advertising got no message for %(days)s, at %(at)s") % {
            "days": days,
            "at": settings["at"],
        }
