"""What a message of an automation is about: the context of the journey that it belongs to."""

from collections.abc import Collection, Mapping
from json import loads
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from campaigns.models import Campaign, Journey
from customers.models import Order, OrderLine

# By customer, what the trigger of their journey told.
Contexts = dict[int, dict[str, Any]]
ENTRY = "journey/"
# Under this key a context tells to which message it belongs, where it is one that leaves.
MESSAGE = "message_id"

OF_MESSAGES = f"""
    SELECT message.customer_id, (journey.context || jsonb_build_object('{MESSAGE}', message.id))::text
      FROM campaigns_message AS message
      JOIN campaigns_enrollment AS enrollment ON enrollment.id = message.enrollment_id
      JOIN campaigns_journey AS journey ON journey.id = substr(enrollment.entry_key, {len(ENTRY) + 1})::bigint
     WHERE message.id = ANY(%s) AND enrollment.entry_key ~ '^{ENTRY}[0-9]+$'
"""


def of_messages(message_ids: Collection[int]) -> Contexts:
    """Return the contexts of messages with their ids, at most one of each customer; without a journey there is none."""
    with connection.cursor() as cursor:
        cursor.execute(OF_MESSAGES, [list(message_ids)])
        return {customer_id: loads(context) for customer_id, context in cursor.fetchall()}


def latest(customer_ids: Collection[int], campaign: Campaign) -> Contexts:
    """Return, for a look at content, the contexts of the last journeys through the campaign's automation.

    Whoever never entered it is looked at as if their last order had begun it.
    """
    if not campaign.automation_id:
        return {}
    ids = list(customer_ids)
    orders = Order.objects.purchases().filter(customer__in=ids).order_by("customer", "-placed_at", "-pk")
    bought = {pk: {"order_id": order} for pk, order in _first_each(orders).values_list("customer", "pk")}
    journeys = Journey.objects.filter(automation=campaign.automation_id, customer__in=ids)
    newest = _first_each(journeys.order_by("customer", "-entered_at", "-pk"))
    return bought | dict(newest.values_list("customer", "context"))


def _first_each(rows: QuerySet) -> QuerySet:
    return rows.distinct("customer")


def products_of(contexts: Mapping[int, Mapping[str, Any]]) -> dict[int, list[int]]:
    """Return the products that each journey began with: the one its context names first, then those of its order."""
    orders = {context["order_id"] for context in contexts.values() if context.get("order_id")}
    lines = OrderLine.objects.filter(order__in=orders, quantity__gt=0, product__isnull=False).order_by("-amount", "pk")
    in_order: dict[int, list[int]] = {}
    for order_id, product_id in lines.values_list("order", "product") if orders else ():
        in_order.setdefault(order_id, []).append(product_id)
    return {
        customer_id: list(dict.fromkeys([*_named(context), *in_order.get(context.get("order_id", 0), [])]))
        for customer_id, context in contexts.items()
    }


def _named(context: Mapping[str, Any]) -> list[int]:
    several = context.get("product_ids") or [context.get("product_id")]
    return [int(each) for each in several if each]
