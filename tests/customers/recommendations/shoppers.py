"""Shoppers whose baskets make shares and lifts that one can work out by hand."""

from datetime import UTC, datetime, timedelta

from customers.models import Product
from tests.factories import buy, make_customer

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)  # noon in Seoul


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def buy_each(people: int, *products: Product, days: int = 10) -> None:
    """So many people buy all of these in one order each."""
    for _number in range(people):
        buy(make_customer(), *products, at=days_ago(days))
