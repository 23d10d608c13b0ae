"""Who is called a winner, over simulated campaigns whose true effect is known; seeded, so it is the same each run."""

from statistics import fmean

import numpy
import pytest

from analytics.experiments.comparison import compare, compare_arms, has_winner
from analytics.experiments.intervals import Arm
from analytics.experiments.verdict import too_few
from tests.analytics.experiments.simulated import arms, true_mean

LARGE = Arm(1_000, 100, 3_000_000, 12 * 10**10, 6 * 10**15)
RICHER = Arm(1_000, 100, 9_000_000, 100 * 10**10, 130 * 10**15)


@pytest.mark.parametrize(("people", "held_out", "share"), [(9_000, 1_000, 0.1), (45_000, 5_000, 0.03)])
def test_a_campaign_without_effect_is_called_a_success_in_fewer_than_5_of_100(
    people: int, held_out: int, share: float
) -> None:
    rng = numpy.random.default_rng(11)
    pairs = zip(arms(rng, people, share, sigma=1), arms(rng, held_out, share, sigma=1), strict=True)

    found = [compare("", treated, control, is_over=True) for treated, control in pairs]

    assert fmean(each.is_decided and each.revenue.is_above_zero for each in found) <= 0.05


@pytest.mark.parametrize("variants", [2, 3, 4])
def test_of_variants_without_difference_one_is_called_the_best_in_fewer_than_5_of_100(variants: int) -> None:
    rng = numpy.random.default_rng(12)
    groups = [arms(rng, 4_000, 0.08, sigma=1) for _variant in range(variants)]

    won = [
        has_winner(compare_arms(dict(zip("ABCD", each, strict=False)), is_over=True))
        for each in zip(*groups, strict=True)
    ]

    assert fmean(won) <= 0.05


def test_a_known_effect_is_recovered_and_nearly_always_seen() -> None:
    rng = numpy.random.default_rng(13)
    truth = (true_mean(0.13) - true_mean(0.1)) * 45_000
    pairs = zip(arms(rng, 45_000, 0.13, sigma=1), arms(rng, 5_000, 0.1, sigma=1), strict=True)

    found = [compare("", treated, control, is_over=True) for treated, control in pairs]

    assert 0.93 <= fmean(each.total.low <= truth <= each.total.high for each in found) <= 0.97
    assert fmean(each.total.middle for each in found) == pytest.approx(truth, rel=0.01)
    assert fmean(each.is_decided for each in found) > 0.9


def test_the_better_variant_is_found() -> None:
    rng = numpy.random.default_rng(14)
    groups = [arms(rng, 20_000, share, sigma=1, runs=200) for share in (0.1, 0.13, 0.1)]

    found = [compare_arms(dict(zip("ABC", each, strict=True)), is_over=True) for each in zip(*groups, strict=True)]

    assert fmean(has_winner(each) and {one.label for one in each} == {"A", "C"} for each in found) > 0.95


@pytest.mark.parametrize(
    ("arm", "against", "is_over", "is_decided"),
    [
        (RICHER, LARGE, True, True),
        (LARGE, RICHER, True, True),
        (RICHER, LARGE, False, False),
        (LARGE, LARGE, True, False),
        (RICHER, Arm(99, 60, 100_000, 10**9, 10**13), True, False),
        (RICHER, Arm(1_000, 49, 100_000, 10**9, 10**13), True, False),
        (Arm(1_000), Arm(1_000), True, False),
    ],
    ids=["more", "less", "window open", "equal", "few people", "few buyers", "no buyers"],
)
def test_a_difference_takes_an_ended_window_people_and_buyers(
    arm: Arm, against: Arm, is_over: bool, is_decided: bool
) -> None:
    assert compare("", arm, against, is_over=is_over).is_decided is is_decided


def test_the_group_that_is_too_small_is_named_and_not_the_one_with_fewest_buyers() -> None:
    many_buyers_of_few = Arm(90, 60, 100_000, 10**9, 10**13)

    found = too_few({"of A": Arm(1_000, 55, 100_000, 10**9, 10**13), "of B": many_buyers_of_few})

    assert found
    assert "90" in found.words
    assert "of B" in found.words
