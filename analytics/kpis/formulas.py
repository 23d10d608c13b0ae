"""The arithmetic of the KPIs, and nothing else: numbers in, a number out.

Money in and out is won. A rate is a share of one. None stands for "nobody to divide by".
"""

from decimal import Decimal

Number = int | Decimal


def customer_lifetime_value(*, average_order: Number, purchases: Number, acquisition_cost: Number) -> Decimal:
    """Return won: what an order brings × purchases over the lifetime − what winning the customer cost."""
    return Decimal(average_order) * purchases - acquisition_cost


def customer_acquisition_cost(*, spend: Number, new_customers: int) -> Decimal | None:
    """Return won: marketing spend ÷ new customers."""
    return divided(spend, new_customers)


def customer_retention_rate(*, at_start: int, at_end: int, new: int) -> Decimal | None:
    """Return the share: (customers at the end − new ones) ÷ customers at the start."""
    return divided(at_end - new, at_start)


def repeat_purchase_rate(*, repeat_buyers: int, buyers: int) -> Decimal | None:
    """Return the share: customers with at least two purchases ÷ customers with at least one."""
    return divided(repeat_buyers, buyers)


def purchase_conversion_rate(*, buyers: int, visitors: int) -> Decimal | None:
    """Return the share: visitors who bought ÷ visitors."""
    return divided(buyers, visitors)


def divided(numerator: Number, denominator: int) -> Decimal | None:
    return Decimal(numerator) / denominator if denominator else None
