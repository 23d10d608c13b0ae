"""The same days lived through undisturbed, with workers that are killed at random, and with an outage of two days.

Small in a test run; `make replay-test` takes more people, more days and more kills.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from time import perf_counter

import pandas as pd
import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from campaigns.models import Journey, Message, StepTaken
from crm_project.demo.replay import Replay, ReplayedShop
from tests.campaigns.replay import by_pandas, databases, lived
from tests.campaigns.replay.by_pandas import Entries
from tests.campaigns.replay.killing import KilledReplay, WatchedReplay
from tests.campaigns.replay.lived import DELIVERED_AFTER, IS_FULL, LAST_DAY, SEOUL, replay_of

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

BEGINS = datetime(2026, 1, 12, tzinfo=SEOUL)
DAYS, MOST, STEP = (20, 600, timedelta(hours=6)) if IS_FULL else (4, 40, timedelta(hours=12))
ENDS = BEGINS + timedelta(days=DAYS)
# Nobody works for two days.
STOPPED = BEGINS + timedelta(hours=36)
RESTARTED = STOPPED + timedelta(days=2)
IN_TIME = timedelta(hours=24)
OF_ORDERS = {"after_first_order": 1, "second_order": 2, "vip_notice": 3, "vip_benefits": 3, "referral": 4}
RECIPES = (*OF_ORDERS, "welcome", "cart_left", "review_request")
WORK = (
    "customers.tasks.touch_turned_customers",
    "campaigns.tasks.reclaim_expired",
    "campaigns.tasks.run_automations",
    "campaigns.tasks.leave_automations",
    "campaigns.tasks.dispatch_messages",
)
# Until when workers are killed, and how many come by in each tick: all but the last may be killed.
KILLED_UNTIL, LOOKS = (BEGINS + timedelta(days=12), 5) if IS_FULL else (BEGINS + timedelta(days=2), 2)
TICKS = (KILLED_UNTIL - BEGINS) // STEP


@dataclass(frozen=True)
class Outcome:
    """What a replay came to, in words that are the same in every database: entries, steps and messages."""

    entries: Counter[tuple]
    steps: Counter[tuple]
    messages: Counter[tuple]

    def without(self, other: "Outcome") -> list[tuple]:
        """Return what the other has not, or not so often."""
        kinds = ((self.entries, other.entries), (self.steps, other.steps), (self.messages, other.messages))
        return [each for own, others in kinds for each in sorted((own - others).elements(), key=str)]


@dataclass(frozen=True)
class Undisturbed:
    """What came of the days without kills, and how long a look took."""

    outcome: Outcome
    seconds_a_look: float


@dataclass(frozen=True)
class Opened:
    """A shop that nobody has lived through yet, and what its households bought."""

    shop: ReplayedShop
    bought: pd.DataFrame
    database: str

    def replay(self) -> Replay:
        """Return a clock for the database that is in use."""
        return replay_of(self.shop, needed=WORK)


@pytest.fixture(scope="module")
def opened(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Opened]:
    """A shop of people who buy for the first four times in these days, opened once for this module."""
    sold = by_pandas.lines(last_day=LAST_DAY)
    bought = by_pandas.purchases(sold)
    some = sorted(map(int, who_comes(bought)))
    bought = by_pandas.of_households(bought, map(str, some))
    told = {"keys": RECIPES, "begins": BEGINS, "ends": ENDS}
    with django_db_blocker.unblock(), lived.opened("disturbed", some, **told) as shop, django_db_blocker.block():
        yield Opened(shop, bought, database=connection.settings_dict["NAME"])


def who_comes(bought: pd.DataFrame) -> set[str]:
    """Return some who buy for the first four times in these days, and of the morning before the outage a few more."""
    due = {number: by_pandas.nth_orders(bought, number, BEGINS, ENDS) for number in OF_ORDERS.values()}
    everybody = sorted(set().union(*due.values()))
    morning = sorted((household, at) for household, at in due[3] if STOPPED - timedelta(hours=12) < at <= STOPPED)
    return {household for household, _at in (*everybody[:: len(everybody) // MOST + 1], *morning[:3])}


@pytest.fixture(scope="module")
def undisturbed(opened: Opened, django_db_blocker: DjangoDbBlocker) -> Undisturbed:
    """Live through the days without kills."""
    with django_db_blocker.unblock(), databases.copy("undisturbed", of=opened.database):
        begun = perf_counter()
        WatchedReplay(opened.replay(), looks=LOOKS).until(KILLED_UNTIL, step=STEP)
        return Undisturbed(outcome(), (perf_counter() - begun) / TICKS / LOOKS)


@pytest.fixture(scope="module")
def killed(opened: Opened, undisturbed: Undisturbed, django_db_blocker: DjangoDbBlocker) -> tuple[int, Outcome]:
    """Live through the same days with workers that are killed; return how often, and what came of it."""
    chance = Random(8)  # noqa: S311 - repeatable, not secret
    with django_db_blocker.unblock(), databases.copy("killed", of=opened.database):
        replay = KilledReplay(opened.replay(), looks=LOOKS, chance=chance, patience=2 * undisturbed.seconds_a_look)
        replay.until(KILLED_UNTIL, step=STEP)
        return replay.killed, outcome()


def test_workers_killed_at_random_change_no_entry_and_no_send(
    undisturbed: Undisturbed, killed: tuple[int, Outcome]
) -> None:
    times, disturbed = killed

    assert times
    assert undisturbed.outcome.messages
    assert (disturbed.without(undisturbed.outcome), undisturbed.outcome.without(disturbed)) == ([], [])


def outcome() -> Outcome:
    entries = Journey.objects.values_list("automation__recipe", "customer__external_id", "entry_key", "anchor_at")
    steps = StepTaken.objects.values_list(
        "journey__automation__recipe",
        "journey__customer__external_id",
        "journey__anchor_at",
        "step",
        "outcome",
        "due_at",
    )
    messages = Message.objects.values_list("campaign", "customer__external_id", "status", "skip_reason")
    return Outcome(Counter(entries), Counter(steps), Counter(messages))


@pytest.fixture(scope="module")
def outage(opened: Opened, django_db_blocker: DjangoDbBlocker) -> Iterator[Opened]:
    """Live through two days on which nobody works, and a little more; yield the shop in the database of that."""
    with django_db_blocker.unblock(), databases.copy("outage", of=opened.database):
        replay = opened.replay()
        replay.until(STOPPED, step=STEP)
        replay.until(RESTARTED - STEP, step=STEP, is_working=False)
        replay.until(ENDS, step=STEP)
        with django_db_blocker.block():
            yield opened


@pytest.mark.parametrize(("recipe", "number"), OF_ORDERS.items())
def test_after_an_outage_of_two_days_who_is_in_time_enters_once_and_the_rest_is_listed(
    outage: Opened, recipe: str, number: int
) -> None:
    due = by_pandas.nth_orders(outage.bought, number, BEGINS, ENDS)
    late = {(household, at) for household, at in due if came_by(at) - at > IN_TIME}

    assert late
    assert listed_and_let_in(recipe) == (late, due - late)


def test_the_message_of_the_morning_after_is_sent_once_or_listed_where_nobody_came_by_for_a_day(outage: Opened) -> None:
    inside = [
        (household, datetime.combine(at.date() + timedelta(days=1), time(11), SEOUL))
        for household, at in by_pandas.nth_orders(outage.bought, 3, BEGINS, ENDS)
        if came_by(at) - at <= IN_TIME
    ]
    due = [(household, at) for household, at in inside if at <= ENDS]
    listed = {household for household, at in due if came_by(at) - at > IN_TIME}
    said = StepTaken.objects.filter(step__campaign__isnull=False, journey__automation__recipe="vip_benefits")
    told = Message.objects.filter(campaign__automation__recipe="vip_benefits")

    assert listed
    assert set(said.filter(outcome="too_late").values_list("journey__customer__external_id", flat=True)) == listed
    assert Counter(told.values_list("customer__external_id", flat=True)) == Counter(
        household for household, _at in due if household not in listed
    )


def test_deliveries_may_begin_three_days_late_so_that_everybody_is_asked_once(outage: Opened) -> None:
    again = timedelta(days=30)
    delivered = by_pandas.delivered(outage.bought, BEGINS, ENDS, after=DELIVERED_AFTER, again=again)

    assert delivered
    assert listed_and_let_in("review_request") == (set(), delivered)


def listed_and_let_in(recipe: str) -> tuple[Entries, Entries]:
    """Who was listed as too late, who was let in, and when that had happened."""
    late = lived.entered(recipe, status="too_late")
    return late, lived.entered(recipe) - late


def came_by(moment: datetime) -> datetime:
    """Return the tick at which somebody worked next."""
    tick = BEGINS + -((BEGINS - moment) // STEP) * STEP
    return RESTARTED if STOPPED < tick < RESTARTED else tick
