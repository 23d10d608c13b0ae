"""What the tests of coupons share: a coupon in a customer's hand, and a basket to hold it against."""

from customers.models import Customer
from loyalty.coupons import issuing
from loyalty.coupons.baskets import Basket, BasketLine
from loyalty.models import Coupon, IssuedCoupon

WINE = BasketLine("W", 40_000, "wine")
MILK = BasketLine("M", 10_000, "dairy")


def give(coupon: Coupon, customer: Customer, reference: str = "1") -> IssuedCoupon:
    """Put the coupon into the customer's hand."""
    issuing.issue(coupon, issuing.only(customer.pk), origin="customer", reference=reference)
    return IssuedCoupon.objects.get(coupon=coupon, customer=customer, issue__reference=reference)


def basket(customer: Customer | None = None, *lines: BasketLine, **given: object) -> Basket:
    """Wine and milk for 50,000 won in a store."""
    return Basket(lines or (WINE, MILK), customer_id=customer.pk if customer else None, **given)
