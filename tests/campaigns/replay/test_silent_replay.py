"""Days in summer, when the first households have not bought for half a year: who is won back, and who is let go.

The hundred days of `test_replay` are over before; here only the silent live, and what speaks to them.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pandas as pd
import pytest
from pytest_django import DjangoDbBlocker

from campaigns.models import StepTaken
from tests.campaigns.replay import by_pandas, lived
from tests.campaigns.replay.lived import IS_FULL, LAST_DAY, SEOUL, replay_of

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

BEGINS = datetime(2026, 6, 29, tzinfo=SEOUL)
DAYS, MOST, STEP = (60, 1_000, timedelta(hours=6)) if IS_FULL else (4, 10, timedelta(hours=12))
ENDS = BEGINS + timedelta(days=DAYS)
QUIET = {"win_back": 60, "dormant_or_lost": 180}
WORK = (
    "customers.tasks.turn_day",
    "customers.tasks.touch_turned_customers",
    "customers.tasks.refresh_all_segments",
    "campaigns.tasks.run_automations",
    "campaigns.tasks.leave_automations",
    "campaigns.tasks.dispatch_messages",
)


@pytest.fixture(scope="module")
def bought(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[pd.DataFrame]:
    """Live through the days, once for this module; yield what those who live there bought."""
    everybody = by_pandas.purchases(by_pandas.lines(last_day=LAST_DAY))
    silent = {household for days in QUIET.values() for household in sorted(who_falls_silent(everybody, days))[:MOST]}
    told = {"keys": tuple(QUIET), "begins": BEGINS, "ends": ENDS}
    with django_db_blocker.unblock(), lived.opened("silent", set(map(int, silent)), **told) as shop:
        replay_of(shop, needed=WORK).until(ENDS, step=STEP)
        with django_db_blocker.block():
            yield by_pandas.of_households(everybody, silent)


def who_falls_silent(bought: pd.DataFrame, days: int) -> set[str]:
    return {household for household, _at in by_pandas.quiet_since(bought, days, BEGINS, ENDS, asked=STEP)}


@pytest.mark.parametrize(("recipe", "days"), QUIET.items())
def test_silence_lets_in_exactly_whom_pandas_says(bought: pd.DataFrame, recipe: str, days: int) -> None:
    expected = by_pandas.quiet_since(bought, days, BEGINS, ENDS, asked=STEP)

    assert expected
    assert lived.on_days(recipe) == expected


def test_who_still_visits_is_told_apart_from_who_is_lost(bought: pd.DataFrame) -> None:
    asked = StepTaken.objects.filter(journey__automation__recipe="dormant_or_lost", step__kind="only_if")
    visits = asked.filter(lane="yes", journey__customer__stats__last_visit_at=None)

    assert asked.exists()
    assert not visits.exists()
