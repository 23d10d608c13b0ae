"""What a response is about: the order, its product and its store, as far as anybody knows.

Messages belong to an upper app, which registers here how to tell what one was about. Where nobody can, it is the
customer's last purchase.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from crm_project.registry import Registry
from customers.models import Customer, Order

# Longer ago people are asked about the shop, not about what they bought.
LAST_PURCHASE = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Subject:
    """The ids of what a message was about."""

    order_id: int | None = None
    product_id: int | None = None
    store_id: int | None = None


# Each takes the id of a message; None where it knows nothing.
TELLERS: Registry[Callable[[int], Subject | None]] = Registry("subject of messages")


def subject_of(customer: Customer, message_id: int | None, *, at: datetime) -> Subject:
    """Return what the customer was asked about; the store is that of the order."""
    told = next(filter(None, (tell(message_id) for tell in TELLERS)), None) if message_id else None
    own = Order.objects.filter(customer=customer)
    order = own.filter(pk=told.order_id).first() if told and told.order_id else None
    if order is None:
        recent = own.filter(is_purchase=True, placed_at__lte=at, placed_at__gt=at - LAST_PURCHASE)
        order = recent.order_by("-placed_at", "-pk").first()
    store_id = (told.store_id if told else None) or (order.store_id if order else None)
    return Subject(order.pk if order else None, told.product_id if told else None, store_id)
