"""Rules are frozen as they are edited, and an order is counted by those of its moment."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from loyalty import ledger
from loyalty.earning import versions
from loyalty.models import RuleVersion, Tier
from tests.factories import begin_earning, make_earning_rule

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 21, 3, tzinfo=UTC)


def test_rules_that_say_the_same_make_no_second_version() -> None:
    begin_earning()
    make_earning_rule()
    program = ledger.current_program()

    first = versions.freeze(program)

    assert versions.freeze(program) == first
    assert RuleVersion.objects.count() == 1


def test_an_order_is_counted_by_the_rules_of_the_moment_when_it_was_placed() -> None:
    rule, program = make_earning_rule(value=100), ledger.current_program()
    with time_machine.travel(NOON, tick=False):
        versions.freeze(program)
    rule.value = 50
    rule.save()
    with time_machine.travel(NOON + timedelta(hours=1), tick=False):
        versions.freeze(program)

    known = versions.versions_of(program)

    values = {hours: known.rules_at(NOON + timedelta(hours=hours)).rules[0].value for hours in (-24, 0, 0.99, 1, 24)}
    assert values == {-24: 100, 0: 100, 0.99: 100, 1: 50, 24: 50}


def test_what_a_tier_multiplies_points_by_is_frozen_with_the_rules() -> None:
    make_earning_rule(minimum_won=5_000, most_points=300)
    gold, _ordinary = Tier.objects.create(name="골드", points_percent=150), Tier.objects.create(name="일반")

    base, multiplier = versions.edited_rules(ledger.current_program()).rules

    assert (multiplier.tier, multiplier.reward, multiplier.value) == (gold.pk, "percent_of_base", 50)
    assert (multiplier.minimum_won, multiplier.most_points, base.tier) == (5_000, None, None)


def test_a_rule_that_is_switched_off_is_in_no_version() -> None:
    make_earning_rule(is_active=False)

    assert versions.edited_rules(ledger.current_program()).rules == ()
