"""One line of time over all sources, in pages that miss nothing and repeat nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from customers.models import Customer, Event
from customers.profile.timeline import SOURCES, timeline_page
from tests.factories import make_customer, make_order, make_reachable_customer

NOON = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
TABLES_READ = {"coupons": 2}  # those the customer was given, and those that were used


def make_visit(customer: Customer, at: datetime, kind: str = "page_view") -> Event:
    number = Event.objects.count()
    return Event.objects.create(external_id=f"E{number}", kind=kind, customer=customer, occurred_at=at)


@pytest.mark.django_db
def test_everything_that_happened_stands_newest_first() -> None:
    customer = make_reachable_customer()
    make_order(customer, placed_at=NOON)
    make_visit(customer, NOON - timedelta(days=1))

    page = timeline_page(customer.pk)

    assert [item.kind for item in page.items] == ["consents", "consents", "orders", "visits"]
    assert page.older_before is None


@pytest.mark.django_db
def test_visits_of_a_day_in_seoul_are_one_entry() -> None:
    customer = make_customer()
    make_visit(customer, datetime(2026, 11, 20, 14, 59, tzinfo=UTC))  # 23:59 in Seoul
    make_visit(customer, datetime(2026, 11, 20, 14, 58, tzinfo=UTC), "cart_add")
    make_visit(customer, datetime(2026, 11, 20, 15, 0, tzinfo=UTC))  # 00:00 of the next day

    items = timeline_page(customer.pk).items

    assert [item.at.day for item in items] == [20, 20]
    assert len(items) == 2
    assert "1" in items[1].detail


@pytest.mark.django_db
def test_pages_hold_every_happening_once() -> None:
    customer = make_customer()
    for number in range(25):
        make_order(customer, placed_at=NOON - timedelta(hours=number // 3))
        make_visit(customer, NOON - timedelta(days=number))

    seen, before = [], None
    while True:
        page = timeline_page(customer.pk, before=before, size=7)
        seen += [(item.kind, item.at, item.title) for item in page.items]
        before = page.older_before
        if before is None:
            break

    assert len(seen) == len(set(seen)) == 50


@pytest.mark.django_db
def test_only_the_kinds_asked_for_are_shown() -> None:
    customer = make_customer()
    make_order(customer, placed_at=NOON)
    make_visit(customer, NOON)

    assert [item.kind for item in timeline_page(customer.pk, kinds=["visits"]).items] == ["visits"]


@pytest.mark.django_db
@pytest.mark.parametrize("kind", sorted(SOURCES.names()))
def test_every_source_answers_in_a_query_for_each_table_it_reads(kind: str, django_assert_num_queries: object) -> None:
    customer = make_customer()

    with django_assert_num_queries(TABLES_READ.get(kind, 1)):
        assert SOURCES[kind].fetch(customer.pk, None, 10) == []


@pytest.mark.django_db
def test_no_source_gives_more_rows_than_it_was_asked_for() -> None:
    customer = make_reachable_customer()
    for days in range(8):
        make_visit(customer, NOON - timedelta(days=days))
        make_order(customer, placed_at=NOON - timedelta(days=days))

    counts = {source.kind: len(source.fetch(customer.pk, None, 5)) for source in SOURCES}

    assert (counts["visits"], counts["orders"], max(counts.values())) == (5, 5, 5)
