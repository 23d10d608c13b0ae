"""A hundred days of The Complete Journey with every recipe in force: real facts, real jobs, the sandbox for a gateway.

The data's year is moved by whole weeks, so that its third week begins in January 2026.
"""

import os
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import time_machine

from campaigns.automation import lifecycle
from campaigns.models import Automation, ChannelAccount
from campaigns.recipes.every import RECIPES
from crm_project.demo.complete_journey import CompleteJourney
from crm_project.demo.points import begin_points
from crm_project.demo.replay import Replay, ReplayedShop, run_kicks
from tests.campaigns.recipes import shop as recipe_shop
from tests.factories import make_user

SEOUL = ZoneInfo("Asia/Seoul")
LAST_DAY = date(2026, 12, 20)
BEGINS = datetime(2026, 1, 12, tzinfo=SEOUL)
# `make replay-test` lives through all of it; a test run through a part, of every fortieth household.
IS_FULL = os.environ.get("REPLAY") == "full"
DAYS, EVERY, STEP = (100, 1, timedelta(hours=3)) if IS_FULL else (12, 40, timedelta(hours=12))
ENDS = BEGINS + timedelta(days=DAYS)
# What a part of the days needs: what the shop's facts set off, and what automations do.
NEEDED = (
    "customers.tasks.turn_day",
    "customers.tasks.touch_turned_customers",
    "customers.tasks.refresh_all_segments",
    "campaigns.tasks.launch_due_campaigns",
    "campaigns.tasks.run_automations",
    "campaigns.tasks.sweep_automations",
    "campaigns.tasks.dispatch_messages",
)


def open_shop(*, keys: Sequence[str] = tuple(recipe_shop.KEYS)) -> Replay:
    """The shop as it stood when it begins, with these recipes approved; no two of them keep a customer apart."""
    shop = ReplayedShop(CompleteJourney(), last_day=LAST_DAY, begins=BEGINS, ends=ENDS, every=EVERY)
    with time_machine.travel(BEGINS, tick=False):
        shop.open()
        if IS_FULL:
            begin_points(shop.calendar.first_day)
        author = recipe_shop.open_shop()
        second = make_user("second", "campaigns.approve_automation", "campaigns.approve_campaign")
        ChannelAccount.objects.update(rate_per_second=1_000_000)
        for key in keys:
            version = recipe_shop.drafted(key, by=author)
            Automation.objects.filter(pk=version.automation_id).update(exclusion_group="")
            version.automation.refresh_from_db()
            recipe_shop.approve_alimtalks(RECIPES[key])
            lifecycle.submit(version, by=author)
            lifecycle.approve(version, by=second)
        run_kicks()
    replay = Replay(shop, at=lambda moment: time_machine.travel(moment, tick=True))
    if not IS_FULL:
        replay.schedules = [each for each in replay.schedules if each.path in NEEDED]
    return replay
