"""A hundred days of The Complete Journey with every recipe in force: real facts, real jobs, the sandbox for a gateway.

The data's year is moved by whole weeks, so that it begins in December 2025.
"""

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from unittest import mock
from zoneinfo import ZoneInfo

import time_machine
from django.contrib.auth.models import User
from django.db import connection

from campaigns.automation import lifecycle
from campaigns.models import Automation, AutomationVersion, ChannelAccount, Journey
from campaigns.recipes.every import RECIPES
from crm_project.demo import points
from crm_project.demo.complete_journey import CompleteJourney
from crm_project.demo.replay import Replay, ReplayedShop, run_kicks
from customers.models import Store
from loyalty.models import EarningTerms
from loyalty.tiers import ladder
from tests.campaigns.recipes import shop as recipe_shop
from tests.campaigns.replay import databases
from tests.campaigns.replay.by_pandas import Entries
from tests.campaigns.replay.pandas_tiers import THRESHOLDS
from tests.factories import make_user

SEOUL = ZoneInfo("Asia/Seoul")
LAST_DAY = date(2026, 12, 20)
# `make replay-test` lives through all of it; a test run through a few days of some households, about
# the first of a month.
IS_FULL = os.environ.get("REPLAY") == "full"
BEGINS = datetime(2026, 1, 12 if IS_FULL else 29, tzinfo=SEOUL)
DAYS, EVERY, STEP = (100, 1, timedelta(hours=6)) if IS_FULL else (5, 60, timedelta(hours=12))
ENDS = BEGINS + timedelta(days=DAYS)
# The data knows no deliveries, and its points would live beyond these days: both are made up.
DELIVERED_AFTER = timedelta(days=2)
POINTS_LIVE_MONTHS = 2 if IS_FULL else 1
EVENT_DAY = (BEGINS + timedelta(days=10)).date()
# What a part of the days needs: what the shop's facts set off, and what automations do.
NEEDED = (
    "customers.tasks.turn_day",
    "customers.tasks.touch_turned_customers",
    "customers.tasks.open_consent_duties",
    "loyalty.tasks.earn_orders",
    "loyalty.tasks.credit_tiers",
    "loyalty.tasks.evaluate_tiers",
    "loyalty.tasks.open_expiry_notices",
    "customers.tasks.refresh_all_segments",
    "campaigns.tasks.launch_due_campaigns",
    "campaigns.tasks.enter_daily_automations",
    "campaigns.tasks.run_automations",
    "campaigns.tasks.leave_automations",
    "campaigns.tasks.dispatch_messages",
)


@contextmanager
def opened(
    name: str,
    among: Collection[int],
    *,
    keys: Sequence[str] = tuple(recipe_shop.KEYS),
    begins: datetime = BEGINS,
    ends: datetime = ENDS,
) -> Iterator[ReplayedShop]:
    """The shop of these households as it stood when it begins, in a database of its own, these recipes approved."""
    with databases.copy(name):
        shop = ReplayedShop(
            CompleteJourney(),
            last_day=LAST_DAY,
            begins=begins,
            ends=ends,
            among=set(among),
            delivered_after=DELIVERED_AFTER,
        )
        with time_machine.travel(begins, tick=False):
            shop.open()
            begin_loyalty(shop)
            approve_all(keys)
            run_kicks()
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        yield shop


def begin_loyalty(shop: ReplayedShop) -> None:
    """Points are earned from now on, and live shortly; everybody is on a ladder that a few weeks move them on."""
    with (
        mock.patch.dict(points.TERMS, validity_months=POINTS_LIVE_MONTHS),
        mock.patch.object(points, "make_tiers", make_short_ladder),
    ):
        points.begin_points(shop.calendar.first_day)
    EarningTerms.objects.update(begins_on=shop.begins.date())


def make_short_ladder() -> None:
    """Put tiers in force that take what is spent in two months."""
    named = zip(points.TIERS, (0, *THRESHOLDS), strict=True)
    tiers = tuple(ladder.DraftTier(None, name, colour, won) for (name, colour, *_rest), won in named)
    ladder.store(ladder.Draft(tiers, window_months=2), by=None)


def approve_all(keys: Sequence[str]) -> None:
    """Draft the recipes and have them approved; no two of them keep a customer apart."""
    author = recipe_shop.open_shop()
    second = make_user("second", "campaigns.approve_automation", "campaigns.approve_campaign")
    ChannelAccount.objects.update(rate_per_second=1_000_000)
    for key in keys:
        version = drafted(key, by=author)
        recipe_shop.approve_alimtalks(RECIPES[key])
        lifecycle.submit(version, by=author)
        lifecycle.approve(version, by=second)


def drafted(key: str, *, by: User) -> AutomationVersion:
    """A draft as an operator corrects it, in no group that keeps people apart."""
    version = recipe_shop.drafted(key, by=by)
    Automation.objects.filter(pk=version.automation_id).update(exclusion_group="")
    corrected = CORRECTED.get(key, dict)()
    AutomationVersion.objects.filter(pk=version.pk).update(trigger_settings=version.trigger_settings | corrected)
    version.refresh_from_db()
    version.automation.refresh_from_db()
    return version


def entered(recipe: str, **narrowed: object) -> Entries:
    """Who was let in by a recipe, too late or not, and when that had happened."""
    rows = Journey.objects.filter(automation__recipe=recipe, **narrowed)
    return {(number, at.astimezone(SEOUL)) for number, at in rows.values_list("customer__external_id", "anchor_at")}


def on_days(recipe: str) -> Entries:
    """Who was let in by a recipe, and the midnight of that day."""
    return {(number, datetime.combine(at.date(), time.min, SEOUL)) for number, at in entered(recipe)}


def near_home() -> dict[str, object]:
    """An event in some of the stores where these people are at home, wherever they buy."""
    homes = Store.objects.filter(customers__isnull=False).distinct().values_list("external_id", flat=True)
    return {"event": [f"{EVENT_DAY}", f"{EVENT_DAY}"], "stores": sorted(homes)[:20], "buys": "anywhere"}


# A month of purchases makes few cycles sure.
CORRECTED: Mapping[str, Callable[[], dict[str, object]]] = {
    "store_event": near_home,
    "repurchase_due": lambda: {"confidence": 60},
}


def replay_of(shop: ReplayedShop, *, needed: Sequence[str] = () if IS_FULL else NEEDED) -> Replay:
    """A clock for the shop in the database that is in use, from its beginning on; `needed` are its jobs, else all."""
    replay = Replay(shop.again(), at=lambda moment: time_machine.travel(moment, tick=True))
    if needed:
        replay.schedules = [each for each in replay.schedules if each.path in needed]
    return replay
