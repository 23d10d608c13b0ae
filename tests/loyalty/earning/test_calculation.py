"""What one purchase earns, as a table: the pure function, without a database."""

from dataclasses import replace
from datetime import date

import pytest

from loyalty.earning.calculation import Basket, Buyer, Line, awards, counting_won, total
from loyalty.earning.rule_sets import Rule, RuleSet

DAY = date(2026, 11, 21)
ANYONE = Buyer()
MILK, WINE = Line("유제품", 6_000), Line("와인", 4_000)
BASKET = Basket(paid=10_000, lines=(MILK, WINE), channel="store", store=7)
BASE = Rule("1", "기본", "base", "won_per_point", 100)


def rules(*more: Rule, base: Rule | None = BASE, **terms: object) -> RuleSet:
    return RuleSet(rules=(*([base] if base else []), *more), **terms)


def points(basket: Basket, rule_set: RuleSet, buyer: Buyer = ANYONE, day: date = DAY) -> dict[str, int]:
    return {award.rule.key: award.points for award in awards(basket, buyer, day, rule_set)}


@pytest.mark.parametrize(
    ("paid", "rounding", "expected"),
    [(0, "down", 0), (99, "down", 0), (99, "up", 1), (149, "nearest", 1), (150, "nearest", 2), (12_990, "down", 129)],
)
def test_a_rate_is_rounded_once_in_the_end(paid: int, rounding: str, expected: int) -> None:
    assert points(Basket(paid=paid), rules(rounding=rounding)) == {"1": expected}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Rule("2", "", "category", "per_mille", 10, categories=("와인",)), 40),
        (Rule("2", "", "category", "percent_of_base", 50, categories=("와인",)), 20),
        (Rule("2", "", "category", "fixed", 500, categories=("와인",)), 500),
        (Rule("2", "", "category", "fixed", 500, categories=("빵",)), 0),
        (Rule("2", "", "store", "per_mille", 5, stores=(7, 8)), 50),
        (Rule("2", "", "store", "per_mille", 5, stores=(8,)), None),
        (Rule("2", "", "channel", "per_mille", 5, channel="store"), 50),
        (Rule("2", "", "channel", "per_mille", 5, channel="online"), None),
        (Rule("2", "", "campaign", "fixed", 300, segment=3), None),
        (Rule("2", "", "first_purchase", "fixed", 1_000), None),
        (Rule("2", "", "birthday", "percent_of_base", 100), None),
        (Rule("2", "", "tier", "percent_of_base", 50, tier=4), None),
        (Rule("2", "", "store", "per_mille", 5, minimum_won=10_000), 50),
        (Rule("2", "", "store", "per_mille", 5, minimum_won=10_001), 0),
        (Rule("2", "", "store", "per_mille", 5, most_points=30), 30),
        (Rule("2", "", "store", "per_mille", 5, starts_on=DAY, ends_on=DAY), 50),
        (Rule("2", "", "store", "per_mille", 5, starts_on=date(2026, 11, 22)), None),
        (Rule("2", "", "store", "per_mille", 5, ends_on=date(2026, 11, 20)), None),
    ],
)
def test_a_bonus_comes_on_top_where_it_holds(rule: Rule, expected: int | None) -> None:
    found = points(BASKET, rules(rule))

    assert found["1"] == 100
    assert found.get("2") == expected


@pytest.mark.parametrize(
    ("rule", "buyer"),
    [
        (Rule("2", "", "campaign", "fixed", 300, segment=3), Buyer(segments=frozenset({3}))),
        (Rule("2", "", "first_purchase", "fixed", 300), Buyer(is_first_purchase=True)),
        (Rule("2", "", "birthday", "fixed", 300), Buyer(birthday=date(1988, 11, 2))),
        (Rule("2", "", "tier", "fixed", 300, tier=4), Buyer(tier=4)),
    ],
)
def test_a_bonus_for_whom_it_is_meant(rule: Rule, buyer: Buyer) -> None:
    assert points(BASKET, rules(rule), buyer)["2"] == 300


def test_somebody_born_on_29_february_has_a_birthday_every_year() -> None:
    leap = Buyer(birthday=date(2000, 2, 29))
    rule = Rule("2", "", "birthday", "fixed", 300)

    assert points(BASKET, rules(rule), leap, date(2027, 2, 28))["2"] == 300


@pytest.mark.parametrize(
    ("basket", "terms", "expected"),
    [
        (Basket(paid=12_500, shipping=2_500), {}, 10_000),
        (Basket(paid=12_500, shipping=2_500), {"earns_on_shipping": True}, 12_500),
        (Basket(paid=8_000, points_used=2_000), {}, 8_000),
        (Basket(paid=8_000, points_used=2_000), {"earns_on_points_used": True}, 10_000),
        (BASKET, {"excluded_categories": ("와인",)}, 6_000),
        (BASKET, {"excluded_categories": ("와인", "유제품")}, 0),
        (replace(BASKET, paid=9_000), {"excluded_categories": ("와인",)}, 5_400),
        (replace(BASKET, refunded=3_000), {}, 7_000),
        (replace(BASKET, refunded=10_000), {}, 0),
        (replace(BASKET, is_purchase=False), {}, 0),
        (Basket(paid=2_500, shipping=2_500, refunded=2_500), {"earns_on_points_used": True}, 0),
    ],
)
def test_what_of_a_bill_counts(basket: Basket, terms: dict[str, object], expected: int) -> None:
    assert counting_won(basket, rules(**terms)) == expected


def test_a_tier_below_the_ordinary_gives_fewer_points_and_never_less_than_none() -> None:
    fewer = Rule("tier-4", "", "tier", "percent_of_base", -100, tier=4)
    capped = replace(BASE, most_points=10)

    given = awards(BASKET, Buyer(tier=4), DAY, rules(fewer, base=capped))

    assert [award.points for award in given] == [10, -100]
    assert total(given) == 0


def test_without_a_base_rule_a_share_of_it_is_nothing() -> None:
    assert points(BASKET, rules(Rule("2", "", "store", "percent_of_base", 50), base=None)) == {"2": 0}
