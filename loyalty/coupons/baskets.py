"""The basket that a coupon is held against, as the till or the shop tells it. Amounts are won."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from customers.models import Store


@dataclass(frozen=True, slots=True)
class BasketLine:
    """Some pieces of a product; `amount` is what they cost after the shop's own price cuts, before any coupon."""

    sku: str
    amount: int
    category: str = ""
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Basket:
    """What somebody is about to buy, and where. Without a customer it is a guest's."""

    lines: Sequence[BasketLine]
    shipping: int = 0
    sales_channel: str = "store"
    store: Store | None = None
    customer_id: int | None = None
    at: datetime = field(default_factory=timezone.now)

    @property
    def bought(self) -> list[BasketLine]:
        """Return the lines that are bought: what is brought back in the same breath counts for no minimum."""
        return [line for line in self.lines if line.amount > 0]

    @property
    def amount(self) -> int:
        """Return what the goods cost (won)."""
        return sum(line.amount for line in self.bought)
