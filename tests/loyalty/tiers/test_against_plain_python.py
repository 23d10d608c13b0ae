"""The set-based evaluation is held against a plain-Python one, over random credits, ladders and days.

`TIER_EXAMPLES` sets how many ladders are tried; twelve by default.
"""

import os
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loyalty import tiers
from loyalty.models import TierStanding
from loyalty.tiers import evaluation, ladder
from tests.factories import make_customer, make_ladder
from tests.loyalty.tiers import plain_evaluation as plain

EXAMPLES = int(os.environ.get("TIER_EXAMPLES", "12"))
START = date(2024, 2, 20)
STEPS = (("Welcome", "stone", 0), ("Silver", "silver", 100), ("Gold", "gold", 250), ("VIP", "violet", 600))
PEOPLE = 3

rules = st.builds(
    plain.Rules,
    window=st.sampled_from(["rolling", "calendar", "anniversary"]),
    months=st.sampled_from([1, 3, 12]),
    grace=st.sampled_from([0, 1, 14]),
    downgrade=st.sampled_from(["requalify", "one_down", "never"]),
    thresholds=st.just(tuple(threshold for _name, _colour, threshold in STEPS)),
)
joined = st.sampled_from([date(2020, 2, 29), date(2021, 12, 31), date(2022, 3, 1), date(2024, 2, 20)])
happenings = st.lists(
    st.tuples(
        st.integers(1, 120),  # days later
        st.integers(0, PEOPLE - 1),
        st.sampled_from([-200, -60, 40, 90, 150, 260, 700]),
        st.sampled_from([0, 0, 0, 1, 30, 200]),  # days ago that it happened
    ),
    min_size=4,
    max_size=9,
)


def noon(day: date) -> datetime:
    return datetime.combine(day, time(3), UTC)  # 12:00 in Seoul


@pytest.mark.django_db
@given(rules=rules, joined=st.lists(joined, min_size=PEOPLE, max_size=PEOPLE), happenings=happenings)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_both_put_every_customer_into_the_same_tier_every_day(rules, joined, happenings):
    with transaction.atomic():
        hold_against_plain_python(rules, joined, happenings)
        transaction.set_rollback(True)


def hold_against_plain_python(rules: plain.Rules, joined: list[date], happenings: list[tuple]) -> None:
    terms = {"window": rules.window, "window_months": rules.months, "grace_days": rules.grace}
    version = make_ladder(steps=STEPS, downgrade=rules.downgrade, **terms)
    ranks = {pk: rank for rank, pk in enumerate(ladder.ladder_of(version).tier_ids, start=1)}
    members = {make_customer(joined_at=noon(day)).pk: plain.Member(day, []) for day in joined}
    ids, today = list(members), START

    for number, (gap, who, amount, days_ago) in enumerate(happenings):
        before, today = today, today + timedelta(days=gap)
        looked_at = {day for each in members.values() for day in plain.days_to_look_at(rules, each, before, today)}
        for day in sorted({*looked_at, today}):
            with time_machine.travel(noon(day) - timedelta(hours=11, minutes=50), tick=False):
                evaluation.evaluate_day(day)
            for member in members.values():
                plain.midnight(rules, member, day)
            assert stored(ids, ranks) == [members[pk].rank for pk in ids], f"after the evaluation of {day}"

        business_date = today - timedelta(days=days_ago)
        with time_machine.travel(noon(today), tick=False):
            tiers.credit(
                ids[who],
                business_date=business_date,
                net_spend=amount,
                source_system="test",
                reference=str(number),
            )
        members[ids[who]].credits.append((business_date, amount))
        plain.something_came_in(rules, members[ids[who]], today)
        assert stored(ids, ranks) == [members[pk].rank for pk in ids], f"after the credit of {today}"


def stored(ids: list[int], ranks: dict[int, int]) -> list[int]:
    earned = dict(TierStanding.objects.filter(pk__in=ids).values_list("pk", "earned_tier"))
    return [ranks[earned[pk]] if pk in earned else 1 for pk in ids]
