"""Intervals for what two groups differ by. Pure arithmetic on sums; no person's row is needed.

**Money.** Spend is skewed and mostly zero: a holdout of a thousand with fifty buyers estimates its own variance badly,
and whenever it has few dear buyers by chance it finds itself both poor and certain. Welch's interval then covers the
truth in 86 to 94 of a hundred cases instead of 95. So every possible difference is tested, and the interval is those
that are not refused (a score interval, as Miettinen & Nurminen, Statistics in Medicine 4, 1985, do it for shares):

* the means are those that fit both groups best if the difference were that one;
* a person's spend has two parts, whether they bought and how much; the shape of the amounts (second and third moment
  over powers of the mean) is learnt from the buyers of both groups together, the share who bought from each alone;
* what skewness is left is taken out by the first term of Cornish & Fisher (1937).

The relative change is found by the same test of each ratio, so the two never contradict each other: at "no effect" they
are one test. docs/analysis.md says how often both hold the truth.

**Shares** of people: Newcombe's hybrid score interval (Statistics in Medicine 17, 1998, method 10).
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, floor, sqrt
from statistics import NormalDist

CONFIDENCE = 0.95
# Beyond so many doublings of the step a bound is nowhere; so many halvings are less than a won away.
FARTHEST, CLOSEST = 40, 30


@dataclass(frozen=True, slots=True)
class Arm:
    """What one group did. `revenue` is won, `squares` and `cubes` the sums of each person's won to that power."""

    people: int = 0
    buyers: int = 0
    revenue: int = 0
    squares: int = 0
    cubes: int = 0

    @property
    def revenue_per_person(self) -> float:
        """Return won."""
        return self.revenue / self.people if self.people else 0.0

    @property
    def conversion(self) -> float:
        """Return the share of the people who bought."""
        return self.buyers / self.people if self.people else 0.0

    def __add__(self, other: "Arm") -> "Arm":
        return Arm(
            self.people + other.people,
            self.buyers + other.buyers,
            self.revenue + other.revenue,
            self.squares + other.squares,
            self.cubes + other.cubes,
        )


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and the bounds between which the truth lies; a bound that cannot be told is None."""

    low: float | None
    middle: float
    high: float | None

    @property
    def is_above_zero(self) -> bool:
        """Tell whether even its low bound is more than nothing."""
        return self.low is not None and self.low > 0

    @property
    def is_below_zero(self) -> bool:
        """Tell whether even its high bound is less than nothing."""
        return self.high is not None and self.high < 0

    def times(self, people: int) -> "Interval":
        """Return it for so many people: whole won, the bounds rounded outwards."""
        low = None if self.low is None else floor(self.low * people)
        high = None if self.high is None else ceil(self.high * people)
        return Interval(low, round(self.middle * people), high)


@dataclass(frozen=True, slots=True)
class Shape:
    """The second and third moment of what buyers paid, over powers of their mean: how skewed it is, not how much."""

    second: float
    third: float

    def variance(self, arm: Arm, mean: float) -> float:
        """Return the variance of one person's spend, were `mean` the true mean of the group."""
        return mean**2 * (self.second / arm.conversion - 1)

    def third_moment(self, arm: Arm, mean: float) -> float:
        """Return the third central moment of one person's spend, were `mean` the true mean of the group."""
        share = arm.conversion
        return mean**3 * (self.third / share**2 - 3 * self.second / share + 2)


def difference(one: Arm, other: Arm, *, confidence: float = CONFIDENCE) -> Interval:
    """Return by how many won a person of the one group spent more than one of the other.

    Both groups need buyers; the bounds are None where they have none.
    """
    middle = one.revenue_per_person - other.revenue_per_person
    shape = shape_of(one, other)
    if shape is None:
        return Interval(None, middle, None)

    def distance(supposed: float) -> float:
        means = _means_given_difference(one, other, supposed)
        return _distance(one, other, means, shape, middle - supposed, factor=1)

    low, high = _bounds(distance, middle, _step(one, other, shape), confidence)
    return Interval(low, middle, high)


def ratio(one: Arm, other: Arm, *, confidence: float = CONFIDENCE) -> Interval:
    """Return by which share a person of the one group spent more than one of the other: 0.12 is 12 % more."""
    shape = shape_of(one, other)
    if shape is None or other.revenue <= 0 or one.revenue <= 0:
        return Interval(None, 0.0, None)
    means = one.revenue_per_person, other.revenue_per_person
    middle = means[0] / means[1]

    def distance(supposed: float) -> float:
        base = (one.people * means[0] / supposed + other.people * means[1]) / (one.people + other.people)
        gap = means[0] - supposed * means[1]
        return _distance(one, other, (supposed * base, base), shape, gap, factor=supposed)

    step = _step(one, other, shape) / means[1]
    low, high = _bounds(distance, middle, step, confidence, least=1e-6)
    return Interval(low and low - 1, middle - 1, high and high - 1)


def share_difference(one: Arm, other: Arm, *, confidence: float = CONFIDENCE) -> Interval:
    """Return by how much the share who bought is greater in the one group: 0.012 is 1.2 percentage points."""
    middle = one.conversion - other.conversion
    if not one.people or not other.people:
        return Interval(None, middle, None)
    (one_low, one_high), (low, high) = (_wilson(arm, confidence) for arm in (one, other))
    below = sqrt((one.conversion - one_low) ** 2 + (high - other.conversion) ** 2)
    above = sqrt((one_high - one.conversion) ** 2 + (other.conversion - low) ** 2)
    return Interval(middle - below, middle, middle + above)


def critical(confidence: float) -> float:
    """Return the two-sided quantile of the normal distribution: 1.96 for 0.95."""
    return NormalDist().inv_cdf((1 + confidence) / 2)


def shape_of(one: Arm, other: Arm) -> Shape | None:
    """Return the shape of the amounts in both groups together, each against its own mean; None without buyers."""
    if not one.buyers or not other.buyers:
        return None
    bought = [arm for arm in (one, other) if arm.revenue > 0]
    buyers = sum(arm.buyers for arm in bought)
    if not buyers:
        return None
    second = sum(arm.squares * arm.buyers**2 / arm.revenue**2 for arm in bought) / buyers
    third = sum(arm.cubes * arm.buyers**3 / arm.revenue**3 for arm in bought) / buyers
    return Shape(second, third)


def _means_given_difference(one: Arm, other: Arm, supposed: float) -> tuple[float, float]:
    """Return the means of both groups that fit best if they differed by exactly that much."""
    lower = (one.revenue - supposed * one.people + other.revenue) / (one.people + other.people)
    return lower + supposed, lower


def _distance(one: Arm, other: Arm, means: tuple[float, float], shape: Shape, gap: float, *, factor: float) -> float:
    """Return how far off the gap is in standard errors, freed of skewness; `factor` is that of the other's mean."""
    variance = shape.variance(one, means[0]) / one.people
    variance += factor**2 * shape.variance(other, means[1]) / other.people
    third = shape.third_moment(one, means[0]) / one.people**2
    third -= factor**3 * shape.third_moment(other, means[1]) / other.people**2
    if variance <= 0:
        return 0.0 if gap == 0 else gap * float("inf")
    distance, skewness = gap / sqrt(variance), third / variance**1.5
    return distance - skewness * (distance**2 - 1) / 6


def _step(one: Arm, other: Arm, shape: Shape) -> float:
    variances = [shape.variance(arm, arm.revenue_per_person) / arm.people for arm in (one, other)]
    return sqrt(max(sum(variances), 0.0)) or 1.0


def _bounds(
    distance: Callable[[float], float], middle: float, step: float, confidence: float, least: float | None = None
) -> tuple[float | None, float | None]:
    """Return the least and the greatest value that the data do not refuse."""
    limit = critical(confidence)
    low = _edge(lambda value: distance(value) > limit, middle, -step, least)
    return low, _edge(lambda value: distance(value) < -limit, middle, step, None)


def _edge(is_refused: Callable[[float], bool], inside: float, step: float, least: float | None) -> float | None:
    """Go outwards until a value is refused, then halve the way between; `least` is where values end."""
    outside = inside + step
    for _doubling in range(FARTHEST):
        if least is not None and outside <= least:
            outside = least
        if is_refused(outside):
            break
        if outside == least:
            return least
        inside, step = outside, step * 2
        outside = inside + step
    else:
        return None
    for _halving in range(CLOSEST):
        between = (inside + outside) / 2
        inside, outside = (inside, between) if is_refused(between) else (between, outside)
    return inside


def _wilson(arm: Arm, confidence: float) -> tuple[float, float]:
    """Return Wilson's score interval of the share who bought."""
    quantile, share, people = critical(confidence), arm.conversion, arm.people
    centre = share + quantile**2 / (2 * people)
    width = quantile * sqrt(share * (1 - share) / people + quantile**2 / (4 * people**2))
    scale = 1 + quantile**2 / people
    return (centre - width) / scale, (centre + width) / scale
