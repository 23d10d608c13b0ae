"""What triggers of orders share: how an order is narrowed down, and what is told of it."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campaigns.triggers.base import Settings
from customers.models import Order
from customers.segments import lookups
from customers.segments.values import SomeOf, Value, Won

TELLS = ("order_id", "order_number", "amount", "store", "product_id", "product", "category")
NARROWING: dict[str, Value] = {
    "minimum": Won(lowest=1, initial=30_000),
    "channels": SomeOf(Order.SalesChannel.choices),
    "stores": lookups.STORES,
    "products": lookups.PRODUCTS,
    "categories": lookups.CATEGORIES,
}
LABELS: dict[str, str | Promise] = {
    "minimum": _("of at least"),
    "channels": _("sales channel"),
    "stores": _("stores"),
    "products": _("products"),
    "categories": _("categories"),
}
# The amount is what was paid for goods before anything was taken back, so that a refund takes nobody out again.
CONDITIONS = {
    "minimum": "bought.paid - bought.shipping >= %(minimum)s",
    "channels": "bought.channel = ANY(%(channels)s)",
    "stores": "store.external_id = ANY(%(stores)s)",
    "products": "EXISTS ({lines} AND product.sku = ANY(%(products)s))",
    "categories": "EXISTS ({lines} AND product.category = ANY(%(categories)s))",
}
LINES = """
    SELECT FROM customers_orderline line JOIN customers_product product ON product.id = line.product_id
    WHERE line.order_id = bought.id AND line.quantity > 0
"""
# What to talk about is the line that cost most.
WITH_STORE_AND_PRODUCT = """
    LEFT JOIN customers_store store ON store.id = bought.store_id
    LEFT JOIN LATERAL (
        SELECT product.id, product.name, product.category
        FROM customers_orderline line JOIN customers_product product ON product.id = line.product_id
        WHERE line.order_id = bought.id AND line.quantity > 0
        ORDER BY line.amount DESC, line.position LIMIT 1
    ) AS dearest ON true
"""
CONTEXT = """
    jsonb_strip_nulls(jsonb_build_object(
        'order_id', bought.id, 'order_number', bought.external_id, 'amount', bought.paid, 'store', store.name,
        'product_id', dearest.id, 'product', dearest.name, 'category', dearest.category)) AS context
"""


def narrowed(settings: Settings) -> tuple[str, Mapping[str, Any]]:
    """Return the SQL that narrows orders (`bought`, `store`) down, and its parameters."""
    asked = [key for key in CONDITIONS if key in settings]
    conditions = "".join(f" AND {CONDITIONS[key].format(lines=LINES)}" for key in asked)
    return conditions, {key: settings[key] for key in asked}
