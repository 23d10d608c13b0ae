"""Triggers of orders: the first, each, the delivered, the nth."""

from typing import ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.triggers import orders
from campaigns.triggers.base import Entries, Settings, Topic, Trigger, Window, trigger
from customers.segments.values import WholeNumber

FIRST = f"""
    SELECT stats.customer_id, stats.first_order_at AS anchor_at, 'first/' || bought.id AS entry_key, {orders.CONTEXT}
    FROM customers_customerstats AS stats
    JOIN LATERAL (
        SELECT * FROM customers_order first
        WHERE first.customer_id = stats.customer_id AND first.placed_at = stats.first_order_at AND first.is_purchase
        ORDER BY first.id LIMIT 1
    ) AS bought ON true {orders.WITH_STORE_AND_PRODUCT}
    WHERE stats.first_order_at > %(since)s AND stats.first_order_at <= %(until)s
"""
EACH = f"""
    SELECT bought.customer_id, bought.{{at}} AS anchor_at, '{{word}}/' || {{which}} AS entry_key, {orders.CONTEXT}
    FROM customers_order AS bought {orders.WITH_STORE_AND_PRODUCT}
    WHERE bought.{{at}} > %(since)s AND bought.{{at}} <= %(until)s
      AND bought.is_purchase AND bought.customer_id IS NOT NULL {{narrowed}}
"""
NTH = """
      AND %(number)s = (
          SELECT count(*) FROM (
              SELECT FROM customers_order AS earlier
              WHERE earlier.customer_id = bought.customer_id AND earlier.is_purchase
                AND earlier.placed_at <= bought.placed_at
                AND (earlier.placed_at < bought.placed_at OR earlier.id <= bought.id)
              LIMIT %(number)s + 1
          ) AS counted
      )
"""


@trigger
class FirstOrder(Trigger):
    """The first purchase of a customer; one that was cancelled or wholly refunded is none."""

    key: ClassVar[str] = "first_order"
    label = gettext_lazy("first order")
    topic = Topic.PURCHASES
    tells = orders.TELLS
    is_for_good = True

    def entries(self, settings: Settings, window: Window) -> Entries:
        return Entries(FIRST, {"since": window.since, "until": window.until})

    def sentence(self, settings: Settings) -> str:
        return _("when somebody buys for the first time")


class OfOrders(Trigger):
    """An order, once for each; `at` is its column that says when, `word` begins the key."""

    topic = Topic.PURCHASES
    optional = orders.NARROWING
    labels = orders.LABELS
    repeats = True
    tells = orders.TELLS
    at: ClassVar[str]
    word: ClassVar[str]

    def entries(self, settings: Settings, window: Window) -> Entries:
        conditions, parameters = orders.narrowed(settings)
        statement = EACH.format(at=self.at, word=self.word, which="bought.id", narrowed=conditions)
        return Entries(statement, {"since": window.since, "until": window.until, **parameters})


@trigger
class EveryOrder(OfOrders):
    """A purchase, anchored when it was ordered, also if it was paid for only later."""

    key = "every_order"
    label = gettext_lazy("every order")
    at, word = "placed_at", "order"

    def sentence(self, settings: Settings) -> str:
        return self.said(_("each time somebody buys"), settings, *self.optional)


@trigger
class OrderDelivered(OfOrders):
    """A purchase that reached the customer, anchored when it did (`delivered_at` of the order)."""

    key = "order_delivered"
    label = gettext_lazy("order delivered")
    at, word = "delivered_at", "delivered"

    def sentence(self, settings: Settings) -> str:
        return self.said(_("each time an order was delivered"), settings, *self.optional)


@trigger
class NthOrder(Trigger):
    """The purchase with which a customer has so many, counted by when they were ordered; once in a lifetime."""

    key = "nth_order"
    label = gettext_lazy("nth order")
    topic = Topic.PURCHASES
    required = {"number": WholeNumber(lowest=1, highest=1_000, initial=3)}
    labels = {"number": gettext_lazy("how many orders")}
    tells = orders.TELLS
    is_for_good = True

    def entries(self, settings: Settings, window: Window) -> Entries:
        statement = EACH.format(at="placed_at", word="nth", which="%(number)s::int || '/' || bought.id", narrowed=NTH)
        return Entries(statement, {"since": window.since, "until": window.until, "number": settings["number"]})

    def sentence(self, settings: Settings) -> str:
        return _("when somebody places order number %(number)s") % {"number": f"{settings['number']:,}"}
