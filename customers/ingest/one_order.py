"""One order is stored while somebody waits at a till: what `orders` does for many, in a few statements.

An order is known by its source and number, whoever tells of it. What a till sold and what the shop's file or the API
tells of the same number later, or told before, is one row: the later copy replaces it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Max, Sum
from django.db.models.functions import Now

from customers import stats
from customers.ingest import refunds
from customers.models import Order, OrderLine, Product
from customers.segments.refresh import touch


@dataclass(frozen=True, slots=True)
class SoldLine:
    """Some pieces of a product for so many won together; below zero where they came back."""

    sku: str
    quantity: int
    amount: int


def find(source: str, number: str) -> Order | None:
    """Return the order of this number, locked until the transaction ends; None where there is none."""
    orders = Order.objects.select_for_update(no_key=True, of=("self",)).select_related("customer", "store")
    return orders.filter(source=source, external_id=number).first()


def products(source: str, skus: Sequence[str]) -> dict[str, Product]:
    """Return the products known by these numbers."""
    return {product.sku: product for product in Product.objects.filter(source=source, sku__in=set(skus))}


def store(order: Order, lines: Sequence[SoldLine], known: dict[str, Product]) -> None:
    """Store a new order, or replace one by what is told of it now; lines of unknown products are left out."""
    is_new = order.pk is None
    if not is_new:
        order.changed_at = Now()
        order.save()
        order.lines.all().delete()
    else:
        order.save(force_insert=True)
    _add_lines(order, lines, known, after=0)
    refunds.book_one(order, is_new=is_new)
    follow(order)


def take_back(order: Order, lines: Sequence[SoldLine], *, refund: int, points: int, is_all: bool) -> None:
    """Write down that goods came back: won paid back, and points given back that had paid for them."""
    order.refunded += refund
    order.refunded_at = None
    order.points_used = max(0, order.points_used - points)
    if is_all:
        order.status = Order.Status.REFUNDED
    _save_change(order)
    refunds.book_one(order)
    last = order.lines.aggregate(last=Max("position"))["last"] or 0
    _add_lines(order, lines, products(order.source, [line.sku for line in lines]), after=last)
    follow(order)


def cancel(order: Order) -> None:
    """Write down that the whole sale was undone."""
    was_purchase = order.status in Order.PURCHASED
    order.status = Order.Status.CANCELLED
    order.refunded_at = None
    _save_change(order)
    refunds.book_one(order, was_purchase=was_purchase)
    follow(order)


def bought(order: Order) -> dict[str, int]:
    """Return what is left of an order by product number: won, before any discount, less what came back."""
    sums = order.lines.values("product__sku").annotate(won=Sum("amount"))
    return {row["product__sku"]: row["won"] for row in sums}


def follow(order: Order) -> None:
    """Bring the customer's statistics and segments up to date."""
    if order.customer_id:
        stats.refresh([order.customer_id])
        touch([order.customer_id])


def _save_change(order: Order) -> None:
    order.changed_at = Now()
    order.save(update_fields=["refunded", "refunded_at", "points_used", "status", "changed_at"])
    order.refresh_from_db(fields=["changed_at"])


def _add_lines(order: Order, lines: Sequence[SoldLine], known: dict[str, Product], *, after: int) -> None:
    sold = [line for line in lines if line.sku in known]
    OrderLine.objects.bulk_create(
        OrderLine(order=order, position=place, product=known[line.sku], quantity=line.quantity, amount=line.amount)
        for place, line in enumerate(sold, start=after + 1)
    )
