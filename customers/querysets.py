"""Questions about many customers, orders and products."""

from django.db import models


class CustomerQuerySet(models.QuerySet):
    """Customers, chained as one would say it."""

    def living(self) -> "CustomerQuerySet":
        """Return the customers that are people of their own: not erased, not merged into another."""
        return self.filter(erased_at=None, merged_into=None)


class OrderQuerySet(models.QuerySet):
    """Orders, chained as one would say it."""

    def purchases(self) -> "OrderQuerySet":
        """Return the orders that count: paid for, neither cancelled nor fully refunded."""
        return self.filter(is_purchase=True)
