"""Two groups against each other, several against the best, and when there is enough to say anything.

Revenue per person decides, conversion stands beside it: with one question asked, one in twenty campaigns without any
effect seems to have one (and one in forty seems to have earned something), not one in ten.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from analytics.experiments import intervals
from analytics.experiments.intervals import CONFIDENCE, Arm, Interval

# In each group. With fewer buyers the interval holds the truth less often than it says (docs/analysis.md).
FEWEST_PEOPLE, FEWEST_BUYERS = 100, 50


@dataclass(frozen=True, slots=True)
class Comparison:
    """One group (`arm`) against another; per person `revenue` in won and `conversion` as a share of people.

    `is_over`: the window has ended, so the verdict is asked for once and nobody stopped when it looked best.
    """

    label: str
    arm: Arm
    against: Arm
    revenue: Interval
    conversion: Interval
    confidence: float
    is_over: bool

    @property
    def is_enough(self) -> bool:
        """Tell whether both groups have people and buyers enough."""
        return is_enough(self.arm) and is_enough(self.against)

    @property
    def is_decided(self) -> bool:
        """Tell whether there is a difference: the window over, data enough, and zero outside of the interval."""
        return self.is_over and self.is_enough and (self.revenue.is_above_zero or self.revenue.is_below_zero)

    @property
    def ratio(self) -> Interval:
        """Return by which share a person spent more: 0.12 is 12 % more."""
        return intervals.ratio(self.arm, self.against, confidence=self.confidence)

    @property
    def total(self) -> Interval:
        """Return what all of the group spent more, in whole won, the bounds rounded outwards."""
        return self.revenue.times(self.arm.people)


def is_enough(arm: Arm) -> bool:
    """Tell whether a group is large enough to be compared."""
    return arm.people >= FEWEST_PEOPLE and arm.buyers >= FEWEST_BUYERS


def compare(label: str, arm: Arm, against: Arm, *, is_over: bool, confidence: float = CONFIDENCE) -> Comparison:
    """Compare one group with another."""
    return Comparison(
        label,
        arm,
        against,
        intervals.difference(arm, against, confidence=confidence),
        intervals.share_difference(arm, against, confidence=confidence),
        confidence,
        is_over,
    )


def best_of(arms: Mapping[str, Arm]) -> str:
    """Return the name of the group that spent most per person, of equal ones the first."""
    return max(arms, key=lambda name: arms[name].revenue_per_person)


def compare_arms(arms: Mapping[str, Arm], *, is_over: bool) -> list[Comparison]:
    """Compare each group with the best of them."""
    best, confidence = best_of(arms), confidence_of(len(arms))
    return [
        compare(name, arm, arms[best], is_over=is_over, confidence=confidence)
        for name, arm in arms.items()
        if name != best
    ]


def confidence_of(arms: int) -> float:
    """Return the confidence of one interval between so many groups.

    Which is best was seen in the same data: each of them might have been said to beat each other one. The error of five
    per cent is shared by all that might have been said (Bonferroni: the first step of Holm's, with intervals to match).
    """
    return 1 - (1 - CONFIDENCE) / (arms * (arms - 1))


def has_winner(comparisons: list[Comparison]) -> bool:
    """Tell whether the best is better than each of the others."""
    return bool(comparisons) and all(each.is_decided and each.revenue.is_below_zero for each in comparisons)
