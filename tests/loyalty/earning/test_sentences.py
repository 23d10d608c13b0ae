"""Rules and reasons in words."""

from collections.abc import Iterator
from datetime import date

import pytest
from django.utils import translation

from loyalty.earning.calculation import Award
from loyalty.earning.rule_sets import Rule
from loyalty.earning.sentences import Names, reason, sentence

NAMES = Names(stores={1: "성수점", 2: "강남점"}, tiers={4: "골드"}, segments={3: "단골 100%"})


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Rule("1", "", "base", "won_per_point", 100), "Every purchase earns 1 point per 100 won."),
        (Rule("1", "", "base", "per_mille", 10), "Every purchase earns 10 points per 1,000 won."),
        (
            Rule("1", "", "category", "per_mille", 1, categories=("빵", "와인"), minimum_won=10_000),
            "Goods of 빵, 와인 earn 1 point per 1,000 won, from 10,000 won.",
        ),
        (
            Rule("1", "", "store", "fixed", 500, stores=(1, 2), ends_on=date(2026, 12, 31)),
            "A purchase at 성수점, 강남점 earns 500 points, until 2026-12-31 (Thu).",
        ),
        (
            Rule("1", "", "channel", "percent_of_base", 50, channel="online", tier=4),
            "A purchase online earns 50 % more points than usual, only 골드.",
        ),
        (
            Rule("1", "", "tier", "percent_of_base", -20, tier=4),
            "A purchase by 골드 earns 20 % fewer points than usual.",
        ),
        (
            Rule("1", "", "campaign", "fixed", 1, segment=3, most_points=1),
            "A purchase by the segment “단골 100%” earns 1 point, at most 1 points.",
        ),
        (
            Rule("1", "", "review", "fixed", 50, times_per_month=3),
            "A review earns 50 points, at most 3 times a month.",
        ),
        (
            Rule("1", "", "category", "per_mille", 5, categories=("가", "나", "다", "라", "마")),
            "Goods of 가, 나, 다 and 2 more earn 5 points per 1,000 won.",
        ),
    ],
)
def test_a_rule_is_said_in_a_sentence(rule: Rule, expected: str) -> None:
    assert sentence(rule, NAMES) == expected


@pytest.mark.parametrize(
    ("award", "expected"),
    [
        (Award(Rule("1", "", "base", "won_per_point", 100), 12_990, 129), "12,990 won · 1 point per 100 won → 129"),
        (
            Award(Rule("1", "", "base", "won_per_point", 100, minimum_won=20_000), 12_990, 0),
            "12,990 won, less than 20,000 won → 0",
        ),
        (
            Award(Rule("1", "", "base", "won_per_point", 100, most_points=100), 12_990, 100),
            "12,990 won · 1 point per 100 won → 100, the most it gives",
        ),
    ],
)
def test_a_reason_says_how_points_came_about(award: Award, expected: str) -> None:
    assert reason(award) == expected
