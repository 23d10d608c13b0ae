"""Shops made by chance, with a known truth: who buys with a probability, and pays a skewed amount.

`EXPERIMENT_RUNS=10000 python -m tests.analytics.experiments.simulated` prints the table of docs/analysis.md.
"""

import os
from statistics import fmean

import numpy

from analytics.experiments import intervals
from analytics.experiments.intervals import Arm, Interval

RUNS = int(os.environ.get("EXPERIMENT_RUNS", "700"))
MEAN_AMOUNT = 30_000
# People written to, held out, the share who buy, how skewed the amounts are: of baskets of groceries it is about 0.9.
SHOPS = (
    (1_800, 200, 0.45, 0.9),
    (9_000, 1_000, 0.14, 0.9),
    (9_000, 1_000, 0.05, 1.0),
    (18_000, 2_000, 0.05, 1.1),
    (36_000, 4_000, 0.02, 1.0),
    (5_000, 5_000, 0.02, 1.1),
)
# By what the campaign multiplies the share who buy, and what they pay.
EFFECTS = ((1.0, 1.0), (1.3, 1.0), (1.0, 1.3))


def true_mean(share: float, *, amount: float = 1.0) -> float:
    """Return what a person spends on average, in won."""
    return share * MEAN_AMOUNT * amount


def arms(
    rng: numpy.random.Generator, people: int, share: float, *, sigma: float, amount: float = 1.0, runs: int = RUNS
) -> list[Arm]:
    """Return a group for each run: a share buys, amounts are log-normal with that sigma, times `amount`."""
    buyers = rng.binomial(people, share, runs)
    paid = MEAN_AMOUNT * amount * numpy.exp(sigma * rng.standard_normal(buyers.sum()) - sigma**2 / 2)
    run = numpy.repeat(numpy.arange(runs), buyers)
    sums = [numpy.bincount(run, weights=paid**power, minlength=runs) for power in (1, 2, 3)]
    return [Arm(people, *row) for row in zip(buyers.tolist(), *(column.tolist() for column in sums), strict=True)]


def holds(interval: Interval, truth: float) -> bool:
    """Tell whether an interval holds the truth."""
    return interval.low is not None and interval.high is not None and interval.low <= truth <= interval.high


def welch(one: Arm, other: Arm) -> Interval:
    """Return the usual interval of two means with unequal variances."""
    variances = [(arm.squares - arm.revenue**2 / arm.people) / (arm.people - 1) / arm.people for arm in (one, other)]
    middle, margin = one.revenue_per_person - other.revenue_per_person, 1.96 * sum(variances) ** 0.5
    return Interval(middle - margin, middle, middle + margin)


def main() -> None:
    """Print how often both intervals hold the truth, for each shop and effect."""
    print("| written to | held out | buy | skew | effect | ours | Welch |\n|---|---|---|---|---|---|---|")
    for people, held_out, share, sigma in SHOPS:
        for buys, pays in EFFECTS:
            rng = numpy.random.default_rng(20_261_122)
            treated = arms(rng, people, share * buys, sigma=sigma, amount=pays)
            pairs = list(zip(treated, arms(rng, held_out, share, sigma=sigma), strict=True))
            truth = true_mean(share * buys, amount=pays) - true_mean(share)
            ours, usual = (fmean(holds(way(*pair), truth) for pair in pairs) for way in (intervals.difference, welch))
            effect = "none" if buys == pays else "30 % more buy" if buys > 1 else "they pay 30 % more"
            print(
                f"| {people:,} | {held_out:,} | {share:.0%} | {sigma} | {effect} | {ours:.1%} | {usual:.1%} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
