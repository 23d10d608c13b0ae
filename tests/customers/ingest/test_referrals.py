"""The referral code a customer or an order comes with: kept once, the first one told."""

import pytest

from customers.ingest.customers import ingest_customers
from customers.ingest.orders import ingest_orders
from customers.models import ReferralClaim

pytestmark = pytest.mark.django_db

ORDER = {"order_id": "O-1", "customer_id": "A-1", "placed_at": "2026-11-01", "paid": 1_000, "refunded": 200}


def test_the_first_code_told_stays_and_what_was_missing_is_filled_in() -> None:
    ingest_customers([{"customer_id": "A-1", "referral_code": "FIRST"}])
    ingest_customers([{"customer_id": "A-1", "referral_code": "SECOND", "referral_device": "app-1"}])
    ingest_orders([ORDER | {"referral_code": "THIRD"}])

    claim = ReferralClaim.objects.get()
    assert claim.code == "FIRST"
    assert len(claim.device_hash) == 32
    assert claim.address_hash == ""


def test_an_order_tells_the_code_of_its_customer_and_keeps_its_money() -> None:
    ingest_customers([{"customer_id": "A-1"}])

    result = ingest_orders([ORDER | {"referral_code": "abc"}])

    claim = ReferralClaim.objects.get(customer__external_id="A-1")
    assert (result.new, claim.code) == (1, "abc")
    assert claim.customer.orders.get().refunded == 200


def test_a_guest_and_who_tells_nothing_leave_no_claim() -> None:
    ingest_customers([{"customer_id": "A-1"}, {"customer_id": "A-2", "referral_code": ""}])
    ingest_orders([ORDER | {"customer_id": "", "referral_code": "abc"}])

    assert not ReferralClaim.objects.exists()


def test_more_refunded_than_paid_is_still_refused() -> None:
    ingest_customers([{"customer_id": "A-1"}])

    result = ingest_orders([ORDER | {"refunded": 1_001, "referral_code": "abc"}])

    assert [refusal.code for refusal in result.refusals] == ["refund_over_paid"]
    assert not ReferralClaim.objects.exists()
