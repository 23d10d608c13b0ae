"""Whose events those of a browser are, once somebody on it says who they are."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from customers.ingest import ingest_events
from customers.models import CustomerStats, Event, Visitor
from tests.factories import make_customer

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def visit(hours: int, customer: str = "") -> dict[str, object]:
    """A page view on the one browser, at so many hours past noon."""
    record = {"event_id": str(hours), "kind": "page_view", "visitor_id": "browser"}
    return record | {"occurred_at": NOON + timedelta(hours=hours), "customer_id": customer}


def owners() -> dict[int, str | None]:
    return {int(number): owner for number, owner in Event.objects.values_list("external_id", "customer__external_id")}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param([(1, ""), (2, ""), (3, "C"), (4, "")], "CCCC", id="one person: earlier and later visits follow"),
        pytest.param([(1, "C"), (2, ""), (3, "D"), (4, "")], "CCDD", id="a second person begins a span"),
        pytest.param([(1, ""), (2, "C"), (3, ""), (4, "D")], "CCCD", id="what came before the first is the first's"),
        pytest.param([(1, "C"), (2, "D"), (3, ""), (4, "C"), (5, "")], "CDDCC", id="the first one comes back"),
        pytest.param([(1, ""), (2, "")], "--", id="nobody said who they are"),
    ],
)
def test_nameless_visits_belong_to_the_span_they_lie_in_whatever_order_they_come_in(
    told: list[tuple[int, str]], expected: str
) -> None:
    for customer in "CD":
        make_customer(external_id=customer)

    for arrival in list(permutations(told))[::19]:
        Event.objects.all().delete()
        Visitor.objects.all().delete()
        for hours, customer in arrival:
            ingest_events([visit(hours, customer)])

        assert "".join(owners()[hours] or "-" for hours, _customer in told) == expected


def test_the_browser_names_who_used_it_last_and_that_it_is_shared() -> None:
    for customer in "CD":
        make_customer(external_id=customer)

    ingest_events([visit(2, "C"), visit(1, "D")])

    visitor = Visitor.objects.get()
    assert (visitor.customer.external_id, visitor.is_shared) == ("C", True)


def test_a_visit_that_turns_out_to_be_another_ones_leaves_the_statistics_of_the_first() -> None:
    for customer in "CD":
        make_customer(external_id=customer)
    ingest_events([visit(1, "C"), visit(5)])

    ingest_events([visit(4, "D")])

    last_visits = dict(CustomerStats.objects.values_list("customer__external_id", "last_visit_at"))
    assert last_visits == {"C": NOON + timedelta(hours=1), "D": NOON + timedelta(hours=5)}


class InAnyOrder(TestCase):
    """The same visits, in one batch and in any split, end in the same owners."""

    @settings(max_examples=15, deadline=None)
    @given(st.lists(st.sampled_from(["", "", "C", "D"]), min_size=1, max_size=7), st.randoms())
    def test_the_split_does_not_matter(self, customers: list[str], chance: object) -> None:
        for customer in "CD":
            make_customer(external_id=customer)
        told = [visit(hours, customer) for hours, customer in enumerate(customers)]
        ingest_events(told)
        at_once = owners(), list(Visitor.objects.values_list("customer__external_id", "is_shared"))

        Event.objects.all().delete()
        Visitor.objects.all().delete()
        chance.shuffle(told)
        cut = chance.randint(0, len(told))
        for part in (told[:cut], told[cut:]):
            ingest_events(part)

        assert (owners(), list(Visitor.objects.values_list("customer__external_id", "is_shared"))) == at_once
