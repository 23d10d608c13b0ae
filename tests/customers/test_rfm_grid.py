"""The RFM page: the grid, the words for its cut points, who moved since the month began, the segments behind it."""

from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import translation

from customers import rfm, stats
from customers.models import CustomerStats, RfmMonth, RfmScoring
from customers.rfm_grid import cut_points_in_words, read_grid
from customers.segments import preview
from customers.segments.ready import start_in_address
from tests.factories import make_customer, make_order, make_user

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
MONTH_START = datetime(2026, 10, 31, 15, 0, tzinfo=UTC)  # the first of November in Seoul

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_november() -> None:
    with time_machine.travel(NOW, tick=False):
        yield


def make_buyer(*orders: datetime, paid: int = 10_000) -> CustomerStats:
    customer = make_customer()
    for placed_at in orders:
        make_order(customer, placed_at=placed_at, paid=paid)
    stats.refresh([customer.pk])
    return CustomerStats.objects.get(customer=customer)


def october(day: int) -> datetime:
    return datetime(2026, 10, day, 3, 0, tzinfo=UTC)


def scored() -> RfmScoring:
    scoring = rfm.score_everyone(NOW)
    assert scoring is not None
    return scoring


def test_the_month_begins_with_the_orders_of_before() -> None:
    before = make_buyer(MONTH_START - timedelta(seconds=1))
    after = make_buyer(MONTH_START)

    scored()

    for each in (before, after):
        each.refresh_from_db()
    assert (before.group_at_month_start != "", after.group_at_month_start) == (True, "")
    assert list(RfmMonth.objects.values_list("month", "customers", "revenue")) == [(date(2026, 11, 1), 1, 10_000)]


def test_a_month_is_begun_once() -> None:
    make_buyer(october(3))
    scored()
    before = list(RfmMonth.objects.values())
    make_buyer(october(4))

    scored()

    assert list(RfmMonth.objects.values()) == before


def test_the_next_month_begins_with_the_groups_it_finds() -> None:
    buyer = make_buyer(october(3), NOW - timedelta(days=1))
    scored()

    rfm.score_everyone(NOW + timedelta(days=20))

    buyer.refresh_from_db()
    assert buyer.group_at_month_start == buyer.rfm_group
    assert RfmMonth.objects.values("month").distinct().count() == 2


def test_every_buyer_is_in_one_cell_and_one_group() -> None:
    for number in range(12):
        make_buyer(*(NOW - timedelta(days=number * 3 + each) for each in range(number % 4 + 1)), paid=1_000 * number)

    grid = read_grid(scored())

    for score in ("frequency", "monetary"):
        assert sum(total.customers for total in grid.cells(score).values()) == 12
    assert sum(total.customers for total in grid.groups().values()) == grid.everyone.customers == 12
    assert grid.everyone.revenue == sum(CustomerStats.objects.values_list("paid_total", flat=True))


def test_who_moved_is_counted_by_where_from_and_where_to() -> None:
    make_buyer(october(30))
    for _number in range(3):
        make_buyer(october(20), october(25))
    for _number in range(4):
        make_buyer(october(1), NOW - timedelta(days=1), NOW - timedelta(days=2))

    grid = read_grid(scored())

    flows = {(flow.origin, flow.target): flow.customers for flow in grid.flows()}
    moved = CustomerStats.objects.exclude(group_at_month_start="")
    expected: dict[tuple[str, str], int] = {}
    for then, now in moved.values_list("group_at_month_start", "rfm_group"):
        if then != now:
            expected[then, now] = expected.get((then, now), 0) + 1
    assert flows == expected
    assert flows


def test_the_cut_points_are_said_in_words() -> None:
    scoring = RfmScoring(
        computed_at=NOW,
        buyers=9,
        recency_days=[2, 12, 30, 90],
        order_counts=[1, 2, 4, 8],
        paid_totals=[10_000, 50_000, 100_000, 1_000_000],
    )

    with translation.override("en"):
        words = cut_points_in_words(scoring)

    assert words["recency"] == {
        5: "within 2 days",
        4: "3–12 days ago",
        3: "13–30 days ago",
        2: "31–90 days ago",
        1: "over 90 days ago",
    }
    assert words["frequency"][1] == "up to 1 orders"
    assert words["frequency"][3] == "3–4 orders"
    assert words["monetary"][5] == "over ₩1,000,000"


def test_cut_points_that_fall_together_are_said_to_leave_nobody_between() -> None:
    scoring = RfmScoring(
        computed_at=NOW, buyers=9, recency_days=[3, 3, 4, 9], order_counts=[1, 1, 2, 4], paid_totals=[9_900] * 4
    )

    with translation.override("en"):
        words = {kind: list(said.values()) for kind, said in cut_points_in_words(scoring).items()}

    assert words["recency"] == ["within 3 days", "nobody", "4 days ago", "5–9 days ago", "over 9 days ago"]
    assert words["frequency"] == ["up to 1 orders", "nobody", "2 orders", "3–4 orders", "over 4 orders"]
    assert words["monetary"] == ["up to ₩9,900", "nobody", "nobody", "nobody", "over ₩9,900"]


def test_a_cell_and_a_flow_open_a_segment_of_as_many(client: Client) -> None:
    for number in range(15):
        make_buyer(october(number + 1), *([NOW - timedelta(days=number)] if number % 2 else []))
    scored()
    client.force_login(User.objects.create_superuser("administrator"))

    context = client.get(reverse("admin:customers_rfm")).context

    opened = [(cell["url"], cell["figure"]) for row in context["rows"] for cell in row["cells"] if cell["url"]]
    opened += [(flow["url"], str(flow["customers"])) for flow in [*context["rises"], *context["falls"]]]
    assert len(opened) > 5
    for url, figure in opened:
        query = {key: values[0] for key, values in parse_qs(urlsplit(url).query).items()}
        start = start_in_address(query)
        assert start is not None
        assert preview.count(start.rule) == int(figure)


@pytest.mark.parametrize("show", ["customers", "revenue", "movement", "junk"])
@pytest.mark.parametrize("by", ["frequency", "monetary", "junk"])
def test_the_page_shows_every_measure(client: Client, show: str, by: str) -> None:
    make_buyer(NOW - timedelta(days=2))
    scored()
    client.force_login(make_user("operator", "customers.view_rfmscoring"))

    answer = client.get(reverse("admin:customers_rfm"), {"show": show, "by": by})

    assert answer.status_code == 200
    assert all(not cell["url"] for row in answer.context["rows"] for cell in row["cells"])  # may not build segments


def test_the_page_before_the_first_scoring_says_what_it_needs(client: Client) -> None:
    client.force_login(User.objects.create_superuser("administrator"))

    answer = client.get(reverse("admin:customers_rfm"), headers={"accept-language": "en"})

    assert "Nobody is scored yet" in answer.content.decode()


def test_a_rule_in_an_address_that_cannot_be_used_is_not_filled_in() -> None:
    assert start_in_address({"rule": '{"all": [{"is": "no such thing"}]}'}) is None
    assert start_in_address({"rule": "{"}) is None
    assert start_in_address({}) is None
