"""Spend on pages: a file is looked at before it is stored, and the matrix tells what it brought."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from analytics.models import KeptFigures, MarketingSpend
from analytics.periods import Period
from analytics.rollups.kept import QUESTIONS
from analytics.spend import matrix
from analytics.spend.matrix import Brought
from customers import stats
from tests.factories import make_customer, make_order, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

IMPORT = "/admin/analytics/marketingspend/import/"
FILE = "month,source,amount\n2026-10,검색,100000\n2026-11,검색,200000\n"
MAY = ("analytics.add_marketingspend", "analytics.change_marketingspend", "analytics.view_marketingspend")
NOVEMBER = datetime(2026, 11, 21, 9, tzinfo=UTC)


def signed_in(*permissions: str) -> Client:
    client = Client()
    client.force_login(make_user("minji", *permissions))
    return client


def upload(client: Client, text: str) -> dict:
    return client.post(IMPORT, {"file": SimpleUploadedFile("spend.csv", text.encode())}).context


def test_a_file_is_shown_first_and_stored_when_somebody_says_so() -> None:
    client = signed_in(*MAY)

    shown = upload(client, FILE)
    before = MarketingSpend.objects.count()
    answer = client.post(IMPORT, {"lines": shown["sealed"]})

    assert (before, shown["counts"]) == (0, {"new": 2, "changed": 0, "same": 0})
    assert answer.url == "/admin/results/spend/"
    assert list(MarketingSpend.objects.values_list("month", "source", "amount").order_by("month")) == [
        (date(2026, 10, 1), "검색", 100_000),
        (date(2026, 11, 1), "검색", 200_000),
    ]


def test_a_file_with_a_bad_line_cannot_be_stored() -> None:
    shown = upload(signed_in(*MAY), FILE + "2026-12,검색,many\n")

    assert (len(shown["found"].problems), shown["sealed"]) == (1, "")


@pytest.mark.parametrize("lines", ["", "made up", "WzFd:1:abc"])
def test_what_nobody_was_shown_is_not_stored(lines: str) -> None:
    answer = signed_in(*MAY).post(IMPORT, {"lines": lines})

    assert (answer.url, MarketingSpend.objects.count()) == (IMPORT, 0)


def test_importing_needs_the_right_to_enter_and_to_change() -> None:
    client = signed_in("analytics.add_marketingspend", "analytics.view_marketingspend")

    assert client.get(IMPORT).status_code == 403
    assert client.post(IMPORT, {"lines": "x"}).status_code == 403


def test_more_than_the_country_spends_is_a_slip_of_the_hand() -> None:
    client = signed_in(*MAY)

    for amount in (10**13 + 1, 10**13):
        client.post(
            "/admin/analytics/marketingspend/add/", {"month": "2026-11", "source": "검색", "amount": f"{amount}"}
        )

    assert list(MarketingSpend.objects.values_list("amount", flat=True)) == [10**13]


@pytest.fixture
def spent() -> None:
    """Search won two in October, who paid 30,000 and 50,000 until now, and none in November; a flyer nobody."""
    for month, source, amount in ((10, "검색", 40_000), (11, "검색", 10_000), (11, "전단지", 5_000)):
        MarketingSpend.objects.create(month=date(2026, month, 1), source=source, amount=amount)
    for paid in (30_000, 20_000):
        customer = make_customer(acquisition_source="검색")
        make_order(customer, placed_at=datetime(2026, 10, 5, tzinfo=UTC), paid=paid)
    make_order(customer, placed_at=datetime(2026, 11, 5, tzinfo=UTC), paid=30_000)
    make_order(make_customer(acquisition_source="지인"), placed_at=datetime(2026, 10, 5, tzinfo=UTC))
    stats.rebuild()


def test_the_matrix_sets_spend_beside_what_it_brought(spent: None) -> None:
    found = matrix.read([Period(date(2026, 10, 1), date(2026, 10, 31)), Period(date(2026, 11, 1), date(2026, 11, 21))])

    assert found.months == [date(2026, 11, 1), date(2026, 10, 1)]
    assert found.sources == ["검색", "전단지"]
    assert found.rows()[1][1] == [Brought(40_000, 2, 80_000), Brought()]
    assert found.total == Brought(55_000, 2, 80_000)
    assert (found.of_source("검색").cost_of_one, found.of_source("검색").roi) == (25_000, Decimal("0.6"))
    assert found.of_source("전단지").cost_of_one is None


@pytest.mark.parametrize("count", matrix.OFFERED)
def test_what_was_brought_is_read_as_the_job_kept_it_and_spend_as_it_stands(spent: None, count: int) -> None:
    """Also on the next day, until the job has asked again."""
    figures = [["2026-05-01", "검색", 100, 1], ["2026-10-01", "검색", 7, 700_000]]
    taken_at = NOVEMBER - timedelta(hours=9)
    kept = {"question": matrix.QUESTION, "about": "2024-12-01", "figures": figures, "milliseconds": 900}
    KeptFigures.objects.create(computed_at=taken_at, **kept)

    with time_machine.travel(NOVEMBER, tick=False):
        found = matrix.read(matrix.months_until(date(2026, 11, 21), count))

    assert (found.of_source("검색"), found.as_of) == (Brought(50_000, 7, 700_000), taken_at)


def test_the_job_asks_once_for_all_that_the_page_offers(spent: None) -> None:
    with time_machine.travel(NOVEMBER, tick=False):
        [about] = QUESTIONS[matrix.QUESTION].abouts()
        [figures] = QUESTIONS[matrix.QUESTION].ask([about])

    assert about == "2024-12-01"
    assert sorted(figures) == [["2026-10-01", "검색", 2, 80_000], ["2026-10-01", "지인", 1, 10_000]]


def test_the_page_shows_it_and_says_what_it_is_for_while_empty(spent: None) -> None:
    client = signed_in("analytics.view_marketingspend")
    with time_machine.travel(NOVEMBER, tick=False):
        full = client.get("/admin/results/spend/?months=6").content.decode()
        MarketingSpend.objects.all().delete()
        empty = client.get("/admin/results/spend/").content.decode()

    assert "검색" in full
    assert "55,000" in full
    assert "No marketing spend yet" in empty
    assert "marketingspend/add" not in empty


def test_who_may_only_look_sees_what_was_entered() -> None:
    entered = MarketingSpend.objects.create(month=date(2026, 11, 1), source="검색", amount=40_000)

    page = signed_in("analytics.view_marketingspend").get(f"/admin/analytics/marketingspend/{entered.pk}/change/")

    assert (page.status_code, "검색" in page.content.decode()) == (200, True)
