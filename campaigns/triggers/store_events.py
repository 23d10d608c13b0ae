"""The trigger of something that the shop holds in its stores on a day that the operator names."""

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.triggers.base import Entries, Settings, Topic, Window, trigger
from campaigns.triggers.days import LOOKS, DailyTrigger, days_in, looks
from customers.segments import lookups
from customers.segments.values import DateRange, Days, OneOf, read_date

ONLINE_ONLY, ANYWHERE = "online_only", "anywhere"
NEAR = f"""
    SELECT customer.id AS customer_id, look.at AS anchor_at, 'event/' || %(first_day)s::text AS entry_key,
           jsonb_build_object('store_id', store.id, 'store', store.name,
                              'first_day', %(first_day)s::text, 'last_day', %(last_day)s::text) AS context
    FROM {LOOKS}
    CROSS JOIN customers_customer AS customer
    LEFT JOIN customers_store AS home ON home.id = customer.home_store_id AND NOT home.is_online
    LEFT JOIN customers_region AS region ON region.name = customer.region
    JOIN customers_store AS store ON store.id = coalesce(home.id, region.nearest_store_id)
    WHERE store.external_id = ANY(%(stores)s) AND customer.joined_at <= look.at {{buying}}
"""
BOUGHT = """(
    SELECT FROM customers_order AS bought WHERE bought.customer_id = customer.id AND bought.is_purchase
    AND bought.placed_at <= look.at AND bought.channel = '{channel}')
"""
ONLY_ONLINE = f"AND EXISTS {BOUGHT.format(channel='online')} AND NOT EXISTS {BOUGHT.format(channel='store')}"


@trigger
class StoreEvent(DailyTrigger):
    """So many days before an event in a store, for those who live near it: by their home store, else by their region.

    What they bought, and where, is that of the anchor; where they live is as it stands.
    """

    key = "store_event"
    label = gettext_lazy("event in a store")
    topic = Topic.DATES
    required = {
        "stores": lookups.STORES,
        "event": DateRange(),
        "days": Days(highest=90, initial=7),
        **DailyTrigger.required,
    }
    optional = {
        "buys": OneOf(
            [
                (ONLINE_ONLY, gettext_lazy("online, never in a store")),
                (ANYWHERE, gettext_lazy("anywhere, or not yet")),
            ]
        )
    }
    labels = {
        **DailyTrigger.labels,
        "stores": gettext_lazy("near the stores"),
        "event": gettext_lazy("first and last day of the event"),
        "days": gettext_lazy("days before"),
        "buys": gettext_lazy("who buy"),
    }
    tells = ("store_id", "store", "first_day", "last_day")

    def entries(self, settings: Settings, window: Window) -> Entries:
        first_day, last_day = settings["event"]
        told_on = read_date(first_day) - timedelta(days=settings["days"])
        days = [day for day in days_in(window, settings["at"]) if day == told_on]
        statement = NEAR.format(buying=ONLY_ONLINE if settings.get("buys", ONLINE_ONLY) == ONLINE_ONLY else "")
        told = {"stores": settings["stores"], "first_day": first_day, "last_day": last_day}
        return Entries(statement, {**told, **looks(days, settings["at"])})

    def sentence(self, settings: Settings) -> str:
        said = _("%(days)s before the event of %(event)s near %(stores)s, at %(at)s") % {
            "days": self.fields["days"].words(settings["days"]),
            "event": self.fields["event"].words(settings["event"]),
            "stores": self.fields["stores"].words(settings["stores"]),
            "at": settings["at"],
        }
        return self.said(said, {"buys": ONLINE_ONLY, **settings}, "buys")
