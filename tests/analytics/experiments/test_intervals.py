"""Intervals hold the truth as often as they say, on spend as skewed as a shop's; seeded, so it is the same each run."""

from statistics import fmean, variance

import numpy
import pytest

from analytics.experiments import intervals
from analytics.experiments.intervals import Arm, Interval
from tests.analytics.experiments.simulated import RUNS, arms, holds, true_mean


def arm(spent: list[int]) -> Arm:
    sums = (sum(each**power for each in spent) for power in (1, 2, 3))
    return Arm(len(spent), sum(each > 0 for each in spent), *sums)


WRITTEN_TO = arm([0] * 6_000 + [10_000] * 3_000 + [50_000] * 1_000)
HELD_OUT = arm([0] * 700 + [10_000] * 250 + [50_000] * 50)


@pytest.mark.parametrize(
    ("people", "held_out", "share", "sigma"),
    [(9_000, 1_000, 0.14, 0.8), (18_000, 2_000, 0.05, 1.1), (5_000, 5_000, 0.02, 1.1)],
)
@pytest.mark.parametrize(("more_buy", "pay_more"), [(1.0, 1.0), (1.3, 1.0), (1.0, 1.3)])
def test_the_interval_of_revenue_holds_the_truth_in_93_to_97_of_100_shops(
    people: int, held_out: int, share: float, sigma: float, more_buy: float, pay_more: float
) -> None:
    rng = numpy.random.default_rng(20_261_122)
    treated = arms(rng, people, share * more_buy, sigma=sigma, amount=pay_more, runs=RUNS)
    control = arms(rng, held_out, share, sigma=sigma, runs=RUNS)
    truth = true_mean(share * more_buy, amount=pay_more) - true_mean(share)

    held = [holds(intervals.difference(one, other), truth) for one, other in zip(treated, control, strict=True)]

    assert 0.93 <= fmean(held) <= 0.97


def test_the_interval_of_the_relative_change_holds_the_truth_as_often() -> None:
    rng = numpy.random.default_rng(1)
    treated = arms(rng, 9_000, 0.14 * 1.2, sigma=1.0, runs=1_000)
    control = arms(rng, 1_000, 0.14, sigma=1.0, runs=1_000)

    held = [holds(intervals.ratio(one, other), 0.2) for one, other in zip(treated, control, strict=True)]

    assert 0.93 <= fmean(held) <= 0.97


def test_the_interval_of_the_share_who_bought_holds_the_truth_as_often() -> None:
    rng = numpy.random.default_rng(2)
    pairs = [(rng.binomial(9_000, 0.065), rng.binomial(1_000, 0.05)) for _run in range(2_000)]

    held = [holds(intervals.share_difference(Arm(9_000, one), Arm(1_000, other)), 0.015) for one, other in pairs]

    assert 0.93 <= fmean(held) <= 0.97


def test_with_many_buyers_the_interval_is_that_of_two_means() -> None:
    found = intervals.difference(WRITTEN_TO, HELD_OUT)

    one, other = [0] * 6_000 + [10_000] * 3_000 + [50_000] * 1_000, [0] * 700 + [10_000] * 250 + [50_000] * 50
    margin = 1.96 * (variance(one) / 10_000 + variance(other) / 1_000) ** 0.5
    assert found.middle == 3_000
    assert found.low == pytest.approx(3_000 - margin, abs=150)
    assert found.high == pytest.approx(3_000 + margin, abs=150)


def test_difference_and_relative_change_say_the_same_about_no_effect() -> None:
    rng = numpy.random.default_rng(3)
    treated, control = (arms(rng, people, 0.1, sigma=1.0, runs=300) for people in (3_000, 700))

    for one, other in zip(treated, control, strict=True):
        won, share = intervals.difference(one, other), intervals.ratio(one, other)
        assert (won.is_above_zero, won.is_below_zero) == (share.is_above_zero, share.is_below_zero)


def test_shares_have_newcombes_interval() -> None:
    # Newcombe 1998, table II, (a): 56 of 70 against 48 of 80.
    found = intervals.share_difference(Arm(70, 56), Arm(80, 48))

    assert (round(found.low or 0, 4), round(found.middle, 4), round(found.high or 0, 4)) == (0.0524, 0.2, 0.3339)


@pytest.mark.parametrize("one", [Arm(), Arm(100), Arm(100, 10, 100_000, 10**9, 10**13)])
def test_without_buyers_on_both_sides_there_is_no_bound(one: Arm) -> None:
    found = intervals.difference(one, Arm(50))

    assert (found.low, found.high) == (None, None)


def test_won_of_all_are_rounded_outwards() -> None:
    assert Interval(0.31, 0.55, 0.79).times(3) == Interval(0, 2, 3)
    assert Interval(-0.31, 0.1, 0.34).times(3) == Interval(-1, 0, 2)
