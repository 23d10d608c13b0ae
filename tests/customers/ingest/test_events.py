"""Events are appended once, and find the person behind a browser."""

from datetime import UTC, datetime, timedelta

import pytest

from customers.ingest import ingest_events, ingest_products
from customers.models import CustomerStats, Event, TouchedCustomer, Visitor
from tests.factories import make_customer

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def event(number: str = "1", kind: str = "page_view", hours: int = 0, **more: object) -> dict[str, object]:
    return {"event_id": number, "kind": kind, "occurred_at": NOON + timedelta(hours=hours)} | more


def test_an_event_has_its_customer_product_and_properties() -> None:
    make_customer(external_id="C")
    ingest_products([{"sku": "apple", "name": "사과"}])

    ingest_events([event(kind="product_view", customer_id="C", sku="apple") | {"prop.page": "/apple", "prop.list": 3}])

    stored = Event.objects.get()
    assert (stored.customer.external_id, stored.product.sku, stored.properties) == (
        "C",
        "apple",
        {"page": "/apple", "list": 3},
    )


def test_visits_and_carts_come_to_the_statistics() -> None:
    customer = make_customer(external_id="C")

    ingest_events(
        [
            event("1", "cart_add", 2, customer_id="C"),
            event("2", "page_view", 1, customer_id="C"),
            event("3", "custom", 9, customer_id="C"),
        ]
    )

    stats = CustomerStats.objects.get(customer=customer)
    assert (stats.last_visit_at, stats.last_cart_at) == (NOON + timedelta(hours=2), NOON + timedelta(hours=2))
    assert TouchedCustomer.objects.count() == 1


def test_a_visitor_who_says_who_they_are_brings_their_earlier_visits_along() -> None:
    customer = make_customer(external_id="C")
    ingest_events([event("1", visitor_id="browser"), event("2", visitor_id="other")])

    ingest_events(
        [event("3", hours=1, visitor_id="browser", customer_id="C"), event("4", hours=2, visitor_id="browser")]
    )

    assert dict(Event.objects.values_list("external_id", "customer__external_id")) == {
        "1": "C",
        "2": None,
        "3": "C",
        "4": "C",
    }
    assert Visitor.objects.get(key="browser").customer == customer
    assert CustomerStats.objects.get(customer=customer).last_visit_at == NOON + timedelta(hours=2)


def test_the_same_event_again_changes_nothing() -> None:
    make_customer(external_id="C")
    ingest_events([event(customer_id="C")])
    TouchedCustomer.objects.all().delete()

    result = ingest_events([event(customer_id="C")])

    assert (result.new, result.unchanged, Event.objects.count(), TouchedCustomer.objects.count()) == (0, 1, 1, 0)


def test_an_event_number_used_twice_is_refused_with_the_line_that_has_it() -> None:
    result = ingest_events([event(visitor_id="v"), event(kind="search", visitor_id="v")])

    assert (result.new, [(each.line, each.field) for each in result.refusals]) == (1, [(2, "event_id")])
    assert Event.objects.get().kind == "page_view"


@pytest.mark.parametrize(
    ("record", "field"),
    [
        (event(), "customer_id"),
        (event(customer_id="nobody"), "customer_id"),
        (event(visitor_id="v", sku="nothing"), "sku"),
        (event(visitor_id="v", kind="dance"), "kind"),
        (event(visitor_id="v") | {"occurred_at": ""}, "occurred_at"),
    ],
)
def test_a_bad_event_is_refused_and_the_good_one_stored(record: dict[str, object], field: str) -> None:
    result = ingest_events([record, event("2", visitor_id="w")])

    assert [(each.line, each.field) for each in result.refusals] == [(1, field)]
    assert [each.external_id for each in Event.objects.all()] == ["2"]
    assert [each.key for each in Visitor.objects.all()] == ["w"]
