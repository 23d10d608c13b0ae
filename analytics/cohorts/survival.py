"""The share that bought again by a day, though many have not been watched that long. Pure arithmetic, no tables.

Kaplan and Meier, "Nonparametric Estimation from Incomplete Observations" (Journal of the American Statistical
Association 53, 1958): on each day, those who buy again are divided by those still watched who had not yet. Whoever
first bought a week ago says something about the first week and nothing about the second. Intervals: Greenwood's
variance on the scale of log(−log), which keeps them between nothing and everybody (Kalbfleisch and Prentice).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

Z_95 = 1.959964
# Where one more purchase would move the curve further, too few are left to watch.
LARGEST_STEP = 0.05
# Products of fractions miss a round share by less than this.
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Back:
    """The share that bought again by a day, its 95 % interval, and how many were still watched on that day."""

    day: int
    share: float
    low: float
    high: float
    watched: int


def curve(customers: int, bought_again: Sequence[int], not_yet: Sequence[int]) -> list[Back]:
    """Return the share that bought again by each day from 0 on, as far as enough were watched.

    `bought_again` and `not_yet` count customers by the days to the second order, and by the days since the first of
    those who have not ordered again. Who is counted in neither is watched past the last day.
    """
    waiting, variance, watched, points = 1.0, 0.0, customers, []
    for day, (back, unseen) in enumerate(zip(bought_again, not_yet, strict=True)):
        if waiting > LARGEST_STEP * watched:
            break
        waiting *= 1 - back / watched if watched else 1
        variance += back / (watched * (watched - back)) if watched > back else 0.0
        points.append(Back(day, 1 - waiting, *_interval(waiting, variance), watched))
        watched -= back + unseen
    return points


def by_day(points: Sequence[Back], day: int) -> Back | None:
    """Return the point of a day; None where too few were watched that long."""
    return points[day] if day < len(points) else None


def day_of_share(points: Sequence[Back], share: float) -> int | None:
    """Return the first day by which so large a share had bought again; None where the curve does not get there."""
    return next((point.day for point in points if point.share >= share - ROUNDING), None)


def _interval(waiting: float, variance: float) -> tuple[float, float]:
    """Return the 95 % interval of the share that is back, from the share still waiting and Greenwood's sum."""
    if waiting >= 1:
        return 0.0, 0.0
    if waiting <= 0:
        return 1.0, 1.0
    spread = exp(Z_95 * sqrt(variance) / abs(log(waiting)))
    return 1 - waiting ** (1 / spread), 1 - waiting**spread
