"""The trigger of carts that were left."""

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.triggers.base import Entries, Settings, Topic, Trigger, Window, trigger
from customers import carts
from customers.models import Event
from customers.segments.event_values import Hours

TOUCHES = (Event.Kind.CART_ADD, Event.Kind.CART_REMOVE, Event.Kind.CHECKOUT)
# A cart that nobody touches for so long is forgotten: what comes next begins another one.
FORGOTTEN_AFTER = timedelta(days=7)
# No cart is followed further back than this from a touch, so that its beginning is the same whenever it is asked.
LONGEST_CART = timedelta(days=30)
# The shop's server books an order a moment before the page tells of the last click.
CLOCKS_DIFFER = timedelta(minutes=10)

# A cart is the touches of a customer between two orders or long pauses. It is left where a touch has no other within
# the hours, no order was placed meanwhile, and something was still in it.
STATEMENT = """
    WITH touched AS MATERIALIZED (
        SELECT DISTINCT customer_id FROM customers_event
        WHERE kind = ANY(%(kinds)s) AND customer_id IS NOT NULL
          AND occurred_at > %(since)s - %(hours)s AND occurred_at <= %(until)s - %(hours)s
    ), touches AS (
        SELECT event.id, event.customer_id, event.kind, event.product_id, event.occurred_at,
               event.properties ->> 'quantity' AS quantity,
               lag(event.occurred_at) OVER in_time AS former_at, lead(event.occurred_at) OVER in_time AS next_at
        FROM touched JOIN customers_event AS event ON event.customer_id = touched.customer_id
        WHERE event.kind = ANY(%(kinds)s) AND event.occurred_at > %(since)s - %(hours)s - %(longest)s
          AND event.occurred_at <= %(until)s
        WINDOW in_time AS (PARTITION BY event.customer_id ORDER BY event.occurred_at, event.id)
    ), numbered AS (
        SELECT touches.*, count(*) FILTER (
            WHERE former_at IS NULL OR occurred_at - former_at > %(forgotten)s OR EXISTS (
                SELECT FROM customers_order AS placed WHERE placed.customer_id = touches.customer_id
                AND placed.placed_at > former_at AND placed.placed_at <= touches.occurred_at)
        ) OVER (PARTITION BY customer_id ORDER BY occurred_at, id) AS cart
        FROM touches
    ), carts AS (
        SELECT numbered.*, min(occurred_at) OVER (
            PARTITION BY customer_id, cart ORDER BY occurred_at RANGE BETWEEN %(longest)s PRECEDING AND CURRENT ROW
        ) AS begun_at
        FROM numbered
    ), left_alone AS (
        SELECT * FROM carts
        WHERE occurred_at > %(since)s - %(hours)s AND occurred_at <= %(until)s - %(hours)s
          AND (next_at IS NULL OR next_at > occurred_at + %(hours)s)
          AND NOT EXISTS (
              SELECT FROM customers_order AS placed WHERE placed.customer_id = carts.customer_id
              AND placed.placed_at > carts.occurred_at - %(clocks)s
              AND placed.placed_at <= carts.occurred_at + %(hours)s)
    ), inside AS (
        SELECT last.id, last.customer_id, last.occurred_at, last.begun_at, touch.product_id,
               max(touch.occurred_at) AS put_in_at
        FROM left_alone AS last
        JOIN carts AS touch ON touch.customer_id = last.customer_id AND touch.cart = last.cart
             AND (touch.occurred_at, touch.id) <= (last.occurred_at, last.id) AND touch.occurred_at >= last.begun_at
             AND touch.kind <> 'checkout'
        GROUP BY last.id, last.customer_id, last.occurred_at, last.begun_at, touch.product_id
        HAVING {still_in}
    ), filled AS (
        SELECT customer_id, occurred_at, begun_at, coalesce(array_agg(product_id ORDER BY put_in_at DESC, product_id)
                   FILTER (WHERE product_id IS NOT NULL), '{}') AS product_ids
        FROM inside GROUP BY id, customer_id, occurred_at, begun_at
    )
    SELECT filled.customer_id, filled.occurred_at + %(hours)s AS anchor_at,
           'cart/' || (filled.begun_at AT TIME ZONE 'Asia/Seoul')::date AS entry_key,
           jsonb_strip_nulls(jsonb_build_object('product_ids', filled.product_ids, 'product_id', product.id,
               'product', product.name, 'category', product.category)) AS context
    FROM filled LEFT JOIN customers_product AS product ON product.id = filled.product_ids[1]
""".replace("{still_in}", carts.STILL_IN)


@trigger
class CartLeft(Trigger):
    """A cart with something in it that was not touched for so many hours while nobody placed an order.

    Read from what was put in and taken out, and from orders of any status (a transfer that is awaited is an order),
    as of the anchor: whoever buys or empties the cart later is let out by the exit, not here. The key is the day (KST)
    on which the cart was begun, so that what arrives late of a cart, or comes with a browser that turns out to be the
    customer's, does not make it another one.
    """

    key = "cart_left"
    label = gettext_lazy("cart left")
    topic = Topic.BEHAVIOUR
    required = {"hours": Hours(initial=2)}
    labels = {"hours": gettext_lazy("not touched for")}
    repeats = True
    tells = ("product_ids", "product_id", "product", "category")

    def entries(self, settings: Settings, window: Window) -> Entries:
        parameters = {
            "since": window.since,
            "until": window.until,
            "hours": timedelta(hours=settings["hours"]),
            "kinds": list(TOUCHES),
            "longest": LONGEST_CART,
            "forgotten": FORGOTTEN_AFTER,
            "clocks": CLOCKS_DIFFER,
        }
        return Entries(STATEMENT, parameters)

    def sentence(self, settings: Settings) -> str:
        hours = self.fields["hours"].words(settings["hours"])
        return _("when somebody leaves a cart for %(hours)s without ordering") % {"hours": hours}
