"""The figures: what counts, what is honest about few, and what an answer is about."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client

from analytics.feedback import reading
from analytics.periods import Period
from customers.feedback.scores import figure
from customers.models import OrderLine, Product, Store, SurveyResponse
from tests.factories import (
    make_customer,
    make_message,
    make_order,
    make_response,
    make_running_campaign,
    make_survey,
    make_user,
)

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)
YEAR = Period(date(2025, 11, 22), date(2026, 11, 21))


@pytest.mark.parametrize(
    ("kind", "counts", "value"),
    [
        ("nps", {10: 3, 9: 1, 8: 2, 7: 2, 6: 1, 0: 1}, 20),
        ("nps", {10: 1}, 100),
        ("nps", {6: 4}, -100),
        ("nps", {8: 5}, 0),
        ("csat", {5: 1, 4: 1, 3: 1, 1: 1}, 0.5),
        ("csat", {1: 3}, 0),
    ],
)
def test_a_figure_counts_ends_against_each_other_or_the_content(
    kind: str, counts: dict[int, int], value: float
) -> None:
    found = figure(kind, counts)

    assert found.value == pytest.approx(value)
    assert found.low <= found.value <= found.high
    assert found.low < found.high


def test_nobody_is_no_figure_and_more_answers_are_surer() -> None:
    few, many = figure("csat", {5: 8, 1: 2}), figure("csat", {5: 800, 1: 200})

    assert figure("nps", {}) is None
    assert (few.is_few, many.is_few) == (True, False)
    assert few.high - few.low > 5 * (many.high - many.low)
    assert (round(many.low, 4), round(many.high, 4)) == (0.7741, 0.8236)


@pytest.fixture
def answers() -> list[SurveyResponse]:
    """Two of the store in November, one told of a product by its message in October, one without anything."""
    store = Store.objects.create(external_id="S1", name="강남점")
    milk, rice = (Product.objects.create(sku=name, name=name, category=f"{name}류") for name in ("우유", "쌀"))
    survey, campaign = make_survey(), make_running_campaign(name="배송 후 설문")
    found = []
    for score in (9, 3):
        customer = make_customer()
        order = make_order(customer, placed_at=NOW, store=store)
        for position, product in enumerate((milk, rice), start=1):
            OrderLine.objects.create(order=order, position=position, product=product, amount=1_000)
        given = {"customer": customer, "order": order, "store": store, "answered_at": NOW}
        found.append(make_response(survey, score=score, message_id=make_message(campaign, customer).pk, **given))
    # 00:30 of 1 November in Korea, and before.
    for at in (datetime(2026, 10, 31, 15, 30, tzinfo=UTC), datetime(2026, 10, 31, 14, 30, tzinfo=UTC)):
        found.append(make_response(survey, score=10, customer=make_customer(), product=milk, answered_at=at))
    return found


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("about", "groups"),
    [
        ("store", [("강남점", 2, 0)]),
        ("category", [("우유류", 4, 50), ("쌀류", 2, 0)]),
        ("product", [("우유", 4, 50), ("쌀", 2, 0)]),
        ("campaign", [("배송 후 설문", 2, 0)]),
    ],
)
def test_answers_are_told_apart(answers: list[SurveyResponse], about: str, groups: list) -> None:
    found = reading.groups("nps", about, YEAR)

    assert [(each.label, each.figure.count, round(each.figure.value)) for each in found] == groups


@pytest.mark.django_db
def test_months_are_those_of_korea(answers: list[SurveyResponse]) -> None:
    found = reading.by_month("nps", YEAR)

    assert {month: each.count for month, each in found.items()} == {date(2026, 10, 1): 1, date(2026, 11, 1): 3}
    assert reading.overall("nps", YEAR).count == 4
    assert reading.overall("csat", YEAR) is None


@pytest.mark.django_db
def test_the_page_says_how_few_it_rests_on(answers: list[SurveyResponse], client: Client) -> None:
    reader: User = make_user("reader", "customers.view_surveyresponse")
    client.force_login(reader)

    with time_machine.travel(NOW, tick=False):
        page = client.get("/admin/results/feedback/?kind=nps&by=store", headers={"Accept-Language": "en"})

    text = page.content.decode()
    for words in ("NPS +50", "4 answers", "few answers", "강남점"):
        assert words in text
    assert client.get("/admin/results/feedback/?kind=%00&by=x").status_code == 200
