"""The field `trigger`: what the automation began with, such as the order, the product or the category."""

from collections.abc import Collection, Mapping
from typing import Any

from django.utils import timezone

from campaigns.models import Campaign
from campaigns.product_fields import occasion
from campaigns.product_fields.fields import LABELS
from campaigns.product_fields.told import ONES, told
from campaigns.template_fields import Contexts, field_in_context
from customers.models import Order, Product

EXAMPLE = {
    "product": ONES[0],
    "products": ONES[:2],
    "order": {"number": "2026-1121-0001", "amount": 18_800, "placed_on": "2026-11-21"},
    "category": "유제품",
}


@field_in_context(
    "trigger",
    LABELS["trigger"],
    example=EXAMPLE,
    inserts="{{ trigger.product.name | default: '상품' }}",
)
def trigger(customer_ids: Collection[int], campaign: Campaign, contexts: Contexts) -> dict[int, object]:
    """Return what each journey began with: plain values as the trigger told them, ids as what they stand for.

    `product` is the one that the trigger named, else the dearest of the order; `products` are all of them.
    """
    named = occasion.products_of(contexts)
    products = Product.objects.in_bulk({product_id for listed in named.values() for product_id in listed})
    orders = Order.objects.in_bulk({context["order_id"] for context in contexts.values() if context.get("order_id")})
    return {
        customer_id: _plain(context)
        | _products([products[each] for each in named[customer_id] if each in products])
        | _order(orders.get(context.get("order_id", 0)))
        for customer_id, context in contexts.items()
    }


def _plain(context: Mapping[str, Any]) -> dict[str, object]:
    values = {key: value for key, value in context.items() if not key.endswith(("_id", "_ids"))}
    return {key: value for key, value in values.items() if value not in (None, "", [], {})}


def _products(products: Collection[Product]) -> dict[str, object]:
    shown = [told(product) for product in products]
    return {"product": shown[0], "products": shown} if shown else {}


def _order(order: Order | None) -> dict[str, object]:
    if order is None:
        return {}
    placed_on = timezone.localdate(order.placed_at, timezone.get_default_timezone())
    return {"order": {"number": order.external_id, "amount": order.paid, "placed_on": placed_on}}
