"""What the home page says that no other page does: silent shops, late one-time buyers, the points that are out."""

from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.cache import cache
from django.utils import timezone

from analytics.advice.adviser import ADVISERS
from analytics.boards import home_figures
from analytics.cohorts import rebuilding
from customers import stats
from customers.models import CustomerStats, WebhookEndpoint
from customers.segments import preview, rules
from customers.segments.clock import Moment
from customers.segments.ready import start_in_address
from tests.factories import make_customer, make_order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

NOW = datetime(2026, 11, 21, 9, tzinfo=ZoneInfo("Asia/Seoul"))


@pytest.fixture(autouse=True)
def _nothing_cached() -> None:
    cache.clear()


@pytest.mark.parametrize(
    ("hours", "is_active", "is_silent"), [(47, True, False), (49, True, True), (49, False, False), (None, True, False)]
)
def test_a_shop_that_no_longer_calls_is_a_problem(hours: int | None, is_active: bool, is_silent: bool) -> None:
    heard = timezone.now() - timedelta(hours=hours) if hours else None
    WebhookEndpoint.objects.create(
        name="몰", platform="cafe24", sealed_secret="x", is_active=is_active, last_delivery_at=heard
    )

    assert len(home_figures.silent_webhooks()) == int(is_silent)
    assert home_figures.today(timezone.localdate()).problems == int(is_silent)


@time_machine.travel(NOW, tick=False)
def test_late_one_time_buyers_are_those_past_the_usual_days_and_open_as_such() -> None:
    for _ in range(20):
        customer = make_customer()
        make_order(customer, placed_at=NOW - timedelta(days=100))
        make_order(customer, placed_at=NOW - timedelta(days=100 - 8))
    for days in (5, 8, 9, 12, 16, 17, 40):
        make_order(make_customer(), placed_at=NOW - timedelta(days=days))
    stats.rebuild()
    rebuilding.rebuild(timezone.localdate())

    [found] = ADVISERS["second_order"].ask(timezone.localdate())
    given = ADVISERS["second_order"].say(found)

    # Half are back by the 8th day. Counted up to yesterday, days 8 to 15 since the first order: 9, 12 and 16 ago.
    assert found.numbers["people"] == 3
    start = start_in_address(dict(parse_qsl(urlsplit(given.url).query)))
    assert start is not None
    assert preview.count(start.rule, moment=Moment(NOW)) == 3
    assert "first order" in rules.sentence(start.rule)


@time_machine.travel(NOW, tick=False)
def test_who_is_due_is_counted_as_the_segment_counts_them() -> None:
    for erased_at in (None, NOW):
        CustomerStats.objects.create(customer=make_customer(erased_at=erased_at), due_at=NOW + timedelta(days=7))

    [found] = ADVISERS["due_soon"].ask(timezone.localdate())
    given = ADVISERS["due_soon"].say(found)

    start = start_in_address(dict(parse_qsl(urlsplit(given.url).query)))
    assert start is not None
    assert found.numbers["people"] == preview.count(start.rule, moment=Moment(NOW)) == 1


def test_nobody_to_advise_on_makes_no_cards() -> None:
    assert not any(adviser.ask(timezone.localdate()) for adviser in ADVISERS)
