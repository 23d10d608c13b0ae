"""The trigger of purchases that are due again.

By the customer's own cycle: the median of the pauses between their purchase days up to then, which `customers/cycles`
counts the same way. By the cycle of a product or category: everybody's, of the last rebuild.
"""

from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.triggers.base import Entries, Settings, Topic, Window, trigger
from campaigns.triggers.days import LOOKS, DailyTrigger, days_in, looks
from customers.cycles.pauses import ENOUGH_OF_ALL, ENOUGH_OF_ONES_OWN, IN_SEOUL, confidence
from customers.segments import lookups
from customers.segments.values import Days, OneOf, WholeNumber

CUSTOMER, CATEGORY, PRODUCT = "customer", "category", "product"
# The table of the cycles, its column of what is bought again, and the same of a line's product.
CYCLES = {
    CATEGORY: ("customers_categorycycle", "category", "product.category"),
    PRODUCT: ("customers_productcycle", "product_id", "product.id"),
}
# The purchases of the day that lies a cycle, less the days before its end, ago; who bought again since is not due.
BY_SUBJECT = f"""
    WITH cycles AS MATERIALIZED (
        SELECT look.at, look.day, cycle.{{column}} AS subject, cycle.median_days,
               look.day + %(before)s - cycle.median_days AS begun_on
        FROM {LOOKS} CROSS JOIN {{table}} AS cycle
        WHERE cycle.gaps >= {ENOUGH_OF_ALL} AND cycle.confidence >= %(confidence)s
          AND cycle.median_days > %(before)s AND {{asked}}
    ), begun AS MATERIALIZED (
        SELECT DISTINCT ON (days.day, bought.customer_id, subject)
               days.day, bought.customer_id, bought.id AS order_id, {{key}} AS subject,
               product.id AS product_id, product.name AS product, product.category
        FROM (SELECT DISTINCT begun_on AS day FROM cycles) AS days
        JOIN customers_order AS bought ON bought.placed_at >= days.day::timestamp {IN_SEOUL}
             AND bought.placed_at < (days.day + 1)::timestamp {IN_SEOUL}
        JOIN customers_orderline AS line ON line.order_id = bought.id AND line.quantity > 0
        JOIN customers_product AS product ON product.id = line.product_id
        WHERE bought.is_purchase AND bought.customer_id IS NOT NULL {{narrowed}}
        ORDER BY days.day, bought.customer_id, subject, bought.placed_at DESC, bought.id DESC, line.position
    )
    {{followed}}
    SELECT begun.customer_id, cycles.at AS anchor_at, 'due/' || {{named}} || '/' || begun.day AS entry_key,
           jsonb_build_object('product_id', begun.product_id, 'product', begun.product, 'category', begun.category,
               'order_id', begun.order_id, 'cycle_days', cycles.median_days,
               'due_on', cycles.day + %(before)s) AS context
    FROM cycles JOIN begun ON begun.subject = cycles.subject AND begun.day = cycles.begun_on
    WHERE {{not_again}}
"""
# Of a few days, customer by customer, by index (OFFSET): as a join it would read every line that was ever bought.
NOT_AGAIN = f"""
    NOT EXISTS (
        SELECT FROM customers_order AS again
        JOIN customers_orderline AS line ON line.order_id = again.id AND line.quantity > 0
        JOIN customers_product AS product ON product.id = line.product_id
        WHERE again.customer_id = begun.customer_id AND again.is_purchase
          AND again.placed_at >= (begun.day + 1)::timestamp {IN_SEOUL} AND again.placed_at <= cycles.at
          AND {{key}} = begun.subject
        OFFSET 0
    )
"""
# Of many days all purchases are read once, each with the next of its kind.
MANY_DAYS = 7
FOLLOWED = f"""
    , followed AS MATERIALIZED (
        SELECT days.*, lead(first_at) OVER (PARTITION BY customer_id, subject ORDER BY day) AS next_at FROM (
            SELECT bought.customer_id, {{key}} AS subject, (bought.placed_at {IN_SEOUL})::date AS day,
                   min(bought.placed_at) AS first_at
            FROM customers_order AS bought
            JOIN customers_orderline AS line ON line.order_id = bought.id AND line.quantity > 0
            JOIN customers_product AS product ON product.id = line.product_id
            WHERE bought.is_purchase AND bought.customer_id IS NOT NULL
              AND bought.placed_at >= (SELECT min(begun_on) FROM cycles)::timestamp {IN_SEOUL}
              AND bought.placed_at <= (SELECT max(at) FROM cycles)
              AND {{key}} IN (SELECT subject FROM cycles)
            GROUP BY bought.customer_id, {{key}}, day
        ) AS days
    )
"""
NOT_FOLLOWED = """
    EXISTS (
        SELECT FROM followed
        WHERE followed.customer_id = begun.customer_id AND followed.subject = begun.subject
          AND followed.day = begun.day AND (next_at IS NULL OR next_at > cycles.at)
    )
"""
NARROWED = {
    "products": " AND product.sku = ANY(%(products)s)",
    "categories": " AND product.category = ANY(%(categories)s)",
}
ASKED = {
    PRODUCT: "cycle.product_id IN (SELECT id FROM customers_product AS product WHERE true {narrowed})",
    CATEGORY: "cycle.category IN (SELECT category FROM customers_product AS product WHERE true {narrowed})",
}
NAMED = {PRODUCT: "begun.subject", CATEGORY: "left(md5(begun.subject), 12)"}
# Whom the statistics expect about now, and whoever bought since and was expected before.
BY_CUSTOMER = f"""
    WITH who AS MATERIALIZED (
        SELECT customer_id FROM customers_customerstats
        WHERE due_at >= %(first_due)s AND due_at < %(last_due)s AND cycle_gaps >= {ENOUGH_OF_ONES_OWN}
        UNION
        SELECT customer_id FROM customers_order
        WHERE placed_at > %(since)s AND is_purchase AND customer_id IS NOT NULL
    ), bought AS (
        SELECT customer_id, (placed_at {IN_SEOUL})::date AS day, min(placed_at) AS first_at
        FROM who JOIN customers_order USING (customer_id) WHERE is_purchase
        GROUP BY customer_id, day
    ), paused AS (
        SELECT bought.*, day - lag(day) OVER in_time AS gap, lead(first_at) OVER in_time AS next_at
        FROM bought WINDOW in_time AS (PARTITION BY customer_id ORDER BY day)
    ), known AS (
        SELECT paused.*, array_agg(gap) FILTER (WHERE gap IS NOT NULL) OVER (
            PARTITION BY customer_id ORDER BY day) AS gaps
        FROM paused
    ), cycles AS (
        SELECT known.*, own.quartiles, cardinality(known.gaps) AS number
        FROM known CROSS JOIN LATERAL (
            SELECT percentile_disc(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY gap) AS quartiles
            FROM unnest(known.gaps) AS gap
        ) AS own
        WHERE cardinality(known.gaps) >= {ENOUGH_OF_ONES_OWN} AND (next_at IS NULL OR next_at > %(since)s)
    )
    SELECT cycles.customer_id, look.at AS anchor_at, 'due/' || cycles.day AS entry_key,
           jsonb_build_object('cycle_days', quartiles[2], 'due_on', look.day + %(before)s) AS context
    FROM {LOOKS}
    JOIN cycles ON cycles.day + quartiles[2] = look.day + %(before)s
    WHERE cycles.day < look.day AND (next_at IS NULL OR next_at > look.at)
      AND {confidence(lower="quartiles[1]", median="quartiles[2]", upper="quartiles[3]", gaps="number")}
          >= %(confidence)s
"""


@trigger
class RepurchaseDue(DailyTrigger):
    """So many days before a cycle ends, for those who did not buy since: one entry for each purchase that began it.

    By the customer's cycle any purchase begins it; by a product's or category's cycle one of that product or category.
    What was bought is that of the anchor, and so is the customer's own cycle; those of products and categories are
    those of the last nightly rebuild, which alone depend on when it is asked.
    """

    key = "repurchase_due"
    # All purchases within the longest cycle are read.
    looks_again = timedelta(hours=6)
    label = gettext_lazy("repurchase due")
    topic = Topic.PURCHASES
    required = {
        "cycle_of": OneOf(
            [
                (CUSTOMER, gettext_lazy("the customer")),
                (CATEGORY, gettext_lazy("the category")),
                (PRODUCT, gettext_lazy("the product")),
            ]
        ),
        "days": Days(highest=180, initial=5),
        **DailyTrigger.required,
    }
    optional = {
        "confidence": WholeNumber(highest=100, unit=gettext_lazy("%"), initial=60),
        "products": lookups.PRODUCTS,
        "categories": lookups.CATEGORIES,
    }
    labels = {
        **DailyTrigger.labels,
        "cycle_of": gettext_lazy("cycle of"),
        "days": gettext_lazy("days before its end"),
        "confidence": gettext_lazy("known with a confidence of at least"),
        "products": gettext_lazy("products"),
        "categories": gettext_lazy("categories"),
    }
    repeats = True
    tells = ("due_on", "cycle_days", "order_id", "product_id", "product", "category")

    def entries(self, settings: Settings, window: Window) -> Entries:
        days = days_in(window, settings["at"])
        common = {"before": settings["days"], "confidence": settings.get("confidence", 0) / 100}
        common |= looks(days, settings["at"])
        if settings["cycle_of"] == CUSTOMER:
            return Entries(BY_CUSTOMER, common | _dues(days, settings["days"], window))
        asked = {name: settings[name] for name in NARROWED if name in settings}
        narrowed = "".join(NARROWED[name] for name in asked)
        return Entries(_by_subject(settings["cycle_of"], narrowed, many=len(days) > MANY_DAYS), common | asked)

    def sentence(self, settings: Settings) -> str:
        said = _("%(days)s before the purchase cycle of %(whom)s ends, at %(at)s") % {
            "days": self.fields["days"].words(settings["days"]),
            "whom": self.fields["cycle_of"].words(settings["cycle_of"]),
            "at": settings["at"],
        }
        return self.said(said, settings, *self.optional)


def _by_subject(subject: str, narrowed: str, *, many: bool) -> str:
    table, column, key = CYCLES[subject]
    return BY_SUBJECT.format(
        table=table,
        column=column,
        key=key,
        asked=ASKED[subject].format(narrowed=narrowed),
        narrowed=narrowed,
        named=NAMED[subject],
        followed=FOLLOWED.format(key=key) if many else "",
        not_again=NOT_FOLLOWED if many else NOT_AGAIN.format(key=key),
    )


def _dues(days: list[date], before: int, window: Window) -> dict[str, Any]:
    """Return between which due moments those lie who may enter, a day more on either side."""
    first, last = (days[0], days[-1]) if days else (window.since.date(), window.since.date())
    ends = {"first_due": first + timedelta(days=before - 1), "last_due": last + timedelta(days=before + 2)}
    return {"since": window.since, **ends}
