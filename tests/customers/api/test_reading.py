"""Facts are read back page by page, masked unless the account may see personal data."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from customers import stats
from customers.models import AccessLogEntry, Event, Order, OrderLine, Product
from tests.customers.api.shop_system import ShopSystem
from tests.factories import make_customer, make_order, set_consent

pytestmark = pytest.mark.django_db

DAY = datetime(2026, 11, 20, tzinfo=UTC)
GILDONG = {
    "external_id": "C-1",
    "name": "홍길동",
    "email": "gildong@example.com",
    "phone": "+821012345678",
    "birthday": "1990-03-04",
}


def test_a_customer_is_given_out_masked() -> None:
    make_customer(**GILDONG)

    status, answer = ShopSystem().get("customers/C-1/")

    assert status == 200
    shown = [answer[field] for field in ("customer_id", "name", "email", "phone", "birthday")]
    assert shown == ["C-1", "홍*동", "gi*****@example.com", "010-****-5678", "1990-**-**"]
    assert not AccessLogEntry.objects.exists()


def test_who_may_see_personal_data_gets_it_whole_and_the_look_is_logged() -> None:
    customer = make_customer(**GILDONG)
    shop = ShopSystem("customers.view_personal_data")

    _status, answer = shop.get("customers/C-1/")

    assert (answer["name"], answer["email"], answer["phone"]) == ("홍길동", "gildong@example.com", "010-1234-5678")
    entry = AccessLogEntry.objects.get()
    assert (entry.user, entry.action, entry.customer, entry.reason) == (shop.user, "unmask", customer, "API: Web shop")


def test_a_page_of_unmasked_customers_is_logged_in_one_statement() -> None:
    customers = [make_customer() for _number in range(12)]
    shop = ShopSystem("customers.view_personal_data")

    with CaptureQueriesContext(connection) as captured:
        shop.get("customers/")

    logs = [query for query in captured if "customers_accesslogentry" in query["sql"]]
    assert len(logs) == 1
    assert AccessLogEntry.objects.count() == len(customers)


def test_a_customers_answer_says_what_they_bought_and_allowed() -> None:
    customer = make_customer(external_id="C-1", attributes={"size": "M"})
    make_order(customer, placed_at=DAY, paid=12_000)
    set_consent(customer, "ad_receive", channel="email", at=DAY)
    stats.rebuild()

    _status, answer = ShopSystem().get("customers/C-1/")

    assert (answer["order_count"], answer["paid_total"], answer["attributes"]) == (1, 12_000, {"size": "M"})
    assert [(each["purpose"], each["channel"], each["is_granted"]) for each in answer["consents"]] == [
        ("ad_receive", "email", True)
    ]


def test_pages_follow_each_other_without_counting() -> None:
    for number in range(5):
        make_customer(external_id=f"C-{number}")
    shop = ShopSystem()

    with CaptureQueriesContext(connection) as captured:
        _status, first = shop.get("customers/?limit=2")
    _status, second = shop.get(first["next"].partition("/api/v1/")[2])
    _status, third = shop.get(second["next"].partition("/api/v1/")[2])

    pages = [[each["customer_id"] for each in page["results"]] for page in (first, second, third)]
    assert pages == [["C-0", "C-1"], ["C-2", "C-3"], ["C-4"]]
    assert third["next"] is None
    assert not any("COUNT(" in query["sql"].upper() for query in captured)


def test_what_changed_since_a_time_comes_in_the_order_of_the_changes_and_none_is_lost() -> None:
    moments = [DAY, DAY, DAY, DAY.replace(hour=1), DAY.replace(day=19)]
    for number, changed_at in enumerate(moments):
        order = make_order(None, placed_at=DAY, external_id=f"O-{number}")
        Order.objects.filter(pk=order.pk).update(changed_at=changed_at)
    shop, found, address = ShopSystem(), [], "orders/?changed_from=2026-11-20T00:00:00Z&limit=2"

    while address:
        _status, page = shop.get(address)
        found += [each["order_id"] for each in page["results"]]
        address = (page["next"] or "").partition("/api/v1/")[2]

    assert found == ["O-0", "O-1", "O-2", "O-3"]


def test_customers_in_the_order_of_their_last_purchase() -> None:
    for number, day in enumerate((19, 17, 18)):
        make_order(make_customer(external_id=f"C-{number}"), placed_at=DAY.replace(day=day))
    make_customer(external_id="never bought")
    stats.rebuild()
    shop = ShopSystem()

    _status, first = shop.get("customers/?ordered_from=2026-11-01T00:00:00Z&limit=2")
    _status, second = shop.get(first["next"].partition("/api/v1/")[2])

    assert [each["customer_id"] for each in first["results"] + second["results"]] == ["C-1", "C-2", "C-0"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["O-1", "O-2", "O-3"]),
        ("?customer_id=C-1", ["O-1", "O-2"]),
        ("?status=cancelled", ["O-2"]),
        ("?channel=store", ["O-3"]),
        ("?order_id=O-3", ["O-3"]),
        ("?placed_from=2026-11-20T00:00:00Z", ["O-2", "O-3"]),
        ("?placed_before=2026-11-20T00:00:00Z", ["O-1"]),
        ("?source=pos", []),
    ],
)
def test_orders_are_filtered(query: str, found: list[str]) -> None:
    customer = make_customer(external_id="C-1")
    make_order(customer, placed_at=DAY.replace(day=19), external_id="O-1")
    make_order(customer, placed_at=DAY, external_id="O-2", status="cancelled")
    make_order(None, placed_at=DAY, external_id="O-3", channel="store")

    _status, answer = ShopSystem().get(f"orders/{query}")

    assert [each["order_id"] for each in answer["results"]] == found


def test_an_order_is_given_out_with_its_lines_in_order() -> None:
    order = make_order(None, placed_at=DAY, external_id="O-1", paid=30_000, refunded=5_000, shipping=3_000)
    for position, sku in ((2, "P-2"), (1, "P-1")):
        product = Product.objects.create(sku=sku, name=sku)
        OrderLine.objects.create(order=order, position=position, product=product, quantity=1, amount=13_500)

    _status, answer = ShopSystem().get("orders/O-1/")

    assert (answer["customer_id"], answer["refunded"], answer["revenue"]) == (None, 5_000, 22_000)
    assert [line["sku"] for line in answer["lines"]] == ["P-1", "P-2"]


def test_a_page_of_orders_asks_as_often_for_many_as_for_few() -> None:
    shop = ShopSystem()

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            shop.get("orders/")
        return len(captured)

    make_order(make_customer(), placed_at=DAY)
    queries()  # notes that the key was used
    few = queries()
    for _number in range(10):
        make_order(make_customer(), placed_at=DAY)

    assert queries() == few


def test_what_events_hold_is_only_for_those_who_may_see_personal_data() -> None:
    customer = make_customer(external_id="C-1")
    Event.objects.create(
        external_id="e1", kind="search", customer=customer, occurred_at=DAY, properties={"q": "홍길동 선물"}
    )
    masked = ShopSystem("customers.view_event")
    whole = ShopSystem("customers.view_event", "customers.view_personal_data", name="reporting")

    answers = [shop.get("events/?customer_id=C-1")[1]["results"][0]["properties"] for shop in (masked, whole)]

    assert answers == [{}, {"q": "홍길동 선물"}]
    assert list(AccessLogEntry.objects.values_list("user", "customer")) == [(whole.user.pk, customer.pk)]


def test_the_consent_ledger_is_read_without_its_evidence() -> None:
    customer = make_customer(external_id="C-1")
    set_consent(customer, "marketing_use", at=DAY)
    shop = ShopSystem("customers.view_consententry")

    _status, answer = shop.get("consents/?customer_id=C-1&purpose=marketing_use")

    assert [(each["customer_id"], each["action"], each["evidence"]) for each in answer["results"]] == [
        ("C-1", "granted", {})
    ]


def test_erased_customers_are_not_given_out_and_merged_ones_name_the_kept_one() -> None:
    kept = make_customer(external_id="C-1")
    make_customer(external_id="C-2", merged_into=kept)
    make_customer(external_id="C-3", erased_at=DAY)
    shop = ShopSystem()

    _status, listed = shop.get("customers/")
    merged_status, merged = shop.get("customers/C-2/")
    erased_status, _erased = shop.get("customers/C-3/")

    assert [each["customer_id"] for each in listed["results"]] == ["C-1"]
    assert (merged_status, merged["merged_into"], erased_status) == (200, "C-1", 404)


def test_the_number_of_another_system_is_another_customer() -> None:
    make_customer(external_id="1", source="pos", joined_at=DAY)
    shop = ShopSystem()

    assert shop.get("customers/1/")[0] == 404
    assert shop.get("customers/1/?source=pos")[0] == 200


@pytest.mark.parametrize(
    ("path", "status", "code", "field"),
    [
        ("customers/none/", 404, "not_found", None),
        ("customers/?joined_from=yesterday", 400, "invalid", "joined_from"),
        ("orders/?status=lost", 400, "invalid_choice", "status"),
        ("customers/?cursor=rubbish", 400, "bad_cursor", "cursor"),
        ("orders/?changed_from=2026-01-01&cursor=W251bGwsIDFd", 400, "bad_cursor", "cursor"),
        ("customers/?limit=501", 400, "bad_limit", "limit"),
        ("customers/?limit=²", 400, "bad_limit", "limit"),
    ],
)
def test_a_refusal_has_a_code_a_sentence_and_the_field(path: str, status: int, code: str, field: str | None) -> None:
    found, answer = ShopSystem().get(path)

    assert (found, answer["code"], answer.get("field")) == (status, code, field)
    assert answer["detail"]


def test_a_refusal_speaks_the_language_that_is_asked_for() -> None:
    shop = ShopSystem()
    korean, english = (shop.get("customers/none/", **{"Accept-Language": tongue})[1] for tongue in ("ko", "en"))

    assert korean["code"] == english["code"]
    assert korean["detail"] != english["detail"]


def test_nobody_reads_without_a_key() -> None:
    answer = Client().get("/api/v1/customers/")

    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
