"""Coupons and their use as staff see them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client

from loyalty.coupons import counters
from loyalty.models import Coupon, CouponRedemption
from tests.factories import make_customer, make_user

pytestmark = pytest.mark.django_db

COUPONS = "/admin/loyalty/coupon/"
USES = "/admin/loyalty/couponredemption/"
USED = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def reader(client: Client) -> Client:
    client.force_login(make_user("reader", "loyalty.view_coupon", "loyalty.view_couponredemption"))
    return client


@pytest.fixture
def milk() -> Coupon:
    return Coupon.objects.create(external_id="milk", name="우유 1,000원", valid_until=date(2026, 11, 30))


def use(coupon: Coupon, times: int = 1) -> None:
    for number in range(times):
        CouponRedemption.objects.create(
            external_id=f"{coupon.external_id}-{number}",
            coupon=coupon,
            customer=make_customer(name="김민지"),
            redeemed_at=USED - timedelta(days=number),
        )


def test_coupons_say_how_often_they_were_used(reader: Client, milk: Coupon) -> None:
    bread = Coupon.objects.create(external_id="bread", name="빵 500원", valid_until=date(2026, 12, 31))
    use(milk, times=3)
    counters.recount([milk.pk])

    listed = reader.get(COUPONS).context["cl"].result_list

    assert [(coupon, coupon.used_count) for coupon in listed] == [(bread, 0), (milk, 3)]


@pytest.mark.parametrize(("words", "found"), [("우유", 1), ("milk", 1), ("빵", 0)])
def test_a_coupon_is_found_by_name_and_number(reader: Client, milk: Coupon, words: str, found: int) -> None:
    assert len(reader.get(COUPONS, {"q": words}).context["cl"].result_list) == found


def test_uses_show_newest_first_and_customers_by_number(reader: Client, milk: Coupon) -> None:
    use(milk, times=2)

    answer = reader.get(USES)

    listed = answer.context["cl"].result_list
    assert [each.redeemed_at for each in listed] == [USED, USED - timedelta(days=1)]
    assert f"/admin/customers/customer/{listed[0].customer_id}/change/" in answer.content.decode()
    assert "김민지" not in answer.content.decode()


@pytest.mark.parametrize("path", [COUPONS, USES])
def test_the_lists_are_closed_to_who_may_not_see_them(client: Client, path: str) -> None:
    client.force_login(make_user("outsider"))

    assert client.get(path).status_code == 403


def test_coupons_come_from_the_shop_and_are_not_changed_here(client: Client, milk: Coupon) -> None:
    client.force_login(make_user("curious", *(f"loyalty.{verb}_coupon" for verb in ("view", "change", "delete"))))

    answers = [
        client.post(f"{COUPONS}{milk.pk}/change/", {"name": "공짜", "external_id": "milk"}),
        client.post(f"{COUPONS}{milk.pk}/delete/", {"post": "yes"}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403]
    milk.refresh_from_db()
    assert milk.name == "우유 1,000원"
