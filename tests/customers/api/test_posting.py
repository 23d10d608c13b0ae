"""The shop's back end posts facts over the API: what is good is stored, what is not is named."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.test import Client

from crm_project import api_keys
from customers.models import ConsentState, Customer, CustomerStats, Event, Order, TouchedCustomer
from tests.customers.api.shop_system import ShopSystem
from tests.factories import make_customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> ShopSystem:
    return ShopSystem()


def test_an_order_posted_changes_the_customers_statistics(shop: ShopSystem) -> None:
    customer = make_customer(external_id="C-1")
    shop.post("products", [{"sku": "apple", "name": "사과"}])

    status, answer = shop.post(
        "orders",
        [
            {
                "order_id": "1",
                "customer_id": "C-1",
                "placed_at": "2026-11-20T10:00:00+09:00",
                "paid": 12_000,
                "shipping": 2_000,
                "sku": "apple",
                "quantity": 2,
                "line_amount": 10_000,
            }
        ],
    )

    assert (status, answer["new"], answer["refused"]) == (200, 1, 0)
    stats = CustomerStats.objects.get(customer=customer)
    assert (stats.order_count, stats.paid_total) == (1, 10_000)
    assert TouchedCustomer.objects.filter(customer=customer).exists()


def test_a_bad_record_is_named_and_the_good_ones_are_stored(shop: ShopSystem) -> None:
    make_customer(external_id="C-1")
    good = {"order_id": "1", "customer_id": "C-1", "placed_at": "2026-11-20", "paid": "24,680"}

    status, answer = shop.post("orders", [good, good | {"order_id": "2", "paid": "12.5"}, good | {"order_id": 3}])

    assert status == 200
    assert (answer["read"], answer["new"], answer["refused"]) == (3, 2, 1)
    assert [(each["index"], each["result"], each.get("field")) for each in answer["results"]] == [
        (0, "new", None),
        (1, "refused", "paid"),
        (2, "new", None),
    ]
    assert sorted(Order.objects.values_list("external_id", "paid")) == [("1", 24_680), ("3", 24_680)]


def test_the_same_post_again_changes_nothing(shop: ShopSystem) -> None:
    event = {"event_id": "e1", "kind": "cart_add", "visitor_id": "browser", "occurred_at": "2026-11-20T10:00"}
    shop.post("events", [event])

    _status, answer = shop.post("events", [event])

    assert (answer["new"], answer["unchanged"], Event.objects.count()) == (0, 1, 1)


def test_a_consent_posted_holds(shop: ShopSystem) -> None:
    customer = make_customer(external_id="C-1")
    said = {"customer_id": "C-1", "action": "granted", "occurred_at": "2026-11-20T10:00:00Z"}

    _status, answer = shop.post(
        "consents", [said | {"purpose": "ad_receive", "channel": "email"}, said | {"purpose": "marketing_use"}]
    )

    assert (answer["new"], answer["refused"]) == (2, 0)
    held = ConsentState.objects.filter(customer=customer, is_granted=True).values_list("purpose", "channel")
    assert sorted(held) == [("ad_receive", "email"), ("marketing_use", "")]


def test_night_consent_alone_is_refused(shop: ShopSystem) -> None:
    make_customer(external_id="C-1")

    _status, answer = shop.post(
        "consents",
        [
            {
                "customer_id": "C-1",
                "purpose": "ad_night",
                "channel": "sms",
                "action": "granted",
                "occurred_at": "2026-11-20",
            }
        ],
    )

    assert (answer["new"], [each["field"] for each in answer["results"]]) == (0, ["purpose"])
    assert not ConsentState.objects.exists()


def test_an_unknown_field_is_said_and_not_silently_dropped(shop: ShopSystem) -> None:
    _status, answer = shop.post("customers", [{"customer_id": "C-1", "nmae": "홍길동"}])

    assert answer["new"] == 1
    assert len(answer["notices"]) == 1
    assert "nmae" in answer["notices"][0]
    assert "name" in answer["notices"][0]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"customer_id": "C-1"}, 400),
        ([1, 2], 400),
        ([{"customer_id": str(number)} for number in range(1_001)], 400),
    ],
)
def test_what_is_no_list_of_at_most_a_thousand_records_is_refused(shop: ShopSystem, body: object, status: int) -> None:
    assert shop.post("customers", body)[0] == status
    assert not Customer.objects.exists()


def test_nested_brackets_without_end_are_refused(shop: ShopSystem) -> None:
    response = Client().post(
        "/api/v1/customers/", "[" * 100_000, "application/json", headers={"Authorization": f"Bearer {shop.text}"}
    )

    assert response.status_code == 400


@pytest.mark.parametrize("address", ["in-app", "member-code", "referral-link", "kpis/aov"])
def test_nobody_posts_where_only_reading_is_offered(address: str) -> None:
    assert Client().post(f"/api/v1/{address}/", {}, content_type="application/json").status_code == 401


def test_nobody_posts_without_a_key() -> None:
    response = Client().post("/api/v1/customers/", "[]", "application/json")

    assert response.status_code == 401


@pytest.mark.parametrize("kind", ["customers", "stores", "products", "orders", "events", "consents"])
def test_an_account_without_the_permission_is_refused(kind: str) -> None:
    cache.clear()
    _key, text = api_keys.make(name="Other", user=User.objects.create_user("other"))

    response = Client().post(f"/api/v1/{kind}/", "[]", "application/json", headers={"Authorization": f"Bearer {text}"})

    assert response.status_code == 403


def test_two_systems_of_a_shop_may_use_the_same_numbers(shop: ShopSystem) -> None:
    shop.post("customers", [{"customer_id": "1", "name": "김단골"}])
    shop.post("customers", [{"customer_id": "1", "name": "이단골"}], query="?source=app")

    assert sorted(Customer.objects.values_list("source", "name")) == [("app", "이단골"), ("shop", "김단골")]


@pytest.mark.parametrize("key", ["attr.\0", "attr.\ud800", "\ud800", "attr." + "x" * 200])
def test_field_names_that_cannot_be_stored_do_not_stop_the_others(shop: ShopSystem, key: str) -> None:
    status, answer = shop.post("customers", [{"customer_id": "1", key: "x"}, {"customer_id": "2"}])

    assert status == 200
    assert Customer.objects.filter(external_id="2").exists()
    assert answer["refused"] + len(answer["notices"]) == 1


def test_two_systems_posting_the_same_customers_at_once_both_get_through(transactional_db: None) -> None:
    shop = ShopSystem()
    numbers = [str(number) for number in range(40)]
    said = {"consent.email": "Y", "consent.email.at": "2026-01-05"}
    shop.post("customers", [{"customer_id": number} for number in numbers])

    def post(batch: int) -> int:
        try:
            order = numbers if batch % 2 else numbers[::-1]
            records = [
                {"customer_id": number, "name": f"{batch}"} | (said if int(number) % 3 else {}) for number in order
            ]
            return shop.post("customers", records)[0]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(post, range(8)))

    assert statuses == [200] * 8
    assert ConsentState.objects.count() == sum(int(number) % 3 > 0 for number in numbers)
