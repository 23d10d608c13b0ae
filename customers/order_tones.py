"""How each standing of an order looks."""

from customers.models import Order

_TONES = {
    Order.Status.PENDING: "wait",
    Order.Status.CANCELLED: "quiet",
    Order.Status.REFUNDED: "bad",
}


def order_tone(order: Order) -> str:
    """Return the tone of an order's status; those of a purchase are good."""
    return _TONES.get(Order.Status(order.status), "good")
