"""Every recipe in force while the data's days go by: who entered, what they were sent, and what they were spared."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import cast

import pandas as pd
import pytest
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from campaigns.models import Journey, Message, StepTaken
from customers.models import Customer, Event, Order
from tests.campaigns.replay import by_pandas
from tests.campaigns.replay.by_pandas import Entries
from tests.campaigns.replay.lived import BEGINS, ENDS, LAST_DAY, SEOUL, STEP, open_shop

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

NIGHT_BEGINS, NIGHT_ENDS = 21, 8


@pytest.fixture(scope="module")
def lived(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[pd.DataFrame]:
    """Live through the days, once for this module; yield the purchases of its households as pandas sees them."""
    with django_db_blocker.unblock(), transaction.atomic():
        replay = open_shop()
        replay.until(ENDS, step=STEP)
        yield by_pandas.of_households(by_pandas.purchases(last_day=LAST_DAY), replay.shop.numbers)
        transaction.set_rollback(True)


def entered(recipe: str) -> Entries:
    """Who was let in by a recipe, too late or not, and when that had happened."""
    rows = Journey.objects.filter(automation__recipe=recipe).values_list("customer__external_id", "anchor_at")
    return {(number, at.astimezone(SEOUL)) for number, at in rows}


@pytest.mark.parametrize(
    ("recipe", "number"),
    [
        ("after_first_order", 1),
        ("thirtieth_day", 1),
        ("second_order", 2),
        ("vip_notice", 3),
        ("vip_benefits", 3),
        ("referral", 4),
    ],
)
def test_an_order_lets_in_exactly_whom_pandas_says(lived: pd.DataFrame, recipe: str, number: int) -> None:
    expected = by_pandas.nth_orders(lived, number, BEGINS, ENDS)

    assert expected
    assert entered(recipe) == expected


def test_sixty_quiet_days_let_in_exactly_whom_pandas_says(lived: pd.DataFrame) -> None:
    expected = by_pandas.quiet_since(lived, 60, BEGINS, ENDS, asked=STEP)

    found = {(number, datetime.combine(at.date(), time.min, SEOUL)) for number, at in entered("win_back")}

    assert found == expected


def test_birthdays_let_in_a_week_before(lived: pd.DataFrame) -> None:
    born = Customer.objects.filter(birthday__isnull=False).values_list("external_id", "birthday")
    expected = by_pandas.yearly(cast(list[tuple[str, date]], list(born)), BEGINS, ENDS, before=7, at=time(10))

    assert entered("birthday") == expected


def test_joining_lets_in_whoever_joined(lived: pd.DataFrame) -> None:
    joined = Customer.objects.filter(joined_at__gt=BEGINS, joined_at__lte=ENDS).values_list("external_id", "joined_at")

    assert entered("welcome") == {(number, at.astimezone(SEOUL)) for number, at in joined}


def test_a_left_cart_lets_in_exactly_whom_pandas_says(lived: pd.DataFrame) -> None:
    rows = Event.objects.filter(kind__in=("cart_add", "cart_remove", "checkout"), customer__isnull=False)
    touches = [
        (number, at.astimezone(SEOUL)) for number, at in rows.values_list("customer__external_id", "occurred_at")
    ]
    expected = by_pandas.left_carts(touches, lived, BEGINS, ENDS, pause=timedelta(hours=2))

    assert entered("cart_left") == expected


def test_nobody_enters_twice_by_one_thing_or_takes_a_step_twice(lived: pd.DataFrame) -> None:
    twice = Journey.objects.values("automation", "customer", "entry_key").annotate(n=Count("pk")).filter(n__gt=1)
    once_only = Journey.objects.filter(version__reentry="never", status__in=("inside", "finished", "exited"))
    again = once_only.values("automation", "customer").annotate(n=Count("pk")).filter(n__gt=1)
    steps = StepTaken.objects.values("journey", "step").annotate(n=Count("pk")).filter(n__gt=1)
    sent = Message.objects.values("enrollment", "step").annotate(n=Count("pk")).filter(n__gt=1)

    assert [list(each) for each in (twice, again, steps, sent)] == [[], [], [], []]


def test_nobody_who_bought_gets_the_next_message_of_what_ends_with_a_purchase(lived: pd.DataFrame) -> None:
    ends_by_purchase = ("after_first_order", "thirtieth_day", "second_order", "win_back", "viewed_not_bought")
    sent = Message.objects.filter(status="sent", campaign__automation__recipe__in=ends_by_purchase)
    told = sent.values_list("enrollment__entry_key", "customer_id", "sent_at")
    anchors = dict(Journey.objects.values_list("pk", "anchor_at"))

    late = []
    for key, customer_id, sent_at in told:
        anchor = anchors[int(key.removeprefix("journey/"))]
        late += Order.objects.filter(customer=customer_id, placed_at__gt=anchor, placed_at__lte=sent_at - STEP)

    assert sent.exists()
    assert late == []


def test_no_advertisement_goes_by_phone_at_night(lived: pd.DataFrame) -> None:
    by_phone = Message.objects.filter(status="sent", campaign__purpose="ad").exclude(account__channel="email")
    hours = {timezone.localtime(at, SEOUL).hour for at in by_phone.values_list("sent_at", flat=True)}

    assert not [hour for hour in hours if hour >= NIGHT_BEGINS or hour < NIGHT_ENDS]


def test_nobody_gets_more_advertisements_than_the_caps_allow(lived: pd.DataFrame, settings: object) -> None:
    days: dict[int, list[date]] = defaultdict(list)
    sent = Message.objects.filter(status="sent", campaign__purpose="ad").values_list("customer", "sent_at")
    for customer_id, at in sent:
        days[customer_id].append(timezone.localtime(at, SEOUL).date())

    for told in days.values():
        for day in told:
            assert told.count(day) <= settings.ADS_PER_DAY
            week = [each for each in told if timedelta() <= day - each < timedelta(days=7)]
            assert len(week) <= settings.ADS_PER_WEEK


def test_the_holdout_gets_no_advertisement(lived: pd.DataFrame) -> None:
    held_out = Journey.objects.filter(is_control=True)
    sent = Message.objects.filter(status="sent", campaign__purpose="ad", enrollment__is_control=True)

    assert held_out.exists()
    assert not sent.exists()
