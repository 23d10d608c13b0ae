"""Segments over the API."""

import pytest
from django.utils import timezone

from crm_project.models import Kick
from customers import stats
from customers.models import AccessLogEntry, Segment
from customers.segments import refresh
from tests.customers.api.shop_system import ShopSystem
from tests.factories import make_customer, make_order, make_segment

pytestmark = pytest.mark.django_db

BUYERS = {"all": [{"is": "order_count", "op": "at_least", "value": 1}]}
READS = ("customers.view_segment", "customers.view_segmentmembership")


def test_a_segment_is_made_by_its_rule_and_counted_at_once() -> None:
    shop = ShopSystem(*READS, "customers.add_segment")

    status, made = shop.post("segments", {"name": "Buyers", "rule": BUYERS})

    segment = Segment.objects.get()
    assert status == 201
    assert (made["id"], made["sentence"]) == (segment.pk, "누적 구매 횟수 1회 이상")
    assert (segment.rule, segment.created_by) == (BUYERS, shop.user)
    assert Kick.objects.filter(job=refresh.ONE_JOB, argument=segment.pk).count() == 1


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"name": "x", "rule": {"all": []}}, "bad_rule", "rule"),
        ({"name": "x", "rule": {"is": "nothing"}}, "bad_rule", "rule"),
        ({"name": "x", "rule": "SELECT 1"}, "bad_rule", "rule"),
        ({"name": "x", "rule": None}, "null", "rule"),
        ({"name": "x"}, "required", "rule"),
        ({"rule": BUYERS}, "required", "name"),
        ({"name": "taken", "rule": BUYERS}, "unique", "name"),
        ([], "invalid", None),
    ],
)
def test_a_bad_segment_is_refused_with_its_field_and_nothing_is_stored(body: object, code: str, field: str) -> None:
    make_segment(name="taken")
    shop = ShopSystem(*READS, "customers.add_segment")

    status, refused = shop.post("segments", body)

    assert (status, refused["code"], refused.get("field")) == (400, code, field)
    assert Segment.objects.count() == 1


def test_without_the_permission_no_segment_is_made() -> None:
    status, refused = ShopSystem(*READS).post("segments", {"name": "Buyers", "rule": BUYERS})

    assert (status, refused["code"]) == (403, "permission_denied")
    assert not Segment.objects.exists()


def test_members_are_given_out_page_by_page_by_number_only() -> None:
    buyers = [make_customer() for _number in range(3)]
    for buyer in buyers:
        make_order(buyer, placed_at=timezone.now())
    stats.rebuild()
    segment = make_segment(BUYERS)
    refresh.refresh_segment(segment.pk)
    shop = ShopSystem(*READS)

    _status, first = shop.get(f"segments/{segment.pk}/members/?limit=2")
    _status, second = shop.get(first["next"].partition("/api/v1/")[2])

    given = first["results"] + second["results"]
    assert sorted(each["customer_id"] for each in given) == sorted(buyer.external_id for buyer in buyers)
    assert set(given[0]) == {"customer_id", "source", "entered_at"}
    assert second["next"] is None


def test_one_customer_is_explained_condition_by_condition_and_the_look_is_logged() -> None:
    customer = make_customer()
    stats.rebuild()
    segment = make_segment(BUYERS)
    shop = ShopSystem(*READS, "customers.view_customer")

    status, answer = shop.get(f"segments/{segment.pk}/members/{customer.external_id}/", Accept_Language="en")

    assert status == 200
    assert (answer["is_member"], answer["fits_now"]) == (False, False)
    assert answer["explanation"]["members"][0]["fits"] is False
    entry = AccessLogEntry.objects.get()
    assert (entry.user, entry.action, entry.customer) == (shop.user, "view", customer)


@pytest.mark.parametrize("path", ["segments/999/", "segments/999/members/", "segments/999/members/C-1/"])
def test_an_unknown_segment_is_not_found(path: str) -> None:
    status, answer = ShopSystem(*READS, "customers.view_customer").get(path)

    assert (status, answer["code"]) == (404, "not_found")
