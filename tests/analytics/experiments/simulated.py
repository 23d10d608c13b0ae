"""Shops made by chance, with a known truth: who buys with a probability, and pays a skewed amount."""

import os

import numpy

from analytics.experiments.intervals import Arm

# `EXPERIMENT_RUNS=20000` for the table in docs/analysis.md; the suite does with fewer.
RUNS = int(os.environ.get("EXPERIMENT_RUNS", "700"))
MEAN_AMOUNT = 30_000


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
