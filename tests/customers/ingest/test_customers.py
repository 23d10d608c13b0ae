"""Customers, stores and products come in."""

from datetime import UTC, date, datetime

import pytest
from django.utils import timezone

from customers.ingest import ingest_customers, ingest_products, ingest_stores
from customers.models import ConsentState, Customer, CustomerStats, Product, Store, TouchedCustomer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]


def test_a_customer_is_stored_normalised() -> None:
    ingest_stores([{"store_id": "S", "name": "본점"}])

    ingest_customers(
        [
            {
                "customer_id": " 17 ",
                "name": "\u1112\u1169\u11bc\u1100\u1175\u11af\u1103\u1169\u11bc",  # 홍길동, taken apart
                "email": " GilDong@Example.com ",
                "phone": "０１０－１２３４－５６７８",
                "birthday": "1990-05-17",
                "gender": "남",
                "joined_at": "2025-01-31",
                "store_id": "S",
                "acquisition_source": "인스타그램",
                "attr.size": "L",
                "attr.children": 2,
            }
        ]
    )

    customer = Customer.objects.get()
    assert (customer.external_id, customer.name, customer.email, customer.phone) == (
        "17",
        "홍길동",
        "gildong@example.com",
        "+821012345678",
    )
    assert (customer.birthday, customer.gender, customer.home_store.name) == (date(1990, 5, 17), "m", "본점")
    assert customer.joined_at == datetime(2025, 1, 30, 15, 0, tzinfo=UTC)
    assert customer.attributes == {"size": "L", "children": 2}
    assert CustomerStats.objects.get(customer=customer).order_count == 0


def test_a_customer_without_a_date_joined_now() -> None:
    before = timezone.now()

    ingest_customers([{"customer_id": "1"}])

    assert Customer.objects.get().joined_at >= before.replace(microsecond=0)


def test_missing_columns_keep_and_empty_ones_clear() -> None:
    ingest_customers([{"customer_id": "1", "name": "홍길동", "email": "a@example.com", "attr.a": "1", "attr.b": "2"}])

    result = ingest_customers([{"customer_id": "1", "email": "", "attr.b": "", "attr.c": "3"}])

    customer = Customer.objects.get()
    assert (result.changed, customer.name, customer.email) == (1, "홍길동", "")
    assert customer.attributes == {"a": "1", "c": "3"}


def test_two_words_about_a_customer_in_one_batch_both_count() -> None:
    result = ingest_customers([{"customer_id": "1", "name": "홍길동"}, {"customer_id": "1", "email": "a@example.com"}])

    assert (result.read, result.new, result.changed, result.refused) == (2, 1, 1, 0)
    assert Customer.objects.values_list("name", "email").get() == ("홍길동", "a@example.com")


def test_the_same_again_touches_nobody() -> None:
    record = {"customer_id": "1", "name": "홍길동", "consent.email": "Y", "consent.email.at": "2026-01-05"}
    ingest_customers([record])
    TouchedCustomer.objects.all().delete()

    result = ingest_customers([record])

    assert (result.new, result.changed, result.unchanged) == (0, 0, 1)
    assert not TouchedCustomer.objects.exists()


def test_a_new_consent_alone_touches_the_customer() -> None:
    ingest_customers([{"customer_id": "1"}])
    TouchedCustomer.objects.all().delete()

    result = ingest_customers([{"customer_id": "1", "consent.email": "Y", "consent.email.at": "2026-01-05"}])

    assert (result.changed, TouchedCustomer.objects.count(), ConsentState.objects.get().is_granted) == (1, 1, True)


@pytest.mark.parametrize(
    ("record", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"phone": "010-123-4567"}, "phone"),
        ({"birthday": "1990-02-30"}, "birthday"),
        ({"birthday": "0001-01-01"}, "birthday"),
        ({"gender": "?"}, "gender"),
        ({"store_id": "nowhere"}, "store_id"),
        ({"joined_at": "soon"}, "joined_at"),
        ({"name": "x" * 201}, "name"),
        ({"name": ["a"]}, "name"),
        ({"attr.  ": "1"}, "attr.  "),  # a name of blanks only
        ({"attr.a": {"b": 1}}, "attr.a"),
        ({"attr.a": "\0"}, "attr.a"),
        ({"attr.a": float("nan")}, "attr.a"),
        ({"name": "\ud800"}, "name"),
        ({"consent.email": "maybe", "consent.email.at": "2026-01-05"}, "consent.email"),
        ({"consent.email": "Y", "consent.email.at": "2999-01-05"}, "consent.email.at"),
        ({"customer_id": None}, "customer_id"),
    ],
)
def test_a_bad_value_is_refused_and_the_good_record_stored(record: dict[str, object], field: str) -> None:
    result = ingest_customers([{"customer_id": "1"} | record, {"customer_id": "2"}])

    assert [(each.line, each.field) for each in result.refusals] == [(1, field)]
    assert [each.external_id for each in Customer.objects.all()] == ["2"]


def test_an_erased_customer_does_not_come_back() -> None:
    ingest_customers([{"customer_id": "1"}])
    Customer.objects.update(erased_at=timezone.now())

    result = ingest_customers([{"customer_id": "1", "name": "홍길동"}])

    assert (result.refused, Customer.objects.get().name) == (1, "")


def test_demo_customers_are_marked() -> None:
    ingest_customers([{"customer_id": "1"}], demo=True)
    ingest_customers([{"customer_id": "2"}])
    ingest_customers([{"customer_id": "1", "name": "홍길동"}])

    assert dict(Customer.objects.values_list("external_id", "is_demo")) == {"1": True, "2": False}


def test_products_and_stores_are_upserted() -> None:
    ingest_stores([{"store_id": "S", "name": "본점"}])
    ingest_products([{"sku": "a", "name": "사과", "price": "1,000", "category": "과일", "active": "N"}])

    stores = ingest_stores([{"store_id": "S", "name": "강남점"}])
    products = ingest_products([{"sku": "a", "name": "부사", "active": ""}])

    assert (stores.changed, Store.objects.get().name) == (1, "강남점")
    product = Product.objects.get()
    assert (products.changed, product.name, product.price, product.category, product.is_active) == (
        1,
        "부사",
        1_000,
        "과일",
        True,
    )


def test_one_source_does_not_change_the_records_of_another() -> None:
    ingest_products([{"sku": "a", "name": "사과"}], source="shop")

    ingest_products([{"sku": "a", "name": "배"}], source="app")

    assert sorted(Product.objects.values_list("source", "name")) == [("app", "배"), ("shop", "사과")]
