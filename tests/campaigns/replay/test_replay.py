"""Every recipe in force while the data's days go by: who entered, what they were sent, and what they were spared."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import cast

import pandas as pd
import pytest
from django.db.models import Count
from django.utils import timezone
from pytest_django import DjangoDbBlocker, Settings

from campaigns.models import Automation, Journey, Message, StepTaken
from crm_project.demo.replay import ReplayedShop
from customers.models import Customer, Event, NoticeDuty, Order
from tests.campaigns.replay import by_pandas, pandas_members, pandas_products, pandas_tiers
from tests.campaigns.replay.by_pandas import Entries
from tests.campaigns.replay.lived import (
    BEGINS,
    DELIVERED_AFTER,
    ENDS,
    EVENT_DAY,
    EVERY,
    IS_FULL,
    LAST_DAY,
    POINTS_LIVE_MONTHS,
    SEOUL,
    STEP,
    entered,
    on_days,
    opened,
    replay_of,
)
from tests.campaigns.replay.pandas_tiers import Standings

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

NIGHT_BEGINS, NIGHT_ENDS = 21, 8
TICKS = [BEGINS + number * STEP for number in range((ENDS - BEGINS) // STEP + 1)]


@dataclass(frozen=True)
class Lived:
    """What was lived through: the shop, and what its households bought as pandas reads it, line by line and in all."""

    shop: ReplayedShop
    sold: pd.DataFrame
    bought: pd.DataFrame


@pytest.fixture(scope="module")
def lived(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Lived]:
    """Live through the days, once for this module."""
    sold = by_pandas.lines(last_day=LAST_DAY)
    some = who_lives(sold)
    sold = by_pandas.of_households(sold, some)
    with django_db_blocker.unblock(), opened("replay", list(map(int, some))) as shop:
        replay_of(shop).until(ENDS, step=STEP)
        with django_db_blocker.block():
            yield Lived(shop, sold, by_pandas.purchases(sold))


def who_lives(sold: pd.DataFrame) -> set[str]:
    """Return every so-many-th household, and some who place their first orders in these days."""
    bought = by_pandas.purchases(sold)
    begin = [sorted(by_pandas.nth_orders(bought, number, BEGINS, ENDS))[:4] for number in (1, 2, 3, 4)]
    regular = map(str, by_pandas.households(sold)[::EVERY])
    return {*regular, *(household for entries in begin for household, _at in entries)}


def seen_at_ticks(recipe: str) -> Entries:
    """Who was let in, and at which tick of the clock that was seen which a job found out."""
    return {(number, BEGINS + (at - BEGINS) // STEP * STEP) for number, at in entered(recipe)}


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
def test_an_order_lets_in_exactly_whom_pandas_says(lived: Lived, recipe: str, number: int) -> None:
    expected = by_pandas.nth_orders(lived.bought, number, BEGINS, ENDS)

    assert expected
    assert entered(recipe) == expected


@pytest.mark.parametrize(("recipe", "days"), [("review_request", 30), ("satisfaction_survey", 60)])
def test_a_delivery_lets_in_exactly_whom_pandas_says(lived: Lived, recipe: str, days: int) -> None:
    again = timedelta(days=days)
    expected = by_pandas.delivered(lived.bought, BEGINS, ENDS, after=DELIVERED_AFTER, again=again)

    assert expected
    assert entered(recipe) == expected


def test_sixty_quiet_days_let_in_exactly_whom_pandas_says(lived: Lived) -> None:
    expected = by_pandas.quiet_since(lived.bought, 60, BEGINS, ENDS, asked=STEP)

    assert expected or not IS_FULL  # sixty days are over in the middle of February
    assert on_days("win_back") == expected


def test_birthdays_let_in_a_week_before(lived: Lived) -> None:
    born = Customer.objects.filter(birthday__isnull=False).values_list("external_id", "birthday", "joined_at")
    people = cast(list[tuple[str, date, datetime]], list(born))
    expected = by_pandas.yearly(people, BEGINS, ENDS, before=7, at=time(10), ticks=TICKS)

    assert expected or not IS_FULL  # of the few of a test run nobody's is near
    assert entered("birthday") == expected


def test_joining_lets_in_whoever_joined(lived: Lived) -> None:
    joined = Customer.objects.filter(joined_at__gt=BEGINS, joined_at__lte=ENDS).values_list("external_id", "joined_at")

    assert entered("welcome") == {(number, at.astimezone(SEOUL)) for number, at in joined}


def test_the_first_of_a_month_lets_in_whoever_bought_three_times(lived: Lived) -> None:
    joined = dict(Customer.objects.values_list("external_id", "joined_at"))
    expected = by_pandas.monthly(lived.bought, joined, BEGINS, ENDS, hour=10, orders=3, ticks=TICKS)

    assert expected
    assert entered("monthly_coupon") == expected


def test_an_event_lets_in_whose_store_it_is(lived: Lived) -> None:
    told_at = datetime.combine(EVENT_DAY - timedelta(days=7), time(10), SEOUL)
    stores = Automation.objects.get(recipe="store_event").live_version.trigger_settings["stores"]
    homes = {str(each.number): str(each.home_store) for each in lived.shop.households}
    joined = Customer.objects.filter(joined_at__lte=told_at).values_list("external_id", flat=True)

    expected = {(number, told_at) for number in joined if homes[number] in stores}

    assert expected
    assert entered("store_event") == expected


def test_a_left_cart_lets_in_exactly_whom_pandas_says(lived: Lived) -> None:
    pause, in_time = timedelta(hours=2), timedelta(hours=6)
    touches = of_events("customer__external_id", "occurred_at", kinds=("cart_add", "cart_remove", "checkout"))
    expected = by_pandas.left_carts(touches, lived.bought, BEGINS, ENDS, pause=pause, in_time=in_time, ticks=TICKS)

    assert expected
    assert entered("cart_left") == expected


def test_views_without_a_purchase_let_in_exactly_whom_pandas_says(lived: Lived) -> None:
    views = of_events("customer__external_id", "product__sku", "occurred_at", kinds=("product_view",))
    again = timedelta(days=14)
    expected = pandas_products.viewed(views, lived.sold, BEGINS, ENDS, times=3, days=14, again=again)

    assert entered("viewed_not_bought") == expected


def of_events(*columns: str, kinds: tuple[str, ...]) -> list[tuple]:
    """Columns of the events of these kinds, whose customer is known; the moment comes last."""
    rows = Event.objects.filter(kind__in=kinds, customer__isnull=False).values_list(*columns)
    return [(*told, at.astimezone(SEOUL)) for *told, at in rows]


def test_the_end_of_a_cycle_lets_in_exactly_whom_pandas_says(lived: Lived) -> None:
    settings = Automation.objects.get(recipe="repurchase_due").live_version.trigger_settings
    sold = lived.sold[lived.sold["category"].isin(settings.get("categories", lived.sold["category"]))]
    expected = pandas_products.due_again(
        sold,
        BEGINS,
        ENDS,
        rebuilt=cycles_of_days(),
        before=5,
        confidence=settings["confidence"] / 100,
        again=timedelta(days=30),
        at=time(10),
    )

    assert expected
    assert entered("repurchase_due") == expected


def cycles_of_days() -> dict[date, datetime]:
    """Up to when the cycles of each day were counted: those of the night, in a part of the days those of its start."""
    days = {tick.date() for tick in TICKS}
    if not IS_FULL:
        return dict.fromkeys(days, BEGINS)
    return {night.date(): night for night in pandas_members.nights_of(TICKS, time(2, 20))}


def test_points_that_die_let_in_exactly_whom_pandas_says(lived: Lived) -> None:
    nights = pandas_members.nights_of(TICKS, time(0, 15))
    expected = pandas_members.points_dying(lived.sold, BEGINS, nights, months=POINTS_LIVE_MONTHS)

    assert expected
    assert seen_at_ticks("points_expiring") == {(number, at) for number, at in expected if at < ENDS}


def test_a_tier_lets_in_exactly_whom_a_plain_loop_says(lived: Lived, standings: Standings) -> None:
    assert standings.risen
    # What the last tick finds out is read by the next.
    assert seen_at_ticks("tier_reached") == {(number, at) for number, at in standings.risen if at < ENDS}


def test_a_tier_at_risk_lets_in_exactly_whom_a_plain_loop_says(lived: Lived, standings: Standings) -> None:
    expected = pandas_tiers.warned(standings, BEGINS, days=30, in_time=timedelta(hours=72))

    assert expected
    assert entered("tier_at_risk") == expected


@pytest.fixture(scope="module")
def standings(lived: Lived) -> Standings:
    """How everybody stood at each tick, counted once."""
    return pandas_tiers.lived_through(lived.bought, TICKS, pandas_members.nights_of(TICKS, time(0, 2)))


def test_consent_is_asked_about_again_before_it_turns_two(lived: Lived) -> None:
    said = (each.record for each in lived.shop.people if each.at <= ENDS)
    nights = pandas_members.nights_of(TICKS, time(1, 10))
    # What had been refused before the shop opened is told by its past, and answered as it is told.
    opened_duties = NoticeDuty.objects.filter(kind=NoticeDuty.Kind.RECONFIRMATION).exclude(done_at=BEGINS)

    found = set(opened_duties.values_list("customer__external_id", "channel", "due_on"))

    assert found == pandas_members.asked_again(said, nights)


def test_nobody_enters_twice_by_one_thing_or_takes_a_step_twice(lived: Lived) -> None:
    twice = Journey.objects.values("automation", "customer", "entry_key").annotate(n=Count("pk")).filter(n__gt=1)
    once_only = Journey.objects.filter(version__reentry="never", status__in=("inside", "finished", "exited"))
    again = once_only.values("automation", "customer").annotate(n=Count("pk")).filter(n__gt=1)
    steps = StepTaken.objects.values("journey", "step").annotate(n=Count("pk")).filter(n__gt=1)
    sent = Message.objects.values("enrollment", "step").annotate(n=Count("pk")).filter(n__gt=1)

    assert [list(each) for each in (twice, again, steps, sent)] == [[], [], [], []]


def test_nobody_who_bought_gets_the_next_message_of_what_ends_with_a_purchase(lived: Lived) -> None:
    of_orders = ("welcome", "after_first_order", "thirtieth_day", "second_order")
    ends_by_purchase = (*of_orders, "win_back", "viewed_not_bought", "cart_left")
    sent = Message.objects.filter(status="sent", campaign__automation__recipe__in=ends_by_purchase)
    told = sent.values_list("enrollment__entry_key", "customer_id", "sent_at")
    anchors = dict(Journey.objects.values_list("pk", "anchor_at"))

    late = []
    for key, customer_id, sent_at in told:
        anchor = anchors[int(key.removeprefix("journey/"))]
        late += Order.objects.filter(customer=customer_id, placed_at__gt=anchor, placed_at__lte=sent_at - STEP)

    assert sent.exists()
    assert late == []


def test_no_advertisement_goes_by_phone_at_night(lived: Lived) -> None:
    by_phone = Message.objects.filter(status="sent", campaign__purpose="ad").exclude(account__channel="email")
    hours = {timezone.localtime(at, SEOUL).hour for at in by_phone.values_list("sent_at", flat=True)}

    assert not [hour for hour in hours if hour >= NIGHT_BEGINS or hour < NIGHT_ENDS]


def test_nobody_gets_more_advertisements_than_the_caps_allow(lived: Lived, settings: Settings) -> None:
    days: dict[int, list[date]] = defaultdict(list)
    sent = Message.objects.filter(status="sent", campaign__purpose="ad").values_list("customer", "sent_at")
    for customer_id, at in sent:
        days[customer_id].append(timezone.localtime(at, SEOUL).date())

    for told in days.values():
        for day in told:
            assert told.count(day) <= settings.ADS_PER_DAY
            week = [each for each in told if timedelta() <= day - each < timedelta(days=7)]
            assert len(week) <= settings.ADS_PER_WEEK


def test_the_holdout_gets_no_advertisement(lived: Lived) -> None:
    held_out = Journey.objects.filter(is_control=True)
    sent = Message.objects.filter(status="sent", campaign__purpose="ad", enrollment__is_control=True)

    assert held_out.exists()
    assert not sent.exists()
