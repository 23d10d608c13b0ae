"""What all advertising together adds: those held out of everything against everybody else, in whole months."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client

from analytics.experiments import shop_holdout
from analytics.periods import Period
from campaigns import experiments
from customers.models import Customer
from tests.factories import make_customer, make_order, make_user

pytestmark = pytest.mark.django_db

OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))
BEFORE, IN_OCTOBER = datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 10, 15, tzinfo=UTC)


@pytest.fixture
def half_held_out(settings: Any) -> None:
    settings.GLOBAL_HOLDOUT_PERCENT = 50


def people(count: int, **given: object) -> list[Customer]:
    return [make_customer(joined_at=BEFORE, **given) for _number in range(count)]


def is_held_out(customer: Customer) -> bool:
    bucket = experiments.Bucket(experiments.HELD_OUT_OF_ALL, "pk")
    return Customer.objects.annotate(bucket=bucket).get(pk=customer.pk).bucket < 5_000


@pytest.mark.usefixtures("half_held_out")
@time_machine.travel(datetime(2026, 11, 22, tzinfo=UTC), tick=False)
def test_everybody_is_on_one_side_by_the_hash_that_campaigns_use() -> None:
    expected = {True: [0, 0], False: [0, 0]}
    for number, customer in enumerate(people(20)):
        make_order(customer, placed_at=IN_OCTOBER, paid=1_000 * number)
        side = expected[is_held_out(customer)]
        side[0] += 1
        side[1] += 1_000 * number

    found = shop_holdout.of_period(OCTOBER)

    assert [found.control.people, found.control.revenue] == expected[True]
    assert [found.treated.people, found.treated.revenue] == expected[False]
    assert found.verdict.code == "few"


@pytest.mark.usefixtures("half_held_out")
def test_only_customers_from_before_the_period_and_orders_within_it_count() -> None:
    [customer] = people(1)
    make_order(customer, placed_at=IN_OCTOBER, paid=10_000, refunded=4_000)
    make_order(customer, placed_at=BEFORE, paid=50_000)
    make_order(make_customer(joined_at=IN_OCTOBER), placed_at=IN_OCTOBER, paid=70_000)
    make_order(people(1, erased_at=IN_OCTOBER)[0], placed_at=IN_OCTOBER, paid=90_000)

    found = shop_holdout.of_period(OCTOBER)

    assert found.control.people + found.treated.people == 1
    assert found.control.revenue + found.treated.revenue == 6_000


def test_without_the_setting_there_is_no_reading() -> None:
    assert shop_holdout.over_months(3) is None


@pytest.mark.usefixtures("half_held_out")
def test_a_period_that_has_not_ended_has_no_verdict() -> None:
    with time_machine.travel(datetime(2026, 10, 20, tzinfo=UTC), tick=False):
        assert shop_holdout.of_period(OCTOBER).verdict.code == "early"


def test_the_page_says_how_to_begin_where_nothing_was_tried(client: Client) -> None:
    client.force_login(make_user("analyst", "campaigns.view_campaign", "analytics.view_attributedorder"))

    answer = client.get("/admin/results/experiments/", headers={"Accept-Language": "en"})

    assert answer.status_code == 200
    assert answer.context["shop"] is None
    assert answer.context["rows"] == []


@pytest.mark.usefixtures("half_held_out")
@pytest.mark.parametrize("months", ["1", "12", "nonsense"])
def test_the_page_shows_what_all_advertising_adds(client: Client, months: str) -> None:
    client.force_login(make_user("analyst", "campaigns.view_campaign", "analytics.view_attributedorder"))

    answer = client.get("/admin/results/experiments/", {"months": months})

    assert answer.status_code == 200
    assert answer.context["shop"].verdict.code == "few"
