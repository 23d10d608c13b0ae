"""People who invite and are invited, as the shop tells of them."""

from datetime import timedelta

import time_machine
from django.utils import timezone

from customers.ingest.customers import ingest_customers
from customers.ingest.orders import ingest_orders
from customers.models import Customer, Order
from loyalty import tasks
from loyalty.models import Referral, ReferralTerms
from loyalty.referrals import claims, codes


def come(number: str, code: str, **told: object) -> Customer:
    """A new customer whom the shop posts with the code they came with."""
    now = timezone.now().isoformat()
    ingest_customers([{"customer_id": number, "joined_at": now, "referral_code": code, **told}])
    return Customer.objects.get(external_id=number)


def order(customer: Customer, number: str = "", paid: int = 30_000, **told: object) -> Order:
    """An order of theirs as the shop posts it, placed now."""
    placed = {"placed_at": told.pop("placed_at", timezone.now().isoformat())}
    record = {"order_id": number or f"O-{customer.external_id}", "customer_id": customer.external_id, "paid": paid}
    ingest_orders([record | placed | told])
    return Order.objects.get(external_id=record["order_id"])


def invite(referrer: Customer, number: str, **told: object) -> Referral:
    """Somebody comes with the referrer's code; their referral as it stands afterwards."""
    friend = come(number, codes.code_of(referrer.pk), **told)
    claims.take_new(ReferralTerms.objects.get())
    return Referral.objects.get(friend=friend)


def days_later(days: int) -> None:
    """So many days pass, and the clock's job runs."""
    with time_machine.travel(timezone.now() + timedelta(days=days), tick=False):
        tasks.settle_referrals()
