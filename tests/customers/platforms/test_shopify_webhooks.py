"""What Shopify tells becomes facts: orders with refunds and returned lines, customers, consents, products, requests."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from customers.models import (
    ConsentEntry,
    ConsentState,
    Customer,
    Order,
    OrderLine,
    PlatformVersion,
    Product,
    SubjectRequest,
    WebhookDelivery,
)
from customers.privacy import erasure
from customers.segments import preview
from tests.customers.platforms.calls import handled, make_endpoint, shopify_call, shopify_order
from tests.factories import make_customer, set_consent

pytestmark = pytest.mark.django_db

REFUND = {"kind": "refund", "status": "success", "amount": "10000.00"}
SAID_AT = "2026-11-20T10:00:00+09:00"


def told(topic: str, payload: dict) -> WebhookDelivery:
    """Have Shopify call and the call taken in."""
    shopify_call(make_endpoint("shopify"), topic, payload)
    handled()
    return WebhookDelivery.objects.latest("pk")


def test_an_order_comes_with_its_customer_and_its_products() -> None:
    told("orders/create", shopify_order())

    order = Order.objects.get()
    assert (order.external_id, order.paid, order.shipping, order.revenue) == ("#1001", 23_000, 3_000, 20_000)
    assert (order.status, order.channel) == ("paid", "online")
    assert (order.customer.external_id, order.customer.name) == ("115310627314723954", "홍길동")
    assert list(order.lines.values_list("product__sku", "quantity", "amount")) == [("P-7", 2, 20_000)]
    assert Product.objects.get().name == "한라봉 3kg"


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"financial_status": "pending"}, "pending"),
        ({"financial_status": "authorized"}, "pending"),
        ({"financial_status": "partially_refunded"}, "paid"),
        ({"fulfillment_status": "fulfilled"}, "shipped"),
        ({"fulfillment_status": "fulfilled", "fulfillments": [{"shipment_status": "delivered"}]}, "delivered"),
        ({"financial_status": "refunded"}, "refunded"),
        ({"financial_status": "voided"}, "cancelled"),
        ({"cancelled_at": SAID_AT, "fulfillment_status": "fulfilled"}, "cancelled"),
    ],
)
def test_each_state_of_an_order_is_one_of_ours(given: dict, status: str) -> None:
    told("orders/updated", shopify_order(**given))

    assert Order.objects.get().status == status


def test_an_order_is_delivered_when_its_last_parcel_is() -> None:
    parcels = [
        {"shipment_status": "delivered", "updated_at": f"2026-11-{day}T15:00:00+09:00"} for day in ("22", "24", "23")
    ]

    told("orders/updated", shopify_order(fulfillment_status="fulfilled", fulfillments=parcels))

    assert Order.objects.get().delivered_at == datetime(2026, 11, 24, 6, tzinfo=UTC)


def test_a_returned_line_leaves_the_order_and_its_money_is_refunded() -> None:
    lines = [
        {"id": 1, "title": "한라봉", "sku": "P-7", "quantity": 2, "price": "10000.00"},
        {"id": 2, "title": "우유", "sku": "P-8", "quantity": 1, "price": "3000.00"},
    ]
    back = [
        {"line_item_id": 1, "quantity": 1, "subtotal": "10000.00"},
        {"line_item_id": 2, "quantity": 1, "subtotal": "3000.00"},
    ]
    refund = {"transactions": [REFUND | {"amount": "13000.00"}], "refund_line_items": back}

    told("orders/updated", shopify_order(line_items=lines, refunds=[refund], total_price="26000.00"))

    assert Order.objects.get().refunded == 13_000
    assert list(OrderLine.objects.values_list("product__sku", "quantity", "amount")) == [("P-7", 1, 10_000)]


def test_an_order_whose_products_all_came_back_was_bought_by_nobody() -> None:
    told("orders/create", shopify_order())
    back = {"line_item_id": 1, "quantity": 2, "subtotal": "20000.00"}
    refund = {"transactions": [REFUND | {"amount": "20000.00"}], "refund_line_items": [back]}
    state = {"financial_status": "partially_refunded", "updated_at": "2026-11-22T10:00:00+09:00"}

    told("orders/updated", shopify_order(refunds=[refund], **state))

    order = Order.objects.get()
    assert (order.status, order.refunded) == ("paid", 20_000)
    assert list(order.lines.values_list("product__sku", "quantity", "amount")) == [("P-7", 0, 0)]
    assert preview.count({"is": "orders", "op": "at_least", "value": 1, "products": ["P-7"]}) == 0


def test_a_refund_that_failed_is_none() -> None:
    refunds = [{"transactions": [REFUND | {"status": "failure"}, REFUND | {"kind": "void"}]}]

    told("orders/updated", shopify_order(refunds=refunds))

    assert Order.objects.get().refunded == 0


def test_a_guests_order_has_no_customer() -> None:
    told("orders/create", shopify_order(customer=None))

    assert Order.objects.get().customer is None


def test_an_order_at_the_till_is_one_of_the_store() -> None:
    told("orders/create", shopify_order(source_name="pos"))

    assert Order.objects.get().channel == "store"


def test_an_order_overwrites_no_product_that_is_known() -> None:
    Product.objects.create(sku="P-7", name="제주 한라봉 3kg 선물용", category="과일")

    told("orders/create", shopify_order())

    assert Product.objects.get().name == "제주 한라봉 3kg 선물용"


@pytest.mark.parametrize(
    "given", [{"currency": "USD"}, {"total_price": "23000.50"}, {"total_price": "many"}, {"updated_at": None}]
)
def test_what_cannot_be_won_is_refused_and_stays_in_sight(given: dict) -> None:
    delivery = told("orders/create", shopify_order(**given))

    assert delivery.state == "retrying"
    assert delivery.note
    assert not Order.objects.exists()


def test_a_customer_is_brought_up_to_date_and_an_older_state_changes_nothing() -> None:
    newer = shopify_order()["customer"] | {"email": "new@example.com", "updated_at": "2026-11-22T00:00:00Z"}
    told("customers/update", newer)

    assert told("customers/update", shopify_order()["customer"]).state == "outdated"

    assert Customer.objects.get().email == "new@example.com"


@pytest.mark.parametrize(("channel", "field"), [("email", "email_marketing_consent"), ("sms", "sms_marketing_consent")])
def test_a_consent_counts_from_when_it_was_said_and_allows_its_channel_alone(channel: str, field: str) -> None:
    said = {"state": "subscribed", "opt_in_level": "confirmed_opt_in", "consent_updated_at": SAID_AT}

    told("customers/update", shopify_order()["customer"] | {field: said})

    entry = ConsentEntry.objects.get()
    assert (entry.purpose, entry.channel, entry.action) == ("ad_receive", channel, "granted")
    assert timezone.localtime(entry.occurred_at).isoformat() == SAID_AT
    assert entry.evidence == {"opt_in_level": "confirmed_opt_in"}


def test_a_consent_without_a_time_is_not_recorded() -> None:
    said = {"state": "subscribed", "consent_updated_at": None}

    told("customers/update", shopify_order()["customer"] | {"email_marketing_consent": said})

    assert not ConsentEntry.objects.exists()


def test_an_unsubscription_takes_the_consent_back() -> None:
    told("customers/create", shopify_order()["customer"])
    number = int(Customer.objects.get().external_id)
    for state, when in (("subscribed", "2026-11-20T10:00:00Z"), ("unsubscribed", "2026-11-21T10:00:00Z")):
        said = {"state": state, "consent_updated_at": when}
        told("customers_email_marketing_consent/update", {"customer_id": number, "email_marketing_consent": said})

    assert list(ConsentState.objects.values_list("channel", "is_granted")) == [("email", False)]


def test_a_product_has_one_row_a_variant() -> None:
    variants = [
        {"title": "S", "sku": "T-S", "price": "15000.00", "inventory_management": "shopify", "inventory_quantity": 3},
        {"title": "M", "sku": "T-M", "price": "16000.00", "inventory_management": None, "inventory_quantity": 0},
    ]

    told(
        "products/update",
        {
            "id": 1,
            "title": "셔츠",
            "product_type": "옷",
            "vendor": "단골",
            "status": "draft",
            "updated_at": SAID_AT,
            "variants": variants,
        },
    )

    assert list(Product.objects.order_by("price").values_list("sku", "name", "price", "stock", "is_active")) == [
        ("T-S", "셔츠 - S", 15_000, 3, False),
        ("T-M", "셔츠 - M", 16_000, None, False),
    ]


@pytest.mark.parametrize(
    ("topic", "kind"),
    [("customers/redact", "erase"), ("customers/data_request", "access")],
)
def test_what_people_ask_about_their_data_becomes_a_request(topic: str, kind: str) -> None:
    customer = make_customer(external_id="42")

    delivery = told(topic, {"shop_id": 1, "customer": {"id": 42, "email": customer.email}})

    request = SubjectRequest.objects.get()
    assert (request.kind, request.customer, request.origin) == (kind, customer, "webhook")
    assert delivery.state == "done"


def test_whoever_deletes_the_account_gets_no_advertising_from_then_on() -> None:
    customer = make_customer(external_id="42")
    for channel in ("email", "sms"):
        set_consent(customer, "ad_receive", channel=channel)

    told("customers/delete", {"id": 42})

    assert SubjectRequest.objects.get().kind == "erase"
    assert set(ConsentState.objects.values_list("channel", "is_granted")) == {("email", False), ("sms", False)}


def test_whoever_was_erased_is_named_by_no_request_and_no_delivery_any_more() -> None:
    customer, other = make_customer(external_id="987654321"), make_customer(external_id="123456789")
    for number in (customer.external_id, other.external_id):
        told("customers/redact", {"customer": {"id": int(number)}})

    erasure.erase([customer.pk], by=None)

    said = [str(vars(row)) for model in (SubjectRequest, WebhookDelivery) for row in model.objects.all()]
    assert [row for row in said if customer.external_id in row] == []
    assert sorted(WebhookDelivery.objects.values_list("references", flat=True)) == [[], [other.external_id]]


@pytest.mark.usefixtures("in_english")
def test_a_refund_of_an_erased_person_counts_and_nothing_of_the_call_is_kept() -> None:
    told("orders/create", shopify_order())
    bought = Order.objects.get()
    erasure.erase([bought.customer_id], by=None)
    said = {"state": "subscribed", "consent_updated_at": SAID_AT}
    person = shopify_order()["customer"] | {"email_marketing_consent": said, "updated_at": "2026-11-22T10:00:00+09:00"}
    refund = {"refunds": [{"transactions": [REFUND]}], "updated_at": "2026-11-22T10:00:00+09:00"}

    delivery = told("orders/updated", shopify_order(customer=person, **refund))

    order = Order.objects.get()
    assert (order.refunded, order.revenue, order.customer_id) == (10_000, 10_000, bought.customer_id)
    assert (delivery.state, delivery.body, delivery.references) == ("done", "", ["#1001"])
    assert "erased" in delivery.note
    assert (Customer.objects.count(), Customer.objects.get().name, ConsentEntry.objects.count()) == (1, "", 0)


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("orders/create", shopify_order(name="#1002")),
        ("customers/update", shopify_order()["customer"]),
        ("customers/redact", {"customer": {"id": shopify_order()["customer"]["id"], "email": "gildong@example.com"}}),
    ],
)
def test_nothing_else_of_an_erased_person_is_taken_in_or_kept(topic: str, payload: dict) -> None:
    told("customers/create", shopify_order()["customer"])
    erasure.erase([Customer.objects.get().pk], by=None)

    delivery = told(topic, payload)

    assert (delivery.state, delivery.body) == ("done", "")
    assert not Order.objects.exists()
    assert (Customer.objects.count(), Customer.objects.get().name) == (1, "")
    assert not PlatformVersion.objects.exclude(kind="product").exists()


def test_a_request_of_somebody_unknown_is_written_down_all_the_same() -> None:
    told("customers/redact", {"customer": {"id": 42}})

    assert SubjectRequest.objects.get().customer is None


@pytest.mark.parametrize(
    ("topic", "payload", "state"),
    [
        ("orders/edited", {"order_edit": {"order_id": 7}}, "to_fetch"),
        ("orders/delete", {"id": 7}, "to_fetch"),
        ("products/delete", {"id": 7}, "to_fetch"),
        ("shop/redact", {"shop_id": 7}, "to_fetch"),
        ("refunds/create", {"order_id": 7}, "done"),
    ],
)
def test_what_carries_only_a_number_waits_for_a_person(topic: str, payload: dict, state: str) -> None:
    assert told(topic, payload).state == state
