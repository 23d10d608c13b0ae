"""Coupons in the timeline of a customer."""

from datetime import UTC, datetime, timedelta

import pytest

from loyalty.coupons.customer_panel import coupons
from loyalty.models import Coupon, CouponRedemption
from tests.factories import make_customer

pytestmark = pytest.mark.django_db

USED = datetime(2026, 11, 21, tzinfo=UTC)


def test_used_coupons_show_newest_first_and_before_a_moment() -> None:
    customer, coupon = make_customer(), Coupon.objects.create(external_id="1", name="우유 1,000원")
    for number, (who, days) in enumerate([(customer, 1), (customer, 0), (make_customer(), 2)]):
        CouponRedemption.objects.create(
            external_id=str(number), coupon=coupon, customer=who, redeemed_at=USED - timedelta(days=days)
        )

    assert [item.at for item in coupons(customer.pk, None, 10)] == [USED, USED - timedelta(days=1)]
    assert [item.at for item in coupons(customer.pk, USED, 10)] == [USED - timedelta(days=1)]
    assert "우유 1,000원" in str(coupons(customer.pk, None, 1)[0].title)
