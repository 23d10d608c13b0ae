"""The pages of cohorts and of who slips away: who may see them, what they say, what stands behind a number."""

from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from analytics.cohorts import rebuilding
from customers import stats
from customers.models import CustomerStats
from tests.factories import make_customer, make_order, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

COHORTS, SLIPPING = "/admin/results/cohorts/", "/admin/results/slipping/"
RESULTS = ("analytics.view_attributedorder",)
NOW = datetime(2026, 11, 21, 9, tzinfo=ZoneInfo("Asia/Seoul"))


def signed_in(*permissions: str) -> Client:
    client = Client()
    client.force_login(make_user("minji", *permissions))
    return client


@pytest.fixture
def buyers() -> None:
    """Forty first bought in September, thirty of them again in October; ten more came by a flyer and not again."""
    with time_machine.travel(NOW, tick=False):
        for number in range(50):
            customer = make_customer(acquisition_source="search" if number < 40 else "flyer")
            make_order(customer, placed_at=NOW - timedelta(days=70))
            if number < 30:
                make_order(customer, placed_at=NOW - timedelta(days=40))
        stats.rebuild()
        rebuilding.rebuild(timezone.localdate())
        yield


@pytest.mark.parametrize(
    ("path", "permissions"), [(COHORTS, ()), (SLIPPING, RESULTS), (SLIPPING, ("customers.view_customer",))]
)
def test_they_are_closed_without_the_permission(path: str, permissions: tuple[str, ...]) -> None:
    assert Client().get(path).status_code == 302
    assert signed_in(*permissions).get(path).status_code == 403


@pytest.mark.parametrize("path", [COHORTS, SLIPPING])
def test_without_facts_they_say_what_they_are_for(path: str) -> None:
    content = signed_in(*RESULTS, "customers.view_customer").get(path).content.decode()

    assert 'class="empty' in content


def test_the_grid_shows_shares_and_opens_the_customers_behind_a_cell(buyers: None) -> None:
    answer = signed_in(*RESULTS, "customers.add_segment").get(COHORTS)

    (september,) = answer.context["grid"]["rows"]
    assert (september["label"], september["size"]) == ("2026-09", "50")
    assert september["values"] == [0.6]
    assert "30 of 50 customers, 30 orders" in september["tips"][0]
    (rule,) = parse_qs(urlsplit(september["urls"][0]).query)["rule"]
    assert '"first_order"' in rule
    assert "2026-10-01" in rule


def test_who_may_not_make_segments_sees_numbers_without_links(buyers: None) -> None:
    answer = signed_in(*RESULTS).get(COHORTS)

    assert answer.context["grid"]["rows"][0]["urls"] == [""]
    assert "segment/add" not in answer.content.decode()


@pytest.mark.parametrize(
    ("show", "values"), [("customers", [50, 30]), ("revenue", [10_000, 6_000]), ("so_far", [10_000, 16_000])]
)
def test_the_cells_can_show_counts_and_won(buyers: None, show: str, values: list[int]) -> None:
    assert signed_in(*RESULTS).get(COHORTS, {"show": show}).context["grid"]["rows"][0]["values"] == values


def test_one_group_is_shown_beside_everybody_and_small_ones_are_marked(buyers: None) -> None:
    answer = signed_in(*RESULTS).get(COHORTS, {"by": "source", "value": "flyer"})

    assert [each.name for each in answer.context["curve"].series] == ["flyer", "All customers"]
    assert answer.context["group"].is_small
    assert "few customers" in answer.content.decode()
    assert [each["label"] for each in answer.context["groups"]] == ["search", "flyer"]
    assert [row["label"] for row in answer.context["groups_chart"]] == []


@pytest.mark.parametrize(
    "query", ["by=x&show=y", "by=store&value=%00x", "by=tier&value=99999999999999999999", "value="]
)
def test_addresses_that_make_no_sense_show_everybody(buyers: None, query: str) -> None:
    answer = signed_in(*RESULTS).get(f"{COHORTS}?{query}")

    assert (answer.status_code, answer.context["is_one"]) == (200, False)


def test_the_list_is_masked_and_leads_to_a_segment() -> None:
    now = timezone.now()
    customer = make_customer(name="홍길동")
    CustomerStats.objects.create(
        customer=customer,
        order_count=9,
        paid_total=365_000,
        first_order_at=now - timedelta(days=200),
        last_order_at=now - timedelta(days=30),
        cycle_days=10,
        cycle_gaps=8,
        risk=97,
    )

    answer = signed_in(*RESULTS, "customers.view_customer", "customers.add_segment").get(
        SLIPPING, {"tier": "x", "p": "9"}
    )

    content = answer.content.decode()
    assert "홍*동" in content
    assert "홍길동" not in content
    assert answer.context["total"].people == 1
    assert "repurchase_risk" in answer.context["segment_url"]
