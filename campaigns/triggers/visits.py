"""Triggers of what people do on the shop's page and in its app: interest without a purchase, and the shop's own events.

Events of a browser count for the customer once they have said who they are.
"""

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.triggers.base import Entries, Settings, Topic, Trigger, Window, trigger
from customers.segments import lookups
from customers.segments.event_values import Property
from customers.segments.values import Days, OneOf, Text, Times

PRODUCT, CATEGORY = "product", "category"
SUBJECTS = {PRODUCT: "product.id::text", CATEGORY: "nullif(product.category, '')"}
# The view is the one that made so many in so many days: the one before it had not, or lies too far back.
VIEWED = """
    WITH seen AS MATERIALIZED (
        SELECT DISTINCT event.customer_id, {subject} AS subject
        FROM customers_event AS event JOIN customers_product AS product ON product.id = event.product_id
        WHERE event.kind = 'product_view' AND event.customer_id IS NOT NULL
          AND event.occurred_at > %(since)s AND event.occurred_at <= %(until)s {narrowed}
    ), views AS (
        SELECT event.customer_id, seen.subject, event.occurred_at AS at,
               product.id AS product_id, product.name AS product, product.category,
               lag(event.occurred_at, %(times)s - 1) OVER in_time AS first_at,
               lag(event.occurred_at, 1) OVER in_time AS former_at,
               lag(event.occurred_at, %(times)s) OVER in_time AS first_of_former_at
        FROM (SELECT DISTINCT customer_id FROM seen) AS who
        JOIN customers_event AS event ON event.customer_id = who.customer_id
        JOIN customers_product AS product ON product.id = event.product_id
        JOIN seen ON seen.customer_id = event.customer_id AND seen.subject = {subject}
        WHERE event.kind = 'product_view' AND event.occurred_at > %(since)s - %(days)s - %(days)s
          AND event.occurred_at <= %(until)s {narrowed}
        WINDOW in_time AS (PARTITION BY event.customer_id, seen.subject ORDER BY event.occurred_at, event.id)
    )
    SELECT customer_id, at AS anchor_at,
           'viewed/' || {named} || to_char(at AT TIME ZONE 'Asia/Seoul', '/YYYY-MM') AS entry_key,
           jsonb_build_object('product_id', product_id, 'product', product, 'category', category) AS context
    FROM views
    WHERE at > %(since)s AND first_at > at - %(days)s
      AND (first_of_former_at IS NULL OR first_of_former_at <= former_at - %(days)s OR former_at <= at - %(days)s)
      AND NOT EXISTS (
          SELECT FROM customers_order AS bought
          JOIN customers_orderline AS line ON line.order_id = bought.id AND line.quantity > 0
          JOIN customers_product AS product ON product.id = line.product_id
          WHERE bought.customer_id = views.customer_id AND bought.is_purchase
            AND bought.placed_at > views.at - %(days)s AND bought.placed_at <= views.at
            AND {subject} = views.subject
      )
"""
OF_PRODUCTS, OF_CATEGORIES = " AND product.sku = ANY(%(products)s)", " AND product.category = ANY(%(categories)s)"
OWN_EVENT = """
    SELECT event.customer_id, event.occurred_at AS anchor_at, 'event/' || event.id AS entry_key,
           jsonb_strip_nulls(jsonb_build_object('event', event.properties ->> 'name', 'product_id', product.id,
               'product', product.name, 'category', product.category)) AS context
    FROM customers_event AS event LEFT JOIN customers_product AS product ON product.id = event.product_id
    WHERE event.kind = 'custom' AND event.customer_id IS NOT NULL
      AND event.occurred_at > %(since)s AND event.occurred_at <= %(until)s
      AND event.properties ->> 'name' = %(name)s
"""


@trigger
class ViewedNotBought(Trigger):
    """Looked at one product, or at things of one category, so many times within so many days and did not buy it.

    Anchored at the view that makes them so many. Views go on: the next entry needs a new stretch of them, and there
    is at most one a month (KST) for each product or category.
    """

    key = "viewed_not_bought"
    label = gettext_lazy("viewed and not bought")
    topic = Topic.BEHAVIOUR
    required = {
        "of": OneOf([(PRODUCT, gettext_lazy("the same product")), (CATEGORY, gettext_lazy("the same category"))]),
        "times": Times(lowest=1, highest=100, initial=3),
        "days": Days(lowest=1, highest=90, initial=7),
    }
    optional = {"products": lookups.PRODUCTS, "categories": lookups.CATEGORIES}
    labels = {
        "of": gettext_lazy("what"),
        "times": gettext_lazy("viewed at least"),
        "days": gettext_lazy("within"),
        "products": gettext_lazy("products"),
        "categories": gettext_lazy("categories"),
    }
    repeats = True
    tells = ("product_id", "product", "category")

    def entries(self, settings: Settings, window: Window) -> Entries:
        narrowed = (OF_PRODUCTS if "products" in settings else "") + (OF_CATEGORIES if "categories" in settings else "")
        # The key is short, whatever a category is called.
        named = "subject" if settings["of"] == PRODUCT else "left(md5(subject), 12)"
        statement = VIEWED.format(subject=SUBJECTS[settings["of"]], narrowed=narrowed, named=named)
        parameters = {**settings, "days": timedelta(days=settings["days"])}
        return Entries(statement, {"since": window.since, "until": window.until, **parameters})

    def sentence(self, settings: Settings) -> str:
        said = _("when somebody views %(what)s %(times)s within %(days)s without buying") % {
            key: self.fields[name].words(settings[name])
            for key, name in (("what", "of"), ("times", "times"), ("days", "days"))
        }
        return self.said(said, settings, *self.optional)


@trigger
class CustomEvent(Trigger):
    """An event of the shop's own, by its name and what the shop sends along; once for each."""

    key = "custom_event"
    label = gettext_lazy("own event")
    topic = Topic.BEHAVIOUR
    required = {"name": Text()}
    optional = {"property": Property(), "and_property": Property()}
    labels = {
        "name": gettext_lazy("called"),
        "property": gettext_lazy("with the property"),
        "and_property": gettext_lazy("and with the property"),
    }
    repeats = True
    tells = ("event", "product_id", "product", "category")

    def entries(self, settings: Settings, window: Window) -> Entries:
        statement, parameters = OWN_EVENT, {"name": settings["name"]}
        for key in self.optional:
            if key in settings:
                statement += f" AND jsonb_extract_path_text(event.properties, %({key})s) = %({key}_value)s"
                parameters |= {key: settings[key]["name"], f"{key}_value": settings[key]["value"]}
        return Entries(statement, {"since": window.since, "until": window.until, **parameters})

    def sentence(self, settings: Settings) -> str:
        said = _("each time the event %(name)s happens") % {"name": Text().words(settings["name"])}
        return self.said(said, settings, *self.optional)
