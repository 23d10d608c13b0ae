"""The KPI pages: the board, one KPI, the customers behind a number, targets."""

import json
from datetime import timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from django.utils.translation import override

from analytics.kpis import KPIS
from analytics.kpis.asking import read_address
from analytics.kpis.board_page import read_both
from analytics.kpis.targets import Aim
from analytics.models import KpiSnapshot, KpiTarget
from analytics.periods import last_months
from customers import stats
from customers.models import Customer, Segment, UploadedList
from tests.factories import make_customer, make_order, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

RESULTS = "analytics.view_attributedorder"
BOARD = "/admin/results/kpis/"
BUYERS = "/admin/results/kpis/rpr/denominator/"
RETURNING = "/admin/results/kpis/returning/numerator/"


@pytest.fixture(autouse=True)
def _nothing_cached() -> None:
    cache.clear()


@pytest.fixture
def buyer() -> Customer:
    """Somebody from Instagram who bought yesterday and a month before."""
    buyer = make_customer(name="홍길동", acquisition_source="인스타그램")
    for days in (1, 31):
        make_order(buyer, placed_at=timezone.now() - timedelta(days=days), paid=30_000)
    make_order(make_customer(acquisition_source="전단지"), placed_at=timezone.now() - timedelta(days=2), paid=10_000)
    stats.rebuild()
    return buyer


def signed_in(*permissions: str) -> Client:
    client = Client()
    client.force_login(make_user("minji", *permissions))
    return client


def shown(address: str, name: str) -> tuple[int, int]:
    context = signed_in(RESULTS).get(address).context
    [found] = [each for _topic, shown in context["topics"] for each in shown if each.kpi.name == name]
    return found.reading.numerator, found.reading.denominator


def test_the_board_shows_every_kpi_once(buyer: Customer) -> None:
    topics = signed_in(RESULTS).get(BOARD).context["topics"]

    assert sorted(each.kpi.name for _topic, shown in topics for each in shown) == sorted(KPIS.names())


def test_who_may_not_enter_spend_is_not_sent_there(buyer: Customer) -> None:
    assert "marketingspend" not in signed_in(RESULTS).get(BOARD).content.decode()


def test_the_board_opens_while_the_first_months_are_being_taken(buyer: Customer) -> None:
    month = last_months(1, timezone.localdate())[0].first
    KpiSnapshot.objects.create(kpi="returning", month=month, numerator=1, denominator=2, taken_at=timezone.now())

    answer = signed_in(RESULTS).get(BOARD)

    assert [len(chart.series) for chart in answer.context["charts"]] == [2, 2]


def test_the_board_of_a_source_counts_its_customers_alone(buyer: Customer) -> None:
    assert shown(f"{BOARD}?source=인스타그램&period=30", "aov") == (30_000, 1)


@pytest.mark.parametrize(
    "asked", ["store=Q", "segment=7", "source=x", "cohort=soon", "from=soon", "from=2026-11-02&to=2026-11-01"]
)
def test_what_cannot_be_had_is_said_and_left_out(buyer: Customer, asked: str) -> None:
    page = signed_in(RESULTS).get(f"{BOARD}?{asked}")

    assert page.status_code == 200
    assert page.context["asked"].refusal
    assert page.context["asked"].within.is_everybody


def test_what_one_reader_had_read_is_named_in_the_language_of_the_next(buyer: Customer) -> None:
    asked = read_address({"period": "30"})
    said = []

    for language in ("ko", "en"):
        with override(language):
            (_before, reading), _taken_at = read_both(KPIS["rpr"], asked)
            said.append(str(reading.inputs[1].label))

    assert said == ["구매 고객", "customers who bought"]


def test_days_that_were_typed_stay_in_the_address() -> None:
    asked = read_address({"from": "2026-11-01", "to": "2026-11-30", "cohort": "2026-05"})

    assert asked.query == "from=2026-11-01&to=2026-11-30&cohort=2026-05"
    assert read_address({key: value[0] for key, value in parse_qs(asked.query).items()}) == asked


def test_a_kpi_has_a_page_and_what_is_none_has_not(buyer: Customer) -> None:
    client = signed_in(RESULTS)

    assert client.get("/admin/results/kpis/crr/").context["kpi"].name == "crr"
    assert client.get("/admin/results/kpis/crr/?source=인스타그램").context["chart"] is None
    assert client.get("/admin/results/kpis/nps/").status_code == 404
    assert client.get("/admin/results/kpis/crr/reading/").status_code == 403


def test_the_customers_behind_a_number_are_masked(buyer: Customer) -> None:
    client = signed_in(RESULTS, "customers.view_customer", "customers.view_personal_data")

    page = client.get(f"{BUYERS}?source=인스타그램")

    assert page.context["count"] == 1
    assert "홍*동" in page.content.decode()
    assert "홍길동" not in page.content.decode()


def test_who_may_not_see_customers_sees_no_names(buyer: Customer) -> None:
    assert signed_in(RESULTS).get(BUYERS).status_code == 403


def test_one_button_makes_them_a_segment(buyer: Customer) -> None:
    client = signed_in(RESULTS, "customers.view_customer", "customers.add_segment")

    address = client.get(f"{BUYERS}?source=인스타그램&period=30").context["segment_url"]

    first, second = json.loads(parse_qs(urlsplit(address).query)["rule"][0])["all"]
    assert (first["is"], first["value"]) == ("orders", 1)
    assert second == {"is": "acquisition_source", "op": "in", "value": ["인스타그램"]}


def test_whom_no_rule_can_say_is_kept_as_a_list_by_one_button(buyer: Customer) -> None:
    client = signed_in(RESULTS, "customers.view_customer", "customers.add_segment", "customers.add_uploadedlist")

    page = client.get(RETURNING)
    answers = [client.post(RETURNING), client.post(RETURNING)]

    assert (page.context["segment_url"], page.context["may_keep"]) == ("", True)
    assert all(answer.url.startswith("/admin/customers/segment/add/") for answer in answers)
    assert [list(kept.entries.values_list("customer", flat=True)) for kept in UploadedList.objects.all()] == [
        [buyer.pk],
        [buyer.pk],
    ]
    assert not Segment.objects.exists()


def test_a_list_needs_the_right_to_make_one(buyer: Customer) -> None:
    client = signed_in(RESULTS, "customers.view_customer")

    assert client.post(RETURNING).status_code == 403
    assert not UploadedList.objects.exists()


@pytest.mark.parametrize("page", ["0", "9", "x", "99999999999"])
def test_a_page_that_is_not_there_is_the_nearest(buyer: Customer, page: str) -> None:
    found = signed_in(RESULTS, "customers.view_customer").get(f"{BUYERS}?page={page}")

    assert (found.status_code, found.context["page"]) == (200, 1)


@pytest.mark.parametrize(
    ("name", "typed", "stored"),
    [("rpr", "35", "0.35"), ("rpr", "30", "0.3"), ("aov", "50000", "50000"), ("interval", "14", "14")],
)
def test_a_target_is_entered_in_the_unit_people_think_in(name: str, typed: str, stored: str) -> None:
    client = signed_in("analytics.add_kpitarget", "analytics.change_kpitarget", "analytics.view_kpitarget")

    client.post("/admin/analytics/kpitarget/add/", {"kpi": name, "value": typed})
    form = client.get(f"/admin/analytics/kpitarget/{KpiTarget.objects.get().pk}/change/").context["adminform"].form

    assert KpiTarget.objects.get().value == Decimal(stored)
    assert form["value"].value() == typed


def test_no_rate_is_more_than_the_whole() -> None:
    client = signed_in("analytics.add_kpitarget")

    answer = client.post("/admin/analytics/kpitarget/add/", {"kpi": "rpr", "value": "101"})

    assert answer.context["adminform"].form.errors
    assert not KpiTarget.objects.exists()


@pytest.mark.parametrize(
    ("name", "target", "reached", "tone"),
    [
        ("rpr", "0.3", "0.3", "good"),
        ("rpr", "0.3", "0.29", "wait"),
        ("churn", "0.1", "0.09", "good"),
        ("churn", "0.1", "0.2", "wait"),
        ("rpr", "0.3", None, "quiet"),
    ],
)
def test_a_target_is_reached_from_the_side_that_is_better(
    name: str, target: str, reached: str | None, tone: str
) -> None:
    assert Aim(KPIS[name], Decimal(target), None if reached is None else Decimal(reached)).tone == tone


@pytest.mark.parametrize(
    ("name", "target", "words"),
    [("rpr", "0.3", "Target 30.0 %"), ("aov", "50000", "Target ₩50,000"), ("interval", "14", "Target 14 days")],
)
def test_a_target_is_said_in_words_without_markup(buyer: Customer, name: str, target: str, words: str) -> None:
    KpiTarget.objects.create(kpi=name, value=Decimal(target))
    client = signed_in(RESULTS)

    for address in (BOARD, f"/admin/results/kpis/{name}/"):
        content = client.get(address).content.decode()

        assert words in content
        assert "&lt;span" not in content


def test_the_api_reads_a_part_of_the_shop_and_refuses_what_is_not_there(buyer: Customer) -> None:
    client = signed_in(RESULTS)

    assert client.get("/api/v1/kpis/clv_historic/?source=인스타그램").json()["value"] == 60_000
    assert client.get("/api/v1/kpis/clv_historic/?store=Q").status_code == 400


@pytest.mark.usefixtures("buyer")
def test_somebody_whose_first_order_came_a_moment_ago_is_listed_without_statistics() -> None:
    make_order(make_customer(name="박단골"), placed_at=timezone.now(), paid=5_000)

    page = signed_in(RESULTS, "customers.view_customer").get(BUYERS)

    assert (page.status_code, "박*골" in page.content.decode()) == (200, True)
